"""Log records as text or JSON, each with the id of the request it belongs to."""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

from app.lib.redact import RedactingFilter

request_id: ContextVar[str] = ContextVar("request_id", default="-")
# Where the request came from; empty outside of one. Not logged with each record, the audit keeps it.
client_address: ContextVar[str] = ContextVar("client_address", default="")


def one_line(text: str) -> str:
    """The text with what breaks or turns a line written as escapes: nobody's name becomes a line of its own."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)


class TextFormatter(logging.Formatter):
    """One line for people; a traceback follows on lines of its own."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Add the request's id."""
        record.request_id = request_id.get()
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the base class's name
        """Keep the message on one line."""
        return one_line(super().formatMessage(record))


class JsonFormatter(logging.Formatter):
    """One JSON object a line for log collectors."""

    def format(self, record: logging.LogRecord) -> str:
        """Level, time (UTC, ISO 8601), logger, request id, message and, where one is, the traceback."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": request_id.get(),
            "message": record.getMessage(),
        }
        # The filter has written the traceback out, scrubbed, and taken the exception away.
        if record.exc_text:
            entry["traceback"] = record.exc_text
        # Collectors split lines at more than one character, and JSON leaves most of them as they are.
        return one_line(json.dumps(entry, ensure_ascii=False))


def configure(level: str, style: str) -> None:
    """Send everything to stderr through the redacting filter; replaces earlier handlers."""
    handler = logging.StreamHandler(sys.stderr)
    # The filter comes before anything else can be logged, so that no secret slips out first.
    handler.addFilter(RedactingFilter())
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # These write headers or code verifiers at DEBUG.
    for noisy in ("httpcore", "httpx", "authlib", "urllib3"):
        logging.getLogger(noisy).setLevel(max(logging.INFO, logging.getLevelName(level)))
