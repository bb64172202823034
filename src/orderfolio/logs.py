"""Log lines: for people by default, one JSON object each on request.

Who logs what is decided by those who log. No line holds a token, an Authorization
header or a query: queries carry e-mail addresses and names.
"""

import logging
import logging.config
from datetime import UTC, datetime
from typing import Final, TextIO

import msgspec

ACCESS: Final = "orderfolio.access"

# What the application may attach to a line with `extra=`; nothing else is printed.
FIELDS: Final = (
    "request_id",
    "client",
    "method",
    "path",
    "status",
    "duration_ms",
    "bytes",
    "organisation",
)

_encode = msgspec.json.Encoder(enc_hook=str).encode


class JsonFormatter(logging.Formatter):
    """`{"time", "level", "logger", "message", …}`, without a line break inside."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        message = record.getMessage()
        if message:
            line["message"] = message
        for field in FIELDS:
            value = getattr(record, field, None)
            if value is not None:
                line[field] = value
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        # A path is whatever bytes a client sent, lone surrogates included.
        return _encode(_printable(line)).decode()


class TextFormatter(logging.Formatter):
    """`time LEVEL message`, an access line with its fields in place of a message."""

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.name == ACCESS:
            message = _access_text(record)
        elif (request_id := getattr(record, "request_id", None)) is not None:
            message = f"{message} [{request_id}]"
        # A line stays a line, whatever it quotes.
        message = "".join(mark if mark.isprintable() else ascii(mark)[1:-1] for mark in message)
        line = f"{_time(record)} {record.levelname:<7} {message}"
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return line


def _access_text(record: logging.LogRecord) -> str:
    fields = record.__dict__
    parts = [
        fields.get("client") or "-",
        fields.get("organisation") or "-",
        fields.get("method", "-"),
        fields.get("path", "-"),
        fields.get("status", "-"),
        f"{fields.get('bytes', 0)}B",
        f"{fields.get('duration_ms', 0)}ms",
        fields.get("request_id", "-"),
    ]
    return " ".join(str(part) for part in parts)


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _printable(line: dict[str, object]) -> dict[str, object]:
    return {
        name: value.encode("utf-8", "backslashreplace").decode()
        if isinstance(value, str)
        else value
        for name, value in line.items()
    }


def configure(format_name: str, level: str, *, access: bool, stream: TextIO | None = None) -> None:
    """Send every logger of the process, the HTTP server's too, to one stream in one form."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter() if format_name == "json" else TextFormatter())
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
    # Ours is written by the application, which knows the organisation.
    logging.getLogger("uvicorn.access").disabled = True
