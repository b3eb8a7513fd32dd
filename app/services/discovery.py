"""Find models: asks the server what it serves, and suggests family and catalogue model for each."""

from dataclasses import dataclass

from app.clients.dialect import Target, WireError
from app.clients.registry import dialect_for
from app.domain import suggestions
from app.domain.platforms import host_of
from app.domain.remedies import Explained
from app.domain.suggestions import Suggestion
from app.lib.http import Limits
from app.lib.http_errors import OutboundError
from app.services.foreign_words import fit, hiding_secrets
from app.services.ports import Ports

LIMITS = Limits(total=10.0, first_byte=10.0, connect=3.0, max_body=8 << 20)
MOST = 500


@dataclass(frozen=True, slots=True)
class Found:
    """A model on the server with what is suggested for it and why; `context` in tokens where the server states it."""

    name: str
    context: int | None
    family: Suggestion
    model: Suggestion | None


@dataclass(frozen=True, slots=True)
class Discovery:
    """Either models or a problem told like a failed step; `hints_only`: the names are no deployments."""

    models: tuple[Found, ...] = ()
    problem: Explained | None = None
    hints_only: bool = False


def find(ports: Ports, target: Target) -> Discovery:
    """Ask once, within 10 s and 8 MiB; trouble upstream is a result, never an exception."""
    dialect = dialect_for(target.platform)
    try:
        listed = dialect.read_list(target, ports.door.send(dialect.list_call(target), LIMITS))
    except OutboundError as error:
        rule = {"rule": error.refusal.sentence, "setting": error.refusal.setting or ""} if error.refusal else {}
        return _problem(ports, target, str(error.code), rule)
    except WireError as error:
        return _problem(ports, target, error.trouble.code, {"location": error.trouble.location.partition("?")[0]})
    models = tuple(_found(ports, target, each.name, each.context) for each in listed[:MOST])
    return Discovery(models, hints_only=not dialect.lists_models)


def _problem(ports: Ports, target: Target, code: str, values: dict[str, str]) -> Discovery:
    common = {"host": target.address.host, "name": target.served_name, "header": target.key_header}
    with hiding_secrets(target):
        fitting = {name: fit(value, target) for name, value in {**common, **values}.items()}
    return Discovery(problem=ports.facts.remedies.explain(code, fitting))


def _found(ports: Ports, target: Target, name: str, context: int | None) -> Found:
    family, model = suggest(ports, target.platform, target.server, name)
    return Found(name, context, family, model)


def suggest(ports: Ports, platform: str, server: str, served_name: str) -> tuple[Suggestion, Suggestion | None]:
    """The family and the catalogue model that a served name points to, each with the rule that fired."""
    facts = ports.facts
    family = suggestions.suggest_family(served_name, platform, facts.families)
    model = suggestions.suggest_model(served_name, host_of(platform, server), facts.models, facts.naming)
    return family, model
