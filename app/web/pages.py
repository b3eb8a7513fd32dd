"""The list of page modules; a new noun adds its line here."""

from flask import Flask

from app.web import (
    audit,
    catalogue,
    catalogue_feeds,
    catalogue_history,
    catalogue_reports,
    comments,
    egress,
    endpoints,
    exchange,
    families,
    family_prompts,
    feature_batches,
    feature_edit,
    features,
    follows,
    gateway_checks,
    health,
    instance,
    keys,
    moderation,
    overview,
    people,
    probes,
    proposals,
    readiness,
    replacements,
    responsibilities,
    settings,
    taking_over,
    timelines,
    tokens,
    trials,
    uploads,
    usage,
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
    family_prompts.family_prompts,
    catalogue_feeds.catalogue_feeds,
    catalogue_reports.catalogue_reports,
    comments.comments,
    proposals.proposals,
    moderation.moderation,
    exchange.exchange,
    follows.follows,
    catalogue_history.catalogue_history,
    catalogue.catalogue,
    audit.audit,
    settings.settings,
    egress.egress,
    people.people,
    tokens.tokens,
    trials.trials,
    usage.usage,
    taking_over.taking_over,
    gateway_checks.gateway_checks,
    instance.instance,
)


def setup(app: Flask) -> None:
    """Register every noun's views."""
    uploads.setup(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
