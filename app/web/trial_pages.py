"""What the page of a try shows of each answer: while names are hidden, nothing from which one could tell whose it is.

The template is given these values and not the record, so that it cannot say too much.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.domain.contracts import Breach, Called
from app.domain.trials import Figures, SideState, hides_names, may_mark, pace
from app.queries.trials import SideRecord, TrialRecord

LETTERS = "AB"
_CUT_OFF = "The answer was cut off, for it is longer than what is kept."


@dataclass(frozen=True, slots=True)
class Panel:
    """One answer. `letter` is empty where there is one only; who answers is empty while names are hidden.

    `breaches` is None where the answer is not judged, `figures` where there are none to be seen.
    """

    letter: str
    state: str
    text: str = field(repr=False)
    calls: tuple[Called, ...] = ()
    breaches: tuple[Breach, ...] | None = None
    words: str = ""
    code: str = ""
    endpoint_id: str = ""
    endpoint: str = ""
    family: str = ""
    tier: str = ""
    figures: Figures | None = None
    better: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A whole try as its page shows it. `marked`: somebody said which is better. `void`: there can be no mark."""

    id: str
    feature: str
    panels: tuple[Panel, ...]
    running: bool
    stopping: bool
    hidden: bool
    markable: bool
    marked: bool
    void: bool
    same_endpoint: bool


def shown(trial: TrialRecord) -> Shown:
    """What may be seen of a try."""
    hidden = hides_names(trial.blind, trial.mark, trial.states)
    most = pace([len(each.text) for each in trial.sides], trial.states) if hidden else None
    alone = len(trial.sides) == 1
    panels = [
        _hidden(trial, each, most) if hidden else _open(trial, each, "" if alone else LETTERS[each.position])
        for each in trial.sides
    ]
    return Shown(
        trial.id,
        trial.feature,
        tuple(panels),
        trial.running,
        trial.stop,
        hidden,
        may_mark(trial.blind, trial.mark, trial.states),
        trial.mark is not None,
        trial.blind and trial.mark is None and not hidden,
        not alone and len({each.endpoint_id for each in trial.sides}) == 1,
    )


def _hidden(trial: TrialRecord, side: SideRecord, most: int | None) -> Panel:
    letter = LETTERS[side.position]
    if trial.running:
        return Panel(letter, SideState.RUNNING.value, side.text[:most])
    return Panel(letter, side.state, side.text, side.calls, side.breaches, _cut_off(side))


def _open(trial: TrialRecord, side: SideRecord, letter: str) -> Panel:
    return Panel(
        letter,
        side.state,
        side.text,
        side.calls,
        side.breaches if side.state == SideState.ANSWERED else None,
        side.words or _cut_off(side),
        side.code,
        side.endpoint_id,
        side.endpoint,
        side.family,
        side.tier,
        side.figures,
        trial.mark == side.position,
    )


def _cut_off(side: SideRecord) -> str:
    return _CUT_OFF if side.state == SideState.ANSWERED and side.code else ""


def words(found: Shown, families: Sequence[str]) -> str:
    """Where the try stands, in a sentence; `families` are the labels of the panels' families."""
    what = "The answer is" if len(found.panels) == 1 else "Both answers are"
    if found.running:
        pace = ", shown at the pace of the slower" if found.hidden else ""
        return "Stopping." if found.stopping else f"{what} on the way{pace}."
    if found.markable:
        return "Both answers are here. Which is better? Who wrote them is shown once you have said so."
    if found.marked:
        better = [each for each in zip(found.panels, families, strict=True) if each[0].better]
        return f"You found {_who(found, *better[0])} better." if better else "You found neither better."
    if found.void:
        return "One of the answers did not come to its end, so there is nothing to mark."
    return f"{what} here." if all(each.state == SideState.ANSWERED for each in found.panels) else "The try has ended."


def _who(found: Shown, panel: Panel, family: str) -> str:
    """By what tells the two apart."""
    if found.same_endpoint:
        return family
    one_family = len({each.family for each in found.panels}) == 1
    return panel.endpoint if one_family else f"{family} on {panel.endpoint}"
