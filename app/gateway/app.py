"""Feature calls on OpenAI's wire, as an app of its own: no session, no cookie and no page exists here."""

from flask import Flask

from app.gateway import access, calls, errors, models
from app.gateway.context import KEY, Context
from app.gateway.leaving import Watch
from app.services.switchboard import Switchboard

MOST_BYTES = 10 << 20


def create_gateway(switchboard: Switchboard) -> Flask:
    """Build the gateway, to be mounted at PREFIX."""
    app = Flask("modelport.gateway", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MOST_BYTES, PROVIDE_AUTOMATIC_OPTIONS=False)
    app.url_map.merge_slashes = False
    app.extensions[KEY] = Context(switchboard, Watch())
    access.setup(app)
    errors.setup(app)
    app.register_blueprint(models.models)
    app.register_blueprint(calls.calls)
    return app
