"""The list of page modules; a new noun adds its line here."""

from flask import Flask

from app.web import endpoints, features, health, overview, probes

BLUEPRINTS = (health.health, overview.overview, endpoints.endpoints, probes.probes, features.features)


def setup(app: Flask) -> None:
    """Register every noun's views."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
