"""Log lines: one each, in the form that was asked for, with nothing that is secret."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from orderfolio import logs
from orderfolio.wire import logbook
from orderfolio.wire.logbook import Entry

REQUEST: dict[str, Any] = {
    "request_id": "r-1",
    "client": "127.0.0.1",
    "method": "GET",
    "path": "/v2.1/orders",
    "status": 200,
    "duration_ms": 1.25,
    "bytes": 42,
    "client_key": "demo",
}


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:], root.level = handlers, level
    logging.getLogger(logs.ACCESS).disabled = False


def write_access(path: str = "/v2.1/orders") -> None:
    """As whoever answers a request does."""
    if logbook.is_written():
        logbook.write(Entry(at=1_700_000_000.25, **REQUEST | {"path": path}))


class TestJson:
    def test_an_access_line_is_one_object(self, stream: io.StringIO) -> None:
        logs.configure("json", "info", access=True, stream=stream)
        write_access()
        line = json.loads(stream.getvalue())
        assert line.pop("time") == "2023-11-14T22:13:20.250Z"
        assert line == {"level": "info", "logger": "orderfolio.access", **REQUEST}

    def test_a_trace_stays_in_its_line(self, stream: io.StringIO) -> None:
        logs.configure("json", "info", access=True, stream=stream)
        try:
            raise LookupError("lost")
        except LookupError:
            logging.getLogger("orderfolio.wire").exception("A bug.", extra={"request_id": "r-1"})
        [text] = stream.getvalue().splitlines()
        line = json.loads(text)
        assert (line["message"], line["request_id"]) == ("A bug.", "r-1")
        assert line["trace"].endswith("LookupError: lost")

    def test_a_lone_surrogate_can_be_logged(self, stream: io.StringIO) -> None:
        logs.configure("json", "info", access=True, stream=stream)
        write_access("/v2.1/\udcff")
        assert json.loads(stream.getvalue())["path"] == "/v2.1/\\udcff"

    def test_what_is_not_a_known_field_is_left_out(self, stream: io.StringIO) -> None:
        logs.configure("json", "info", access=True, stream=stream)
        logging.getLogger("orderfolio.wire").info("x", extra={"authorization": "Basic c2VjcmV0"})
        assert "c2VjcmV0" not in stream.getvalue()

    def test_of_several_processes_a_line_tells_which(self, stream: io.StringIO) -> None:
        logs.configure("json", "info", access=True, stream=stream, worker=2)
        write_access()
        assert json.loads(stream.getvalue())["worker"] == 2


class TestText:
    def test_an_access_line_is_one_line(self, stream: io.StringIO) -> None:
        logs.configure("text", "info", access=True, stream=stream)
        write_access()
        _, line = stream.getvalue().split(" ", 1)
        assert line == "INFO    127.0.0.1 demo GET /v2.1/orders 200 42B 1.25ms r-1\n"

    def test_a_path_cannot_forge_a_line(self, stream: io.StringIO) -> None:
        logs.configure("text", "info", access=True, stream=stream)
        write_access("/v2.1/\n2026-01-01 INFO \x1b[31mforged")
        [line] = stream.getvalue().splitlines()
        assert r"/v2.1/\n2026-01-01 INFO \x1b[31mforged" in line

    def test_of_several_processes_a_line_tells_which(self, stream: io.StringIO) -> None:
        logs.configure("text", "info", access=True, stream=stream, worker=2)
        write_access()
        _, line = stream.getvalue().split(" ", 1)
        assert line == "INFO    #2 127.0.0.1 demo GET /v2.1/orders 200 42B 1.25ms r-1\n"


class TestWhenItIsWritten:
    """Without a loop, each line at once: the other tests hold it."""

    def test_lines_of_one_turn_of_the_loop_are_written_at_its_end(
        self, stream: io.StringIO
    ) -> None:
        logs.configure("text", "info", access=True, stream=stream)

        async def serve() -> None:
            write_access()
            write_access()
            assert stream.getvalue() == ""
            await asyncio.sleep(0)
            assert len(stream.getvalue().splitlines()) == 2

        asyncio.run(serve())

    def test_lines_stay_in_their_order(self, stream: io.StringIO) -> None:
        logs.configure("json", "info", access=True, stream=stream)

        async def serve() -> None:
            write_access("/one")
            write_access("/two")
            logging.getLogger("orderfolio.wire").info("Between.")
            write_access("/three")

        asyncio.run(serve())
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        told = [line.get("path") or line["message"] for line in lines]
        assert told == ["/one", "/two", "Between.", "/three"]

    def test_who_spells_a_line_at_once_is_given_each_by_itself(self, stream: io.StringIO) -> None:
        logs.configure("text", "info", access=True, stream=stream)
        seen: list[int] = []

        class Counting(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                assert isinstance(record, logbook.Record)
                seen.append(len(record.take_entries()))

        logging.getLogger().handlers[:] = [Counting()]
        write_access()
        write_access()
        assert seen == [1, 1]

    def test_a_warning_takes_what_waits_along(self, stream: io.StringIO) -> None:
        logs.configure("text", "info", access=True, stream=stream)

        async def serve() -> None:
            write_access()
            logging.getLogger("orderfolio.wire").warning("Beware.")
            write_access("/behind")
            first, second = stream.getvalue().splitlines()
            assert "GET /v2.1/orders" in first
            assert "Beware." in second

        asyncio.run(serve())

    def test_pieces_that_are_whole_lines_and_that_no_other_process_can_write_into(
        self, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        logs.configure("text", "info", access=True, stream=stream)
        pieces: list[str] = []
        monkeypatch.setattr(stream, "write", pieces.append)

        async def serve() -> None:
            for _ in range(100):
                write_access("/v2.1/" + "\u00f6" * 40)
            write_access("/v2.1/" + "x" * 2 * logs.PIECE_BYTES)
            write_access()

        asyncio.run(serve())
        assert len("".join(pieces).splitlines()) == 102
        assert all(piece.endswith("\n") for piece in pieces)
        longer = [piece for piece in pieces if len(piece.encode()) > logs.PIECE_BYTES]
        assert [piece.count("\n") for piece in longer] == [1]
        assert max(piece.count("\n") for piece in pieces) > 10


class TestWhatIsWritten:
    def test_access_lines_can_be_turned_off(self, stream: io.StringIO) -> None:
        logs.configure("text", "info", access=False, stream=stream)
        write_access()
        assert stream.getvalue() == ""

    def test_a_level_hides_what_is_below(self, stream: io.StringIO) -> None:
        logs.configure("text", "warning", access=True, stream=stream)
        write_access()
        assert stream.getvalue() == ""

    def test_the_servers_own_warnings_take_the_same_form(self, stream: io.StringIO) -> None:
        logs.configure("json", "info", access=True, stream=stream)
        logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
        logging.getLogger("uvicorn.error").info("Started server process")
        logging.getLogger("uvicorn.access").info("GET /?email=ada@example.com")
        [line] = stream.getvalue().splitlines()
        assert json.loads(line)["message"] == "Invalid HTTP request received."
