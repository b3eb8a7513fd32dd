"""The floor of feature_calls.py: bare Flask under the portal's server, passing calls on through the portal's door.

It checks no token, knows no features and counts nothing. `python bench/forwarder.py PORT UPSTREAM_PORT`.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.cli.serving import Server
from app.config import load_settings


def build(upstream_port: int) -> Any:
    """The app, in a worker."""
    from flask import Flask, Response, request

    from app.lib.egress import Policy
    from app.lib.http import Call, Door, Limits
    from app.lib.urls import Address

    app = Flask("forwarder", static_folder=None)
    door = Door(Policy(loopback_open=True))
    address = Address("http", "127.0.0.1", upstream_port, "/v1/chat/completions")
    limits = Limits(total=600, first_byte=60, silence=60, max_body=None)

    @app.post("/v1/chat/completions")
    def forward() -> Response:
        call = Call("POST", address, {"content-type": "application/json"}, content=request.get_data())
        with ExitStack() as stack:
            answer = stack.enter_context(door.stream(call, limits))
            kind = answer.headers["content-type"]
            if kind != "text/event-stream":
                return Response(b"".join(answer.chunks()), answer.status, mimetype=kind)
            chunks, opened = answer.chunks(), stack.pop_all()
        response = Response(passed_on(chunks), answer.status, mimetype=kind)
        response.call_on_close(opened.close)
        return response

    def passed_on(chunks: Iterator[bytes]) -> Iterator[bytes]:
        yield from chunks

    return app


if __name__ == "__main__":
    PORT, UPSTREAM = map(int, sys.argv[1:])
    options = {"bind": f"127.0.0.1:{PORT}", "workers": 1}
    Server(load_settings(), options, lambda: build(UPSTREAM)).run()
