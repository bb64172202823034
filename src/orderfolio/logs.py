"""Log lines: for people by default, one JSON object each on request.

Who logs what is decided by those who log. No line holds a token, an Authorization
header or a query: queries carry e-mail addresses and names.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Protocol, TextIO, cast

import msgspec

ACCESS: Final = "orderfolio.access"
# What POSIX lets nobody else write into the middle of (PIPE_BUF), on Linux.
PIECE_BYTES: Final = 4096

# What the application may attach to a line with `extra=`; nothing else is printed.
FIELDS: Final = (
    "request_id",
    "client",
    "method",
    "path",
    "status",
    "duration_ms",
    "bytes",
    "client_key",
)

_encode = msgspec.json.Encoder(enc_hook=str).encode


class Entry(Protocol):
    """What an access line tells: some of `FIELDS`, and `at`, in seconds since 1970."""

    @property
    def at(self) -> float: ...
    @property
    def request_id(self) -> str: ...
    @property
    def client(self) -> str | None: ...
    @property
    def client_key(self) -> str | None: ...
    @property
    def method(self) -> str | None: ...
    @property
    def path(self) -> str | None: ...
    @property
    def status(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def duration_ms(self) -> float | None: ...


class Entries(Protocol):
    """A record that carries entries in place of a message, and takes more of them from when
    it is kept until they are taken."""

    def keep(self) -> None: ...
    def take_entries(self) -> Sequence[Entry]: ...


def _entries(record: logging.LogRecord) -> Entries | None:
    return cast("Entries", record) if hasattr(record, "take_entries") else None


class JsonFormatter(logging.Formatter):
    """`{"time", "level", "logger", "message", …}`, without a line break inside; of several
    processes that write side by side, which `worker` it was."""

    def __init__(self, worker: int | None = None) -> None:
        super().__init__()
        self._worker = worker

    def format(self, record: logging.LogRecord) -> str:
        if (entries := _entries(record)) is not None:
            return "\n".join(
                _object(self._begin(record, one.at) | _fields(one))
                for one in entries.take_entries()
            )
        line = self._begin(record, record.created)
        line["message"] = record.getMessage()
        line |= _fields(record)
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return _object(line)

    def _begin(self, record: logging.LogRecord, at: float) -> dict[str, object]:
        line: dict[str, object] = {
            "time": _time(at),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if self._worker is not None:
            line["worker"] = self._worker
        return line


class TextFormatter(logging.Formatter):
    """`time LEVEL message`, an access line with its fields in place of a message; of several
    processes that write side by side, the number of the `worker` before it."""

    def __init__(self, worker: int | None = None) -> None:
        super().__init__()
        self._worker = "" if worker is None else f"#{worker} "

    def format(self, record: logging.LogRecord) -> str:
        if (entries := _entries(record)) is not None:
            level = f" {record.levelname:<7} {self._worker}"
            return "\n".join(_access_line(one, level) for one in entries.take_entries())
        message = record.getMessage()
        if (request_id := getattr(record, "request_id", None)) is not None:
            message = f"{message} [{request_id}]"
        line = f"{_time(record.created)} {record.levelname:<7} {self._worker}{_shown(message)}"
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return line


def _access_line(one: Entry, level: str) -> str:
    text = (
        f"{one.client or '-'} {one.client_key or '-'} {one.method or '-'} {one.path or '-'}"
        f" {one.status} {one.bytes}B {one.duration_ms or 0}ms {one.request_id}"
    )
    return f"{_time(one.at)}{level}{_shown(text)}"


def _shown(text: str) -> str:
    """A line stays a line, whatever it quotes."""
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() else ascii(mark)[1:-1] for mark in text)


def _object(line: Mapping[str, object]) -> str:
    # A path is whatever bytes a client sent, lone surrogates included.
    return _encode(_printable(line)).decode()


def _fields(told: object) -> dict[str, object]:
    return {field: value for field in FIELDS if (value := getattr(told, field, None)) is not None}


def _time(at: float) -> str:
    second, milliseconds = divmod(int(at * 1000), 1000)
    return f"{_second(second)}.{milliseconds:03}Z"


@lru_cache(16)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _printable(line: Mapping[str, object]) -> dict[str, object]:
    return {
        name: value.encode("utf-8", "backslashreplace").decode()
        if isinstance(value, str)
        else value
        for name, value in line.items()
    }


class Lines(logging.Handler):
    """Writes lines to a stream. What happens in one turn of an event loop is written at the
    turn's end, in one go: a write each would take as long as reading an order. What is
    worth a warning isn't kept waiting."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._waiting: list[str | logging.LogRecord] = []
        self._is_due = False

    def emit(self, record: logging.LogRecord) -> None:
        try:
            entries = _entries(record)
            if entries is None:
                # What comes later stands behind it, access or not.
                self._waiting = [*self._spell(self._waiting), self.format(record)]
            else:
                self._waiting.append(record)
                entries.keep()
            if record.levelno >= logging.WARNING:
                self.flush()
            elif not self._is_due:
                self._is_due = True
                _soon(self.flush)
        except Exception:  # noqa: BLE001 - as every handler: a log must not end a request
            self.handleError(record)

    def flush(self) -> None:
        with self.lock or nullcontext():
            self._is_due = False
            waiting, self._waiting = self._waiting, []
            lines = self._spell(waiting)
            if self._stream.closed:
                # Whoever closed it reads no more.
                return
            for text in _pieces(lines):
                self._stream.write(text)
                self._stream.flush()

    def _spell(self, waiting: list[str | logging.LogRecord]) -> list[str]:
        """What waits, as lines. Records that were kept take no more entries."""
        lines: list[str] = []
        for one in waiting:
            lines += [one] if isinstance(one, str) else self.format(one).split("\n")
        return lines


def _pieces(lines: Sequence[str]) -> Iterator[str]:
    """Whole lines, as many at a time as go through a pipe in one piece, so that processes that
    write into the same one don't end up in the middle of each other's lines."""
    waiting: list[str] = []
    length = 0
    for line in lines:
        size = len(line.encode("utf-8", "backslashreplace")) + 1
        if waiting and length + size > PIECE_BYTES:
            yield "\n".join(waiting) + "\n"
            waiting, length = [], 0
        waiting.append(line)
        length += size
    if waiting:
        yield "\n".join(waiting) + "\n"


def _soon(call: Callable[[], None]) -> None:
    """Call it when this turn of the thread's loop ends; at once where there is no loop."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        call()
    else:
        loop.call_soon(call)


def configure(
    format_name: str,
    level: str,
    *,
    access: bool,
    stream: TextIO | None = None,
    worker: int | None = None,
) -> None:
    """Send every logger of the process, the HTTP server's too, to one stream in one form.
    `worker` is the number of the process among those that serve together."""
    handler = Lines(stream or sys.stderr)
    form = JsonFormatter if format_name == "json" else TextFormatter
    handler.setFormatter(form(worker))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger(ACCESS).disabled = not access
    for name in ("uvicorn", "uvicorn.error", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # The server tells each step of its start; the banner says it once.
    logging.getLogger("uvicorn.error").setLevel(max(root.level, logging.WARNING))
    # Ours is written by the application, which knows the client key.
    logging.getLogger("uvicorn.access").disabled = True
