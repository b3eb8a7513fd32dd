"""Find models: asks the server what it serves, and suggests family and catalogue model for each."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.clients.dialect import Trouble, WireError
from app.clients.granting import CredentialsRefused
from app.clients.target import Target
from app.domain import suggestions
from app.domain.platforms import host_of
from app.domain.steps import StepName, StepResult
from app.domain.suggestions import Known, Suggestion
from app.lib.cancel import Cancel
from app.lib.http_errors import Code, OutboundError
from app.queries import catalogue_names
from app.services.ports import Ports
from app.services.probe_run import Pace, Run
from app.services.probe_steps import addresses

MOST_SHOWN = 500
PACE = Pace(total=10.0, exchange=10.0, first_byte=10.0, listing=10.0)


@dataclass(frozen=True, slots=True)
class Found:
    """A model on the server with what is suggested for it and why; `context` in tokens where the server states it."""

    name: str
    context: int | None
    family: Suggestion
    model: Suggestion | None


@dataclass(frozen=True, slots=True)
class Discovery:
    """Either models or a problem, told like a failed step and with its cure where one was found.

    `hints_only`: the names are no deployments. `unshown`: so many more are on the list.
    """

    models: tuple[Found, ...] = ()
    problem: StepResult | None = None
    hints_only: bool = False
    unshown: int = 0


@dataclass(frozen=True, slots=True)
class Local:
    """Models that people added to the catalogue: by their names, and the family of each."""

    known: Known
    families: Mapping[str, str]


NOTHING_ADDED = Local({}, {})


def local(ports: Ports) -> Local:
    """Read them, once for work on many names."""
    added = catalogue_names.added(ports.store)
    known = suggestions.known_names((served, each.name) for each in added for served in each.served)
    return Local(known, {each.name: each.family for each in added})


def find(ports: Ports, target: Target, pace: Pace = PACE, added: Local = NOTHING_ADDED) -> Discovery:
    """Ask for the list, within 10 s and 8 MiB; trouble upstream is a result, never an exception.

    Of the database nothing is read: whoever wants models that people added to be known brings them along.
    """
    run = Run(ports.door, ports.facts.remedies, target, Cancel(), pace, ports.outlet)
    with run.hiding():
        try:
            run.obtain()
            listed = run.dialect.read_list(run.target, run.send_list(run.target))
        except OutboundError as error:
            fix = addresses.secured(target) if error.code is Code.HTTPS_ON_HTTP else None
            return Discovery(problem=run.outbound(StepName.MODEL, error, fix))
        except CredentialsRefused as error:
            return Discovery(problem=run.explained(StepName.MODEL, error.code, words=error.words))
        except WireError as error:
            return Discovery(problem=_without_list(run, error.trouble))
    models = tuple(_found(ports, target, each.name, each.context, added) for each in listed[:MOST_SHOWN])
    return Discovery(models, hints_only=not run.dialect.lists_models, unshown=len(listed) - len(models))


def _without_list(run: Run, trouble: Trouble) -> StepResult:
    """Why there is no list: the address is nearly right, the server keeps none, or what it says itself."""
    target = run.target
    if trouble.code == "redirect":
        return run.troubled(StepName.MODEL, trouble, addresses.moved(target, run.dialect.list_call(target), trouble))
    if trouble.code in addresses.LOST:
        for other in run.dialect.alternatives(target):
            if addresses.lists(run, other.target):
                return run.explained(StepName.MODEL, other.code, addresses.alternative_fix(other))
        if addresses.chats(run, target):
            return run.explained(StepName.MODEL, "model_list_missing")
    # The model may not be named yet.
    return run.troubled(StepName.MODEL, trouble, name="")


def _found(ports: Ports, target: Target, name: str, context: int | None, added: Local) -> Found:
    family, model = suggest(ports, target.platform, target.server, name, added)
    return Found(name, context, family, model)


def suggest(
    ports: Ports, platform: str, server: str, served_name: str, added: Local | None = None
) -> tuple[Suggestion, Suggestion | None]:
    """The family and the catalogue model that a served name points to, each with the rule that fired.

    Of a model that people added, the family is the one they stated. `added` is read where it is not given.
    """
    facts, here = ports.facts, added or local(ports)
    model = suggestions.suggest_model(served_name, host_of(platform, server), facts.models, facts.naming, here.known)
    family = here.families.get(model.value, "") if model and model.value not in facts.models else ""
    # Another installation may have families that this version does not know.
    if model and family in facts.families:
        return Suggestion(family, f"the catalogue states it for {model.value}"), model
    return suggestions.suggest_family(served_name, platform, facts.families), model
