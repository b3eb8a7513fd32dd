"""The administration in JSON, as an app of its own: no session, no cookie and no page of the web door exists here."""

from collections.abc import Callable

from flask import Flask, Response

from app.api import (
    access,
    assignments,
    audit,
    document,
    draft_probes,
    endpoint_facts,
    endpoints,
    families,
    features,
    models,
    platforms,
    probes,
    problems,
    tokens,
)
from app.api.context import KEY, Context
from app.jobs.runner import Runner
from app.services.ports import Ports

MOST_BYTES = 10 << 20
_YEAR = 31_536_000

BLUEPRINTS = (
    document.document,
    endpoints.endpoints,
    endpoint_facts.endpoint_facts,
    probes.probes,
    draft_probes.draft_probes,
    features.features,
    assignments.assignments,
    families.families,
    platforms.platforms,
    models.models,
    audit.audit,
    tokens.tokens,
)


def create_api(ports: Ports, runner: Runner, origin: str) -> Flask:
    """Build the API, to be mounted at PREFIX; `origin` is the address that people and programs open."""
    app = Flask("modelport.api", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MOST_BYTES, PROVIDE_AUTOMATIC_OPTIONS=False)
    # An address has one spelling; a redirect would make a client send its token twice.
    app.url_map.merge_slashes = False
    app.extensions[KEY] = Context(ports, runner, origin)
    access.setup(app)
    problems.setup(app)
    app.after_request(_protect(https=origin.startswith("https:")))
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def _protect(*, https: bool) -> Callable[[Response], Response]:
    def protect(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Cache-Control"] = "no-store"
        if https:
            headers["Strict-Transport-Security"] = f"max-age={_YEAR}; includeSubDomains"
        return response

    return protect
