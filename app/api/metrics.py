"""/metrics for Prometheus, as an app of its own: a token with a role in, the state of all workers out."""

from flask import Flask, Response, request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from app.api import problems
from app.api.access import authenticated
from app.api.collector import Totals
from app.domain.errors import RoleMissing
from app.services.ports import Ports

# Where it is mounted.
PREFIX = "/metrics"


def create_metrics(ports: Ports, version: str) -> Flask:
    """Build the app, to be mounted at PREFIX."""
    app = Flask("modelport.metrics", static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    problems.setup(app)
    registry = CollectorRegistry()
    registry.register(Totals(ports.store, version))

    def check() -> None:
        # Every role covers a viewer's; a token for features has none.
        if authenticated(ports).actor is None:
            raise RoleMissing("This token calls features and nothing else. For metrics make one with the role viewer.")

    def show() -> Response:
        encode, kind = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(registry), content_type=kind, headers={"Cache-Control": "no-store"})

    app.before_request(check)
    # Behind PREFIX nothing is left of the path, which would be led to one with a slash.
    app.add_url_rule("/", view_func=show, methods=["GET"], strict_slashes=False)
    return app
