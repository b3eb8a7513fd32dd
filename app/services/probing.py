"""The connection test's engine: yields one result per step, over the very client that feature calls use.

It writes nothing and knows no page: the button, the schedule, the API and the command line all run it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from time import perf_counter

from app.clients.dialect import WireError
from app.clients.granting import CredentialsRefused
from app.clients.target import Target
from app.domain.families import IN_WORDS, Family
from app.domain.steps import ESSENTIAL, ORDER, QUICK, Depth, Outcome, StepName, StepResult, steps_of
from app.lib.cancel import Cancel
from app.lib.http import Stage, StageName
from app.lib.http_errors import Code, OutboundError
from app.lib.urls import BadAddress
from app.services.ports import Ports
from app.services.probe_run import THOROUGH, TIMED_OUT, UNHURRIED, Pace, Run
from app.services.probe_steps import addresses, certificates, chain
from app.services.probe_steps.order import IN_ORDER

# What the rules for addresses refuse is told at the address, though only a resolved name shows it.
_ADDRESS_CODES = frozenset({Code.REFUSED_BY_POLICY, Code.BAD_ADDRESS})
_PACES = {Depth.QUICK: UNHURRIED, Depth.FULL: THOROUGH}
_STAGES = {StageName.DNS: StepName.DNS, StageName.CONNECT: StepName.CONNECT, StageName.TLS: StepName.TLS}


def results(
    ports: Ports,
    target: Target,
    cancel: Cancel,
    pace: Pace | None = None,
    depth: Depth = Depth.QUICK,
    family: Family | None = None,
) -> Iterator[StepResult]:
    """Every step of this depth once, in order, each as it ends; raises Stopped when asked to stop.

    `family` is the endpoint's: gaps in code are asked for in its own form, without one in words.
    A step up to `chat` that fails ends the test, and a full one goes on only where the model answered: what comes
    after is skipped, since it could only fail too.
    """
    completion = family.completion if family else IN_WORDS
    run = Run(ports.door, ports.facts.remedies, target, cancel, pace or _PACES[depth], ports.outlet, completion)
    steps = steps_of(depth)
    with run.hiding():
        for result in _attempts(run, steps):
            run.done[result.name] = result
            yield result
            if result.outcome is Outcome.FAILED and result.name in ESSENTIAL:
                break
    for name in steps:
        if name not in run.done:
            yield run.result(name, Outcome.SKIPPED)


def broke_off(ports: Ports, seen: Sequence[StepResult]) -> StepResult:
    """The result for a step in which we ourselves failed."""
    text = ports.facts.remedies.explain("unexpected")
    name = ORDER[min(len(seen), len(ORDER) - 1)]
    return StepResult(name, text.outcome, None, "unexpected", text.message, text.cause, text.remedy)


def _attempts(run: Run, steps: Sequence[StepName]) -> Iterator[StepResult]:
    yield from _network(run)
    for name, attempt in IN_ORDER:
        if name not in steps or (name not in QUICK and not run.passed(StepName.CHAT)):
            return
        run.cancel.check()
        run.begin_step()
        started = perf_counter()
        result = _attempt(run, name, attempt)
        if name not in QUICK and result.code in TIMED_OUT:  # the model did answer before, so this judges nothing
            result = replace(result, outcome=Outcome.UNKNOWN)
        yield replace(result, milliseconds=_since(started))


def _attempt(run: Run, name: StepName, attempt: Callable[[Run], StepResult]) -> StepResult:
    try:
        return attempt(run)
    except WireError as error:
        return run.troubled(name, error.trouble)
    except CredentialsRefused as error:
        return run.explained(name, error.code, words=error.words)
    except BadAddress:  # a name that cannot be part of a path, such as two dots
        return run.explained(name, Code.BAD_ADDRESS.value)
    except OutboundError as error:
        fix = addresses.secured(run.target) if error.code is Code.HTTPS_ON_HTTP else None
        return run.outbound(name, error, fix)


def _network(run: Run) -> Iterator[StepResult]:
    """Address, dns, connect and tls, as the door goes through them."""
    target = run.target
    stages = run.door.stages(target.address, target.tls, run.deadline, run.cancel, secret=target.carries_secret)
    upcoming = [StepName.ADDRESS, StepName.DNS, StepName.CONNECT, StepName.TLS]
    started = perf_counter()
    try:
        for stage in stages:
            if upcoming[0] is StepName.ADDRESS:
                yield replace(run.result(upcoming.pop(0), Outcome.PASSED), milliseconds=0.0)
            upcoming.remove(_STAGES[stage.name])
            yield _passed(run, stage)
            started = perf_counter()
    except OutboundError as error:
        at_address = error.code in _ADDRESS_CODES
        if upcoming[0] is StepName.ADDRESS and not at_address:
            yield replace(run.result(upcoming.pop(0), Outcome.PASSED), milliseconds=0.0)
        at_tls = upcoming[0] is StepName.TLS
        failed = certificates.untrusted(run, error) if at_tls else run.outbound(upcoming[0], error)
        figures = {**failed.figures, **chain.figures(run, error.chain)}
        yield replace(failed, milliseconds=_since(started), figures=figures)
        return
    for name in upcoming:
        yield run.result(name, Outcome.SKIPPED, "Plain HTTP: nothing on this line is encrypted")


def _passed(run: Run, stage: Stage) -> StepResult:
    name, milliseconds = _STAGES[stage.name], float(stage.milliseconds)
    if stage.certificate is None:
        return replace(run.result(name, Outcome.PASSED), milliseconds=milliseconds)
    ends = stage.certificate.not_after
    message = f"The certificate is valid until {ends:%-d %B %Y}"
    figures = {"not_after": ends.isoformat(), **chain.figures(run, stage.chain)}
    return replace(run.result(name, Outcome.PASSED, message, **figures), milliseconds=milliseconds)


def _since(started: float) -> float:
    return (perf_counter() - started) * 1000
