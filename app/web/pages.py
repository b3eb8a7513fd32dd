"""The list of page modules; a new noun adds its line here."""

from flask import Flask

from app.web import (
    audit,
    endpoints,
    families,
    feature_batches,
    feature_edit,
    features,
    health,
    keys,
    overview,
    probes,
    readiness,
    replacements,
    responsibilities,
    settings,
    timelines,
    tokens,
)

BLUEPRINTS = (
    health.health,
    overview.overview,
    endpoints.endpoints,
    probes.probes,
    keys.keys,
    replacements.replacements,
    responsibilities.responsibilities,
    features.features,
    feature_edit.feature_edit,
    feature_batches.feature_batches,
    timelines.timelines,
    readiness.readiness,
    families.families,
    audit.audit,
    settings.settings,
    tokens.tokens,
)


def setup(app: Flask) -> None:
    """Register every noun's views."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
