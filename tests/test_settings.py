"""Settings: where a value comes from, and what is refused."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import pytest

from orderfolio.settings import SETTINGS, SettingError, Settings, load

SECONDS = "must be a number of seconds above 0 and at most 3600"


def settle(
    folder: Path,
    options: dict[str, object] | None = None,
    variables: dict[str, str] | None = None,
    lines: str | None = None,
) -> Settings:
    if lines is not None:
        (folder / "orderfolio.toml").write_text(lines, encoding="utf-8")
    return load(options or {}, variables or {}, folder)


def refusal(folder: Path, **sources: Any) -> str:
    with pytest.raises(SettingError) as caught:
        settle(folder, **sources)
    return str(caught.value).replace(f"{folder}/", "")


class TestSources:
    def test_without_any_the_defaults_hold(self, tmp_path: Path) -> None:
        assert settle(tmp_path) == Settings(
            data=Path(),
            database=settle(tmp_path, {"database": "sqlite:///orderfolio.db"}).database,
            migrate=False,
            host="127.0.0.1",
            port=8080,
            workers=1,
            tls_certificate=None,
            tls_key=None,
            public_url=None,
            trusted_proxies=(),
            strict=False,
            client_key=None,
            api_token=None,
            body_limit_bytes=1_048_576,
            headers_limit_bytes=32_768,
            request_timeout_seconds=30,
            max_connections=900,
            max_requests=900,
            drain_seconds=0,
            requests_per_second=0,
            idempotency_hours=24,
            audit_days=365,
            metrics_port=None,
            metrics_host="127.0.0.1",
            otlp_endpoint=None,
            log_format="text",
            log_level="info",
            access_log=True,
        )

    def test_an_option_beats_a_variable_beats_a_line(self, tmp_path: Path) -> None:
        options: dict[str, object] = {"port": "1"}
        variables = {"ORDERFOLIO_PORT": "2", "ORDERFOLIO_HOST": "two"}
        lines = 'port = 3\nhost = "three"\nstrict = true'
        found = settle(tmp_path, options, variables, lines)
        assert (found.port, found.host, found.strict) == (1, "two", True)

    def test_an_option_that_was_not_given_does_not_count(self, tmp_path: Path) -> None:
        assert settle(tmp_path, {"port": None}, {"ORDERFOLIO_PORT": "2"}).port == 2

    def test_an_empty_variable_counts_as_absent(self, tmp_path: Path) -> None:
        assert settle(tmp_path, variables={"ORDERFOLIO_PORT": ""}).port == 8080

    def test_a_switch_can_be_turned_off_again(self, tmp_path: Path) -> None:
        variables = {"ORDERFOLIO_STRICT": "yes"}
        assert settle(tmp_path, {"strict": False}, variables).strict is False

    def test_every_setting_has_the_three_spellings(self, tmp_path: Path) -> None:
        samples = {
            "data": "/there",
            "database": "sqlite:////there/orders.db",
            "migrate": "true",
            "host": "::1",
            "port": "9",
            "workers": "1",
            "tls_certificate": "/there/server.pem",
            "tls_key": "/there/server.key",
            "public_url": "https://orders.example.com",
            "trusted_proxies": "10.0.0.0/8,::1",
            "strict": "true",
            "client_key": "key",
            "api_token": "token",
            "body_limit_bytes": "2048",
            "headers_limit_bytes": "4096",
            "request_timeout_seconds": "1.5",
            "max_connections": "70",
            "max_requests": "40",
            "drain_seconds": "15",
            "requests_per_second": "50",
            "idempotency_hours": "48",
            "audit_days": "30",
            "metrics_port": "9464",
            "metrics_host": "::1",
            "otlp_endpoint": "http://127.0.0.1:4318",
            "log_format": "json",
            "log_level": "error",
            "access_log": "false",
        }
        assert (
            set(samples) == {setting.name for setting in SETTINGS} == set(Settings.__annotations__)
        )
        by_option = settle(tmp_path, dict(samples))
        variables = {f"ORDERFOLIO_{name.upper()}": value for name, value in samples.items()}
        by_variable = settle(tmp_path, variables=variables)
        lines = "\n".join(f'{name} = "{value}"' for name, value in samples.items())
        by_line = settle(tmp_path, lines=lines)
        assert by_option == by_variable == by_line
        assert all(
            getattr(by_line, name) != getattr(load({}, {}, Path("/")), name)
            for name in set(samples) - {"workers"}
        )

    def test_a_file_has_types_of_its_own(self, tmp_path: Path) -> None:
        lines = (
            'port = 9\nstrict = true\ntrusted_proxies = ["10.0.0.1"]\nrequest_timeout_seconds = 2'
        )
        found = settle(tmp_path, lines=lines)
        assert (found.port, found.strict, found.request_timeout_seconds) == (9, True, 2.0)
        assert found.trusted_proxies == (ipaddress.ip_network("10.0.0.1"),)

    def test_the_file_can_be_named(self, tmp_path: Path) -> None:
        (tmp_path / "other.toml").write_text("port = 9")
        assert settle(tmp_path, {"config": "other.toml"}, lines="port = 8").port == 9
        assert settle(tmp_path, variables={"ORDERFOLIO_CONFIG": "other.toml"}).port == 9


class TestRefusals:
    def test_a_variable_that_nothing_reads(self, tmp_path: Path) -> None:
        assert refusal(tmp_path, variables={"ORDERFOLIO_POTR": "1"}) == (
            "ORDERFOLIO_POTR: no setting is called that; the nearest is ORDERFOLIO_PORT."
        )

    def test_a_line_that_nothing_reads(self, tmp_path: Path) -> None:
        assert refusal(tmp_path, lines="body-limit = 1") == (
            "body-limit in orderfolio.toml: no setting is called that; "
            "the nearest is body_limit_bytes."
        )

    def test_the_file_naming_another(self, tmp_path: Path) -> None:
        assert "config in orderfolio.toml" in refusal(tmp_path, lines='config = "x"')

    def test_a_named_file_that_is_not_there(self, tmp_path: Path) -> None:
        assert refusal(tmp_path, options={"config": "none.toml"}) == (
            "none.toml: the file can't be read: No such file or directory."
        )

    def test_a_file_that_is_not_toml(self, tmp_path: Path) -> None:
        assert refusal(tmp_path, lines="port: 9").startswith("orderfolio.toml: is not a TOML file")

    @pytest.mark.parametrize(
        ("name", "value", "sentence"),
        [
            ("port", "eight", "--port: must be a whole number from 0 to 65535, not eight."),
            ("port", "65536", "--port: must be a whole number from 0 to 65535, not 65536."),
            ("port", True, "--port: must be a whole number from 0 to 65535, not True."),
            ("host", "", "--host: must be a text."),
            (
                "host",
                "here there",
                "--host: must be an address or a host name, without a port.",
            ),
            ("data", "~nobody-of-this-name", "--data: nobody's home is ~nobody-of-this-name."),
            ("data", "a\0b", "--data: must be a folder."),
            ("strict", "maybe", "--strict: must be true or false."),
            (
                "request_timeout_seconds",
                "0",
                f"--request-timeout-seconds: {SECONDS}, not 0.",
            ),
            (
                "request_timeout_seconds",
                "nan",
                f"--request-timeout-seconds: {SECONDS}, not nan.",
            ),
            ("log_format", "xml", "--log-format: must be one of text, json, not xml."),
            (
                "trusted_proxies",
                "10.0.0.0/8,everyone",
                "--trusted-proxies: 'everyone' is neither an address nor a network.",
            ),
            (
                "client_key",
                "a:b",
                "--client-key: must be 1 to 255 visible ASCII characters without a colon.",
            ),
            ("workers", "2", "workers: must be 1, not 2: SQLite is written by one process."),
            ("workers", "0", "--workers: must be auto or a whole number from 1 to 64, not 0."),
            (
                "workers",
                "many",
                "--workers: must be auto or a whole number from 1 to 64, not many.",
            ),
        ],
    )
    def test_a_value_out_of_its_range(
        self, tmp_path: Path, name: str, value: object, sentence: str
    ) -> None:
        assert refusal(tmp_path, options={name: value}) == sentence

    @pytest.mark.parametrize(
        "url",
        [
            "orders.example.com",
            "ftp://orders.example.com",
            "https://orders.example.com?x=1",
            "https://orders.example.com/#top",
            "https://user@orders.example.com",
            'https://orders.example.com/"',
            "https://",
            "https://host:port",
            "https://[::1",
        ],
    )
    def test_a_public_url_that_links_cannot_begin_with(self, tmp_path: Path, url: str) -> None:
        assert refusal(tmp_path, options={"public_url": url}).startswith("--public-url: must be")

    def test_half_of_a_pair_of_credentials(self, tmp_path: Path) -> None:
        assert refusal(tmp_path, options={"client_key": "key"}) == (
            "client_key: was given without api_token; give both or neither."
        )
        assert refusal(tmp_path, options={"api_token": "token"}) == (
            "api_token: was given without client_key; give both or neither."
        )

    def test_half_of_a_certificate_and_its_key(self, tmp_path: Path) -> None:
        assert refusal(tmp_path, options={"tls_certificate": "server.pem"}) == (
            "tls_certificate: was given without tls_key; give both or neither."
        )
        assert refusal(tmp_path, options={"tls_key": "server.key"}) == (
            "tls_key: was given without tls_certificate; give both or neither."
        )

    def test_a_file_that_no_path_leads_to(self, tmp_path: Path) -> None:
        assert refusal(tmp_path, options={"tls_key": "a\0b"}) == "--tls-key: must be a file."

    def test_a_bad_token_is_not_repeated(self, tmp_path: Path) -> None:
        assert "ünsecret" not in refusal(tmp_path, options={"api_token": "ünsecret"})


class TestWorkers:
    SERVER = "postgresql://db/orders"

    def test_a_file_has_one(self, tmp_path: Path) -> None:
        for value in (None, "auto", "1", 1):
            assert settle(tmp_path, {"workers": value}).workers == 1

    def test_a_server_s_database_has_as_many_as_are_asked_for(self, tmp_path: Path) -> None:
        options: dict[str, object] = {"database": self.SERVER, "workers": "13"}
        assert settle(tmp_path, options).workers == 13

    @pytest.mark.parametrize(("cores", "workers"), [(1, 1), (2, 2), (8, 8), (9, 8), (96, 8)])
    def test_or_as_many_as_there_are_cores_up_to_a_bound(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int, workers: int
    ) -> None:
        monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(cores)))
        assert settle(tmp_path, {"database": self.SERVER}).workers == workers
        assert settle(tmp_path, {"database": self.SERVER, "workers": "auto"}).workers == workers


class TestWhereTracesGo:
    SHARED = "OTEL_EXPORTER_OTLP_ENDPOINT"

    def test_the_variable_of_all_programs_counts(self, tmp_path: Path) -> None:
        found = settle(tmp_path, variables={self.SHARED: "http://127.0.0.1:4318/"})
        assert found.otlp_endpoint == "http://127.0.0.1:4318"
        assert settle(tmp_path, variables={self.SHARED: ""}).otlp_endpoint is None

    def test_what_is_said_to_this_one_goes_first(self, tmp_path: Path) -> None:
        variables = {self.SHARED: "http://127.0.0.1:1"}
        lines = 'otlp_endpoint = "http://127.0.0.1:2"'
        found = settle(tmp_path, variables=variables, lines=lines)
        assert found.otlp_endpoint == "http://127.0.0.1:2"
        assert settle(tmp_path, {"otlp_endpoint": "none"}, variables).otlp_endpoint is None

    @pytest.mark.parametrize(
        "value", ["127.0.0.1:4318", "grpc://x", "http://", "http://x?y", "http://x:port"]
    )
    def test_another_form_is_refused_by_its_source_and_not_repeated(
        self, tmp_path: Path, value: str
    ) -> None:
        sentence = "must be an address such as http://127.0.0.1:4318, or none."
        assert refusal(tmp_path, variables={self.SHARED: value}) == f"{self.SHARED}: {sentence}"
        options = {"otlp_endpoint": value}
        assert refusal(tmp_path, options=options) == f"--otlp-endpoint: {sentence}"


class TestDatabase:
    def test_a_relative_path_begins_in_the_data_folder(self, tmp_path: Path) -> None:
        found = settle(tmp_path, {"data": "/there", "database": "sqlite:///a/b.db"})
        assert found.database.path == Path("/there/a/b.db")

    def test_an_absolute_path_does_not(self, tmp_path: Path) -> None:
        found = settle(tmp_path, {"data": "/there", "database": "sqlite:////here/b.db"})
        assert found.database.path == Path("/here/b.db")

    def test_what_an_address_escapes_is_a_path_s_own(self, tmp_path: Path) -> None:
        found = settle(tmp_path, {"database": "sqlite:////here/my%20orders.db"})
        assert found.database.path == Path("/here/my orders.db")

    def test_no_path_is_a_private_file(self, tmp_path: Path) -> None:
        assert settle(tmp_path, {"database": "sqlite://"}).database.path is None

    @pytest.mark.parametrize(
        ("url", "name"),
        [
            (
                "postgresql://me:secret@db:5432/orders?sslmode=require",
                "postgresql://db:5432/orders",
            ),
            ("postgres://me@a:1,b:2/orders", "postgresql://a:1,b:2/orders"),
            ("postgresql:///orders?host=/run/pg&password=secret", "postgresql:///run/pg/orders"),
        ],
    )
    def test_a_server_is_named_without_what_opens_it(
        self, tmp_path: Path, url: str, name: str
    ) -> None:
        database = settle(tmp_path, {"database": url}).database
        assert database.is_server
        assert (database.url, database.path, database.name) == (url, None, name)

    @pytest.mark.parametrize(
        "url",
        [
            *("orders.db", "sqlite:orders.db", "sqlite:///", "sqlite:////", "mysql://x"),
            *("sqlite:///%00", "sqlite:///orders.db?mode=ro"),
        ],
    )
    def test_another_form_is_refused(self, tmp_path: Path, url: str) -> None:
        assert refusal(tmp_path, options={"database": url}).startswith("--database: must have")
