"""The list of page modules; a new noun adds its line here."""

from flask import Flask

from app.web import audit, endpoints, families, features, health, keys, overview, probes, settings

BLUEPRINTS = (
    health.health,
    overview.overview,
    endpoints.endpoints,
    probes.probes,
    keys.keys,
    features.features,
    families.families,
    audit.audit,
    settings.settings,
)


def setup(app: Flask) -> None:
    """Register every noun's views."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
