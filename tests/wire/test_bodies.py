"""Bodies are strict JSON, and nothing that arrives hurts."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from orderfolio.wire import bodies
from orderfolio.wire.bodies import Unfit
from orderfolio.wire.flaws import Misread


def problem_of(raw: bytes) -> str:
    with pytest.raises(Misread) as caught:
        bodies.parse(raw)
    (flaw,) = caught.value.flaws
    assert (flaw.field, flaw.code) == ("body", "malformed-json")
    return flaw.problem


def is_read_or_refused(raw: bytes) -> bool:
    try:
        return type(bodies.parse(raw)) is dict
    except Misread as error:
        return str(error).isprintable()


class TestWhatIsNoObject:
    @pytest.mark.parametrize(
        ("raw", "problem"),
        [
            (b"", "is empty"),
            (b" \n", "is empty"),
            (b"[]", "is not a JSON object"),
            (b"null", "is not a JSON object"),
            (b'"text"', "is not a JSON object"),
            (b"NaN", "is not a JSON object"),
            (b'{"a":\xff}', "is not UTF-8 (at byte 6)"),
            (b'{"a":"\xed\xa0\x80"}', "is not UTF-8 (at byte 7)"),
        ],
    )
    def test_is_refused_by_what_it_is(self, raw: bytes, problem: str) -> None:
        assert problem_of(raw) == problem

    @pytest.mark.parametrize(
        "raw", [b"{", b'{"a":1,}', b"{'a':1}", b'{"a":01}', b'{"a":1}x', b'{"a":"\x00"}', b"{a:1}"]
    )
    def test_broken_json_is_refused_with_its_place(self, raw: bytes) -> None:
        assert problem_of(raw).startswith("is not JSON (line 1, column ")

    @pytest.mark.parametrize(
        "raw",
        [
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
            b'{"a":' + b"[" * 64 + b"]" * 64 + b"}",
        ],
    )
    def test_depth_is_refused_at_once(self, raw: bytes) -> None:
        began = time.process_time()
        assert problem_of(raw) == "is nested deeper than 64 levels"
        assert time.process_time() - began < 0.5

    def test_brackets_in_strings_are_not_depth(self) -> None:
        text = '["' * 200 + "\\"
        assert bodies.parse(json.dumps({"a": text}).encode()) == {"a": text}

    def test_many_flat_brackets_are_not_depth(self) -> None:
        assert bodies.parse(b'{"a":[' + b"[]," * 100 + b"[]]}") == {"a": [[]] * 101}


class TestWhatIsUnfit:
    """It stays in its place, so that whoever reads the attributes can name it."""

    @pytest.mark.parametrize("raw", ["1e39", "1e999", "1e999999999", "1e99999999999999999999"])
    def test_a_large_exponent_is_never_expanded(self, raw: str) -> None:
        body = bodies.parse(f'{{"price":{raw},"quantity":-{raw}}}'.encode())
        assert [type(value) for value in body.values()] == [Unfit, Unfit]

    @pytest.mark.parametrize("raw", ["9" * 39, "9" * 5_000, "0." + "1" * 39, "1e-39"])
    def test_more_than_38_digits(self, raw: str) -> None:
        found = bodies.parse(f'{{"price":{raw}}}'.encode())["price"]
        assert isinstance(found, Unfit)
        assert found.problem == "has more than 38 digits"

    @pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
    def test_no_number_at_all(self, name: str) -> None:
        found = bodies.parse(f'{{"price":{name}}}'.encode())["price"]
        assert isinstance(found, Unfit)
        assert found.problem == f"is {name}, which is not JSON"

    def test_a_key_given_twice_at_any_depth(self) -> None:
        body = bodies.parse(b'{"a":1,"b":{"c":[{"d":1,"d":1}]},"a":1}')
        assert isinstance(body["a"], Unfit)
        found = bodies.unfit_in(body["b"])
        assert found is not None
        assert (found[0], found[1].problem) == (".c[0].d", "is given twice")

    @pytest.mark.parametrize("escape", ["\\u0000", "\\ud800", "\\uDFFF", "\\udc00\\ud800"])
    def test_text_that_cannot_be_kept(self, escape: str) -> None:
        body = bodies.parse(f'{{"a":["x{escape}"],"b{escape}":1,"c":"fine"}}'.encode())
        assert [bodies.unfit_in(value) is not None for value in body.values()] == [
            True,
            True,
            False,
        ]

    def test_a_whole_pair_is_a_character(self) -> None:
        assert bodies.parse(b'{"a":"\\ud83d\\ude00"}') == {"a": "\U0001f600"}


class TestNumbers:
    @pytest.mark.parametrize("raw", ["100.10", "0.1", "12345678901234567890.123456789", "-0.5"])
    def test_are_exact(self, raw: str) -> None:
        found = bodies.parse(f'{{"price":{raw}}}'.encode())["price"]
        assert isinstance(found, Decimal)
        assert str(found) == raw


def told(read: Callable[[bytes], dict[str, object] | None], raw: bytes) -> object:
    """What comes of a body, to the last sign, digit and word; None where nothing is said."""
    try:
        body = read(raw)
    except Misread as error:
        return error.flaws
    # Equal decimals and booleans may differ in how they are written.
    return None if body is None else [*map(repr, body.items())]


def agrees(raw: bytes) -> bool:
    """Whether a plain body means what the careful pass makes of it; none that isn't plain
    means anything."""
    plain = told(bodies._read_plainly, raw)
    return plain is None or plain == told(bodies._read_carefully, raw)


class TestPlainBodies:
    @pytest.mark.parametrize(
        "raw",
        [
            b"{}",
            b'{"a":"","b":true,"c":false,"d":null}',
            b' {"a" : "x y" ,\r\n\t"b":"\xc3\xa9"} ',
            b'{"a":1,"b":-12,"c":100.10,"d":-0.0,"e":1.5E-3,"f":1e37,"g":1e38,"h":1e999999999}',
            b'{"a":99999999999999999999999999999999999999}',
        ],
    )
    def test_are_read_as_carefully(self, raw: bytes) -> None:
        assert told(bodies._read_plainly, raw) == told(bodies._read_carefully, raw)

    @pytest.mark.parametrize(
        "raw",
        [
            b'{"a":1,"a":1}',
            b'{"a":"x","a":1}',
            b'{"a":"x","a":"x"}',
            b'{"a":"\\u0041"}',
            b'{"a":-0}',
            b'{"a":100000000000000000000000000000000000000}',
            b'{"a":-100000000000000000000000000000000000000}',
            b'{"a":' + b"9" * 5000 + b"}",
            b'{"a":[]}',
            b'{"a":{}}',
            b'{"a":NaN}',
            b'{"a":-Infinity}',
            b'{"a":"\x00"}',
            b'{"a":"\x1f"}',
            b'{"a":"\xed\xa0\x80"}',
            b'{"\xc0\x80":1}',
            b'\xef\xbb\xbf{"a":1}',
            b'{"a":1}{',
            b'{"a":1}\x00',
            b"{",
            b"",
        ],
    )
    def test_are_not_those_that_need_care(self, raw: bytes) -> None:
        assert bodies._read_plainly(raw) is None

    @given(st.binary())
    def test_of_any_bytes_agree(self, raw: bytes) -> None:
        assert agrees(raw)
        assert agrees(b'{"a":' + raw + b"}")
        assert agrees(b'{"a":"' + raw + b'"}')

    @given(st.text(alphabet='{}[]",:\\u0dD8eE1+-.truefalsn \x00\x1f\x7fé😀'))
    def test_of_nearly_json_agree(self, text: str) -> None:
        for raw in (text, f'{{"a":{text}}}', f'{{"a":"{text}"}}', f'{{"a":1,{text}}}'):
            assert agrees(raw.encode())

    @given(
        st.from_regex(
            r"-?(0|[1-9][0-9]{0,45})(\.[0-9]{1,45})?([eE][+-]?[0-9]{1,6})?", fullmatch=True
        )
    )
    def test_of_numbers_agree(self, number: str) -> None:
        assert agrees(f'{{"a":{number}}}'.encode())

    @given(
        st.lists(
            st.tuples(
                st.sampled_from('abc"'),
                st.sampled_from(['""', '"a"', "1", "-0", "2.50", "true", "null", "[]", "{}", '"']),
            )
        )
    )
    def test_of_names_given_twice_agree(self, pairs: list[tuple[str, str]]) -> None:
        members = ",".join(f'"{name}":{value}' for name, value in pairs)
        assert agrees(f"{{{members}}}".encode())


def test_a_byte_order_mark_is_ignored() -> None:
    assert bodies.parse(b'\xef\xbb\xbf{"a":true}') == {"a": True}


@given(st.binary())
def test_bytes_raise_nothing_but_misread(raw: bytes) -> None:
    assert is_read_or_refused(raw)


@given(st.text(alphabet='{}[]",:\\u0dD8e1-.tfn \x00é'))
def test_nearly_json_raises_nothing_but_misread(text: str) -> None:
    for raw in (text, f'{{"a":{text}}}', f'{{"a":"{text}"}}'):
        assert is_read_or_refused(raw.encode())


_LEAVES = st.none() | st.booleans() | st.integers(-(10**37), 10**37) | st.text()
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10
)


@given(st.dictionaries(st.text(), _VALUES))
def test_what_json_writes_is_read(body: dict[str, object]) -> None:
    if not bodies._BAD.search(json.dumps(body, ensure_ascii=False).replace("\\u0000", "\0")):
        assert bodies.parse(json.dumps(body).encode()) == body
