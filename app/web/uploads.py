"""Files that people send: what does not fit into memory lies on disk while the request lasts, and no longer."""

from typing import IO, Any

from flask import Flask, Request, request


class UploadRequest(Request):
    """Closes every stream of an upload at its end, those of one that was refused half-way among them."""

    def _get_file_stream(self, *arguments: Any, **named: Any) -> IO[bytes]:
        stream = super()._get_file_stream(*arguments, **named)
        self.__dict__.setdefault("_uploads", []).append(stream)
        return stream

    def close(self) -> None:
        """Close what belongs to the request."""
        super().close()
        for stream in self.__dict__.get("_uploads", ()):
            stream.close()


def setup(app: Flask) -> None:
    """Close uploads with each request; what others made of its class stays."""
    app.request_class = type("UploadRequest", (UploadRequest, app.request_class), {})
    app.teardown_request(_close)


def _close(_error: BaseException | None) -> None:
    request.close()
