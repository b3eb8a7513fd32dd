"""Log records as text or JSON, each with the id of the request it belongs to."""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

from app.lib.redact import RedactingFilter

request_id: ContextVar[str] = ContextVar("request_id", default="-")


class TextFormatter(logging.Formatter):
    """One line for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Add the request's id and keep the record on one line per message."""
        record.request_id = request_id.get()
        return super().format(record)


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
        return json.dumps(entry, ensure_ascii=False)


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
