"""The list of page modules; a new noun adds its line here."""

from flask import Flask

from app.web import audit, endpoints, families, features, health, overview, probes, readiness, settings

BLUEPRINTS = (
    health.health,
    overview.overview,
    endpoints.endpoints,
    probes.probes,
    features.features,
    readiness.readiness,
    families.families,
    audit.audit,
    settings.settings,
)


def setup(app: Flask) -> None:
    """Register every noun's views."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
