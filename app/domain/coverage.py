"""How many features are served, and how well: what pages sum up in one sentence."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from app.domain.tiers import Tier


class Served(Protocol):
    """What has to be known of a feature; `tier` and `verdict` are those of its endpoint, or empty."""

    @property
    def state(self) -> str: ...

    @property
    def tier(self) -> str: ...

    @property
    def verdict(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Coverage:
    """Numbers of features: by what they are given, by tier, and by the last test of their endpoint."""

    features: int = 0
    disabled: int = 0
    unassigned: int = 0
    supported: int = 0
    compatible: int = 0
    other: int = 0
    passed: int = 0
    warned: int = 0
    failed: int = 0
    managed: int = 0

    @property
    def with_model(self) -> int:
        """Those that an endpoint answers for."""
        return self.supported + self.compatible + self.other

    @property
    def unjudged(self) -> int:
        """Those whose endpoint was not tested since its last change, or could not be judged."""
        return self.with_model - self.passed - self.warned - self.failed


def coverage(served: Iterable[Served]) -> Coverage:
    """Count the features."""
    served = tuple(served)
    given = [each for each in served if each.state == "endpoint"]
    tiers = [each.tier for each in given]
    verdicts = [each.verdict for each in given]
    disabled = sum(each.state == "disabled" for each in served)
    managed = sum(each.state == "managed" for each in served)
    return Coverage(
        features=len(served),
        disabled=disabled,
        unassigned=len(served) - len(given) - disabled - managed,
        supported=tiers.count(Tier.SUPPORTED),
        compatible=tiers.count(Tier.COMPATIBLE),
        other=len(given) - tiers.count(Tier.SUPPORTED) - tiers.count(Tier.COMPATIBLE),
        passed=verdicts.count("passed"),
        warned=verdicts.count("warned"),
        failed=verdicts.count("failed"),
        managed=managed,
    )
