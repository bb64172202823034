"""The base of links: what can be believed of where a request came in."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from orderfolio.wire.addresses import Addresses
from orderfolio.wire.asgi import Scope

PROXIES = (ip_network("10.0.0.0/8"), ip_network("::1/128"))
DIRECT = Addresses(None, ())
BEHIND = Addresses(None, PROXIES)


def a_scope(client: str = "10.1.2.3", scheme: str = "http") -> Scope:
    return {"scheme": scheme, "client": (client, 5000), "server": ("192.0.2.1", 8080)}


class TestHost:
    @pytest.mark.parametrize(
        "host",
        [
            b"example.com",
            b"example.com:8080",
            b"localhost",
            b"my_host.internal",
            b"192.0.2.1",
            b"[::1]:8080",
        ],
    )
    def test_is_the_base(self, host: bytes) -> None:
        assert DIRECT.base(a_scope(), {b"host": host}) == b"http://" + host

    @pytest.mark.parametrize(
        "host",
        [
            b"",
            b'example.com"><script>',
            b"example.com/path",
            b"user@example.com",
            b"example.com:99999",
            b"example.com:",
            b"a.example.com, b.example.com",
            b"ex ample.com",
            b"\xff",
            b"-",
            b"a" * 300,
        ],
    )
    def test_that_is_none_gives_way_to_the_servers_own(self, host: bytes) -> None:
        assert DIRECT.base(a_scope(), {b"host": host}) == b"http://192.0.2.1:8080"

    def test_that_is_absent_gives_way_to_the_servers_own(self) -> None:
        assert DIRECT.base(a_scope(), {}) == b"http://192.0.2.1:8080"
        scope = {"scheme": "https", "client": None, "server": ("::1", 443)}
        assert DIRECT.base(scope, {}) == b"https://[::1]"


class TestPublicUrl:
    def test_wins_over_everything(self) -> None:
        public = Addresses("https://api.example.com/", PROXIES)
        headers = {b"host": b"other", b"x-forwarded-host": b"another"}
        assert public.base(a_scope(), headers) == b"https://api.example.com"


class TestForwarded:
    def test_is_believed_of_a_trusted_proxy(self) -> None:
        headers = {b"host": b"inner", b"forwarded": b'for=1.2.3.4;proto=https;host="pub.test"'}
        assert BEHIND.base(a_scope(), headers) == b"https://pub.test"

    def test_with_x_is_believed_of_a_trusted_proxy(self) -> None:
        headers = {
            b"host": b"inner",
            b"x-forwarded-proto": b"https",
            b"x-forwarded-host": b"pub.test:444",
        }
        assert BEHIND.base(a_scope(), headers) == b"https://pub.test:444"
        assert BEHIND.base(a_scope("::1"), headers) == b"https://pub.test:444"
        assert BEHIND.base(a_scope("::ffff:10.0.0.1"), headers) == b"https://pub.test:444"

    def test_keeps_the_host_where_only_the_scheme_is_told(self) -> None:
        headers = {b"host": b"pub.test", b"x-forwarded-proto": b"https"}
        assert BEHIND.base(a_scope(), headers) == b"https://pub.test"

    @pytest.mark.parametrize("addresses", [DIRECT, BEHIND])
    def test_of_anybody_else_is_not(self, addresses: Addresses) -> None:
        headers = {
            b"host": b"inner",
            b"forwarded": b"proto=https;host=evil.test",
            b"x-forwarded-proto": b"https",
            b"x-forwarded-host": b"evil.test",
        }
        assert addresses.base(a_scope("11.0.0.1"), headers) == b"http://inner"

    def test_is_what_the_nearest_proxy_says(self) -> None:
        headers = {b"host": b"inner", b"x-forwarded-host": b"evil.test, pub.test"}
        assert BEHIND.base(a_scope(), headers) == b"http://pub.test"
        headers = {b"host": b"inner", b"forwarded": b"host=evil.test, host=pub.test;proto=https"}
        assert BEHIND.base(a_scope(), headers) == b"https://pub.test"

    def test_that_is_nonsense_is_passed_over(self) -> None:
        headers = {
            b"host": b"inner",
            b"x-forwarded-proto": b"javascript",
            b"x-forwarded-host": b'"><script>',
        }
        assert BEHIND.base(a_scope(), headers) == b"http://inner"


class TestClient:
    @pytest.mark.parametrize(
        ("told", "client"),
        [
            (b"203.0.113.7", "203.0.113.7"),
            (b"198.51.100.1, 203.0.113.7", "203.0.113.7"),
            (b"203.0.113.7, 10.9.9.9", "203.0.113.7"),
            (b"203.0.113.7, nonsense", "10.1.2.3"),
            (b"", "10.1.2.3"),
        ],
    )
    def test_is_the_nearest_that_is_no_trusted_proxy(self, told: bytes, client: str) -> None:
        assert BEHIND.client(a_scope(), {b"x-forwarded-for": told}) == client

    def test_is_who_connected_where_nobody_is_trusted(self) -> None:
        headers = {b"x-forwarded-for": b"203.0.113.7"}
        assert DIRECT.client(a_scope(), headers) == "10.1.2.3"
        assert BEHIND.client(a_scope("192.0.2.9"), headers) == "192.0.2.9"

    def test_is_nobody_on_a_socket_without_addresses(self) -> None:
        assert BEHIND.client({**a_scope(), "client": None}, {}) is None
