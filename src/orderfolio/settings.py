"""What can be set, and where a value comes from.

A setting is an option of the command line, else an environment variable, else a
line of a TOML file, else its default. Nothing else in the program reads the
environment, and what a value is used for is not told here.
"""

import difflib
import ipaddress
import os
import re
import tomllib
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import msgspec

from orderfolio.errors import CannotStart

PREFIX: Final = "ORDERFOLIO_"
# The test suite's own switches share the prefix, and reach the servers it starts.
FOREIGN_PREFIX: Final = "ORDERFOLIO_TESTS_"
DEFAULT_FILE: Final = "orderfolio.toml"
# Variables that many programs read: they count where nothing was said to this one.
SHARED: Final = {"otlp_endpoint": "OTEL_EXPORTER_OTLP_ENDPOINT"}

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingError(CannotStart):
    """A value, a key or a variable that can't be: one sentence for who wrote it."""


_SERVERS: Final = ("postgresql://", "postgres://")


class Database(msgspec.Struct, frozen=True):
    """What keeps the data: a server, or the file at `path`, None for a private temporary one."""

    url: str
    path: Path | None

    @property
    def is_server(self) -> bool:
        return self.url.startswith(_SERVERS)

    @property
    def engine(self) -> str:
        """What programs call the kind of database that it is."""
        return "postgresql" if self.is_server else "sqlite"

    @property
    def name(self) -> str:
        """What people may be shown of it: nothing that opens it."""
        if self.path is not None:
            return str(self.path.resolve())
        if not self.is_server:
            return "a private temporary file"
        parts = urllib.parse.urlsplit(self.url)
        hosts = parts.netloc.rpartition("@")[2]
        named = dict(urllib.parse.parse_qsl(parts.query))
        hosts = hosts or named.get("host", "")
        return f"postgresql://{hosts}{parts.path}"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting, checked; docs/settings.md has a heading for each."""

    data: Path
    database: Database
    migrate: bool
    host: str
    port: int
    workers: int
    tls_certificate: Path | None
    tls_key: Path | None
    public_url: str | None
    trusted_proxies: tuple[Network, ...]
    strict: bool
    client_key: str | None
    api_token: str | None
    body_limit_bytes: int
    headers_limit_bytes: int
    request_timeout_seconds: float
    max_connections: int
    max_requests: int
    drain_seconds: int
    requests_per_second: int
    idempotency_hours: int
    audit_days: int
    metrics_port: int | None
    metrics_host: str
    otlp_endpoint: str | None
    log_format: Literal["text", "json"]
    log_level: Literal["debug", "info", "warning", "error"]
    access_log: bool


class Setting(NamedTuple):
    """One row of the table: how a value is spelt, read and explained."""

    name: str
    read: Callable[[object], object]
    default: object
    metavar: str
    help: str

    @property
    def option(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()

    @property
    def is_switch(self) -> bool:
        return self.read is _switch


def load(
    options: Mapping[str, object],
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
    names: Mapping[str, str] | None = None,
) -> Settings:
    """Settle every setting; `options` holds those of the command line that were given, and
    `names` tells of those that were given by another name than their own.

    Raises SettingError, naming the source, for a value out of its range, a key or a
    variable that nothing reads, and a file that can't be read.
    """
    environ = os.environ if environ is None else environ
    variables = _variables(environ)
    lines, file = _lines(options.get("config") or variables.get("config"), folder or Path())
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        name = setting.name
        if options.get(name) is not None:
            values[name] = _value(setting, options[name], (names or {}).get(name, setting.option))
        elif name in variables:
            values[name] = _value(setting, variables[name], setting.variable)
        elif name in lines:
            values[name] = _value(setting, lines[name], f"{name} in {file}")
        elif (shared := SHARED.get(name)) is not None and environ.get(shared):
            values[name] = _value(setting, environ[shared], shared)
        else:
            values[name] = _value(setting, setting.default, name)
    return _settled(values)


def _settled(values: dict[str, Any]) -> Settings:
    """Hold the rules that concern more than one setting."""
    database: Database = values["database"]
    if database.path is not None:
        path = Path(values["data"]) / database.path
        values["database"] = msgspec.structs.replace(database, path=path)
    values["workers"] = _settled_workers(values["workers"], database)
    for one, other in PAIRS:
        if (values[one] is None) != (values[other] is None):
            given, missing = (other, one) if values[one] is None else (one, other)
            raise SettingError(f"{given}: was given without {missing}; give both or neither.")
    return Settings(**values)


def _settled_workers(number: int | None, database: Database) -> int:
    """How many processes serve the database, where None leaves the choice to us."""
    if database.is_server:
        return min(_usable_cores(), MOST_CHOSEN) if number is None else number
    if number not in {None, 1}:
        raise SettingError(f"workers: must be 1, not {number}: {ONE_WRITER}.")
    return 1


def _usable_cores() -> int:
    """Those that the system lets this process run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


PAIRS: Final = (("client_key", "api_token"), ("tls_certificate", "tls_key"))
ONE_WRITER: Final = "SQLite is written by one process"
# Each has connections of its own to the database, which has a hundred of them by default.
MOST_CHOSEN: Final = 8


def _value(setting: Setting, raw: object, source: str) -> object:
    try:
        return None if raw is None else setting.read(raw)
    except ValueError as error:
        raise SettingError(f"{source}: {error}.") from None


def _variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The program's own variables by setting; an empty one counts as absent."""
    known = {setting.variable: setting.name for setting in SETTINGS} | {PREFIX + "CONFIG": "config"}
    found: dict[str, str] = {}
    for variable, value in environ.items():
        if not variable.startswith(PREFIX) or variable.startswith(FOREIGN_PREFIX):
            continue
        if variable not in known:
            hint = nearest(variable, known)
            raise SettingError(f"{variable}: no setting is called that{hint}.")
        if value:
            found[known[variable]] = value
    return found


def _lines(named: object, folder: Path) -> tuple[dict[str, object], str]:
    """The settings of the file that was named, else of the one in the folder, if any."""
    path = folder / str(named or DEFAULT_FILE)
    if not named and not path.is_file():
        return {}, str(path)
    try:
        lines = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingError(f"{path}: the file can't be read: {reason}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"{path}: is not a TOML file: {error}.") from None
    known = {setting.name for setting in SETTINGS}
    for name in lines:
        if name not in known:
            hint = nearest(name, known)
            raise SettingError(f"{name} in {path}: no setting is called that{hint}.")
    return lines, str(path)


def nearest(name: str, known: Iterable[str]) -> str:
    """What to add to a refusal of `name`: nothing, where nothing known is like it."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; the nearest is {near[0]}" if near else ""


# How each kind of value is read. What comes from a file has a type of its own, the
# rest are strings; a ValueError says what would be right.


def _text(raw: object) -> str:
    if not isinstance(raw, str) or not raw:
        raise ValueError("must be a text")
    return raw


def _folder(raw: object) -> Path:
    return _path(raw, "folder")


def _file(raw: object) -> Path:
    return _path(raw, "file")


def _path(raw: object, kind: str) -> Path:
    text = _text(raw)
    if "\0" in text:
        raise ValueError(f"must be a {kind}")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ValueError(f"nobody's home is {Path(text).parts[0]}") from None


def _host(raw: object) -> str:
    text = _text(raw)
    if not re.fullmatch(r"[A-Za-z0-9.:_%-]{1,253}", text):
        raise ValueError("must be an address or a host name, without a port")
    return text


def _switch(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    word = raw.lower() if isinstance(raw, str) else ""
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off"}:
        return False
    raise ValueError("must be true or false")


def _integer(low: int, high: int) -> Callable[[object], int]:
    def read(raw: object) -> int:
        try:
            number = int(raw) if isinstance(raw, int | str) and not isinstance(raw, bool) else None
        except ValueError:
            number = None
        if number is None or not low <= number <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, not {raw}")
        return number

    return read


def _workers(raw: object) -> int | None:
    if raw == "auto":
        return None
    try:
        return _integer(1, 64)(raw)
    except ValueError:
        raise ValueError(f"must be auto or a whole number from 1 to 64, not {raw}") from None


def _seconds(raw: object) -> float:
    numeric = isinstance(raw, int | float | str) and not isinstance(raw, bool)
    try:
        number = float(raw) if numeric else 0.0  # type: ignore[arg-type]
    except ValueError:
        number = 0.0
    if not 0 < number <= 3600:
        raise ValueError(f"must be a number of seconds above 0 and at most 3600, not {raw}")
    return number


def _choice(*choices: str) -> Callable[[object], str]:
    def read(raw: object) -> str:
        if raw not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}, not {raw}")
        return str(raw)

    return read


def _networks(raw: object) -> tuple[Network, ...]:
    words = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(words, list | tuple):
        raise ValueError("must be a list of addresses")
    networks = []
    for word in words:
        try:
            networks.append(ipaddress.ip_network(str(word).strip(), strict=False))
        except ValueError:
            raise ValueError(f"{word!r} is neither an address nor a network") from None
    return tuple(networks)


def _public_url(raw: object) -> str:
    text = _text(raw)
    try:
        parts = urllib.parse.urlsplit(text)
        _ = parts.port  # raises when it isn't a number
    except ValueError:
        parts = urllib.parse.SplitResult("", "", "", "", "")
    # Links are JSON strings and header values: what needs escaping in either is no address.
    plain = re.fullmatch(r"[A-Za-z0-9:/._~%\[\]-]+", text) is not None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not plain:
        raise ValueError("must be an address such as https://orders.example.com, without a query")
    return text.rstrip("/")


def _endpoint(raw: object) -> str | None:
    text = _text(raw)
    if text == "none":
        return None
    try:
        parts = urllib.parse.urlsplit(text)
        _ = parts.port  # raises when it isn't a number
    except ValueError:
        parts = urllib.parse.SplitResult("", "", "", "", "")
    # Never repeats the value: it may have a password in it.
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an address such as http://127.0.0.1:4318, or none")
    return text.rstrip("/")


def _client_key(raw: object) -> str:
    text = _text(raw)
    if not re.fullmatch(r"[!-9;-~]{1,255}", text):
        raise ValueError("must be 1 to 255 visible ASCII characters without a colon")
    return text


def _token(raw: object) -> str:
    text = _text(raw)
    # Never repeats the value: this sentence may end up in a log.
    if not re.fullmatch(r"[!-~]{1,255}", text):
        raise ValueError("must be 1 to 255 visible ASCII characters")
    return text


def _database(raw: object) -> Database:
    url = _text(raw)
    if url.startswith(_SERVERS):
        return Database(url, None)
    if url == "sqlite://":
        return Database(url, None)
    path = urllib.parse.unquote(url.removeprefix("sqlite:///"))
    if not url.startswith("sqlite:///") or path in {"", "/"} or "\0" in path or "?" in url:
        form = "sqlite:///relative/path, sqlite:////absolute/path, sqlite:// or postgresql://…"
        raise ValueError(f"must have the form {form}")
    return Database(url, Path(path))


SETTINGS: Final = (
    Setting("data", _folder, ".", "FOLDER", "The folder that a relative database path begins in."),
    Setting("database", _database, "sqlite:///orderfolio.db", "URL", "Where the data are kept."),
    Setting("migrate", _switch, False, "", "Bring a server's database to this version first."),
    Setting("host", _host, "127.0.0.1", "ADDRESS", "The address to listen on."),
    Setting("port", _integer(0, 65535), 8080, "NUMBER", "The port to listen on; 0: any free one."),
    Setting("workers", _workers, "auto", "NUMBER|auto", "Processes that serve; 1 on SQLite."),
    Setting("tls_certificate", _file, None, "FILE", "The certificate to speak HTTPS with."),
    Setting("tls_key", _file, None, "FILE", "The key of the certificate."),
    Setting("public_url", _public_url, None, "URL", "The address that links begin with."),
    Setting("trusted_proxies", _networks, (), "LIST", "Proxies whose forwarded headers count."),
    Setting("strict", _switch, False, "", "Refuse what the vendor's service would refuse."),
    Setting("client_key", _client_key, None, "KEY", "The first organisation's client key."),
    Setting("api_token", _token, None, "TOKEN", "The first organisation's API token."),
    Setting("body_limit_bytes", _integer(1024, 2**30), 2**20, "NUMBER", "The largest body."),
    Setting("headers_limit_bytes", _integer(1024, 2**20), 2**15, "NUMBER", "The largest headers."),
    Setting("request_timeout_seconds", _seconds, 30, "NUMBER", "How long sending may take."),
    Setting("max_connections", _integer(1, 100_000), 900, "NUMBER", "Connections at one time."),
    Setting("max_requests", _integer(1, 100_000), 900, "NUMBER", "Requests under way at one time."),
    Setting("drain_seconds", _integer(0, 3600), 0, "NUMBER", "How long an end is announced."),
    Setting(
        "requests_per_second",
        _integer(0, 1_000_000),
        0,
        "NUMBER",
        "What an organisation may send; 0: no limit.",
    ),
    Setting("idempotency_hours", _integer(1, 8760), 24, "NUMBER", "How long answers are kept."),
    Setting("audit_days", _integer(1, 36_500), 365, "NUMBER", "How long the audit log is kept."),
    Setting(
        "metrics_port", _integer(0, 65535), None, "NUMBER", "Where figures are; none: nowhere."
    ),
    Setting("metrics_host", _host, "127.0.0.1", "ADDRESS", "The address of the figures' port."),
    Setting("otlp_endpoint", _endpoint, None, "URL", "Where traces are sent; none: nowhere."),
    Setting("log_format", _choice("text", "json"), "text", "text|json", "How logs are written."),
    Setting(
        "log_level",
        _choice("debug", "info", "warning", "error"),
        "info",
        "debug|info|warning|error",
        "What is worth a line.",
    ),
    Setting("access_log", _switch, True, "", "Write a line for each request."),
)
