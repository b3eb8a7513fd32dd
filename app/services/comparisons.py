"""What another family changes for a feature: the composed calls side by side, and their parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.errors import Unavailable
from app.domain.families import Family
from app.domain.text_changes import Change, change
from app.services.ports import Ports
from app.services.previews import Preview, preview

NO_CHANGE = Change((), ())


@dataclass(frozen=True, slots=True)
class Pair:
    """One parameter by its wire name in both calls; None: it is not sent."""

    name: str
    before: Any
    after: Any

    @property
    def differs(self) -> bool:
        """Whether the calls differ in it."""
        return bool(self.before != self.after)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two calls with the feature's sample. Where a prompt file is missing there is a `problem` and nothing else."""

    feature: str
    before: Preview | None = None
    after: Preview | None = None
    text: Change = NO_CHANGE
    parameters: tuple[Pair, ...] = ()
    problem: str = ""

    @property
    def parameters_differ(self) -> tuple[str, ...]:
        """The names of the parameters that differ."""
        return tuple(each.name for each in self.parameters if each.differs)

    @property
    def reasoning_differs(self) -> bool:
        """Whether reasoning is cut out of one of the answers alone."""
        return bool(self.before and self.after and self.before.strips_reasoning != self.after.strips_reasoning)

    @property
    def differs(self) -> bool:
        """Whether there is any difference."""
        return self.text.differs or bool(self.parameters_differ) or self.reasoning_differs


def compare(ports: Ports, feature: str, before: Family, after: Family) -> Comparison:
    """What changes for a feature where one family takes another's place."""
    try:
        old, new = preview(ports, feature, before), preview(ports, feature, after)
    except Unavailable as error:
        return Comparison(feature, problem=error.message)
    return Comparison(feature, old, new, change(_lines(old), _lines(new)), _pairs(old.parameters, new.parameters))


def _lines(call: Preview) -> list[str]:
    """The messages line by line, each behind a line with its role."""
    lines: list[str] = []
    for message in call.messages:
        lines += [f"[{message.role}]", *message.text.split("\n")]
    return lines


def _pairs(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Pair, ...]:
    return tuple(Pair(name, before.get(name), after.get(name)) for name in dict.fromkeys([*before, *after]))
