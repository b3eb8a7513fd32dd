"""The administration in JSON, as an app of its own: no session, no cookie and no page of the web door exists here."""

from flask import Flask

from app.api import (
    access,
    assignments,
    audit,
    catalogue,
    catalogue_feeds,
    comments,
    document,
    draft_probes,
    egress,
    endpoint_facts,
    endpoints,
    families,
    family_prompts,
    features,
    follows,
    gateway_checks,
    instance,
    models,
    platforms,
    probes,
    problems,
    proposals,
    reports,
    taking_over,
    tokens,
    usage,
    votes,
)
from app.api.context import KEY, Context
from app.jobs.instance import InstanceWork
from app.jobs.runner import Runner
from app.services.ports import Ports

MOST_BYTES = 10 << 20

BLUEPRINTS = (
    document.document,
    endpoints.endpoints,
    endpoint_facts.endpoint_facts,
    probes.probes,
    draft_probes.draft_probes,
    features.features,
    assignments.assignments,
    families.families,
    family_prompts.family_prompts,
    platforms.platforms,
    models.models,
    catalogue.catalogue,
    catalogue_feeds.catalogue_feeds,
    follows.follows,
    reports.reports,
    votes.votes,
    comments.comments,
    proposals.proposals,
    audit.audit,
    tokens.tokens,
    usage.usage,
    instance.instance,
    gateway_checks.gateway_checks,
    taking_over.taking_over,
    egress.egress,
)


def create_api(ports: Ports, runner: Runner, work: InstanceWork, origin: str) -> Flask:
    """Build the API, to be mounted at PREFIX; `origin` is the address that people and programs open."""
    app = Flask("modelport.api", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MOST_BYTES, PROVIDE_AUTOMATIC_OPTIONS=False)
    # An address has one spelling; a redirect would make a client send its token twice.
    app.url_map.merge_slashes = False
    app.extensions[KEY] = Context(ports, runner, work, origin)
    access.setup(app)
    problems.setup(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app
