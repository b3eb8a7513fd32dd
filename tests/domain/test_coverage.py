"""How many features are served, and how well."""

from app.domain.coverage import Coverage, coverage
from app.queries.assignments import Serving


def test_features_are_counted_by_what_they_are_given_by_tier_and_by_their_last_test() -> None:
    served = [
        Serving("a", state="endpoint", tier="supported", verdict="passed"),
        Serving("b", state="endpoint", tier="compatible", verdict="failed"),
        Serving("c", state="endpoint", tier="other", verdict="warned"),
        Serving("d", state="endpoint", tier="other", verdict=""),
        Serving("e", state="disabled"),
        Serving("f"),
        Serving("g", state="managed"),
    ]
    counts = coverage(served)
    assert counts == Coverage(7, 1, 1, supported=1, compatible=1, other=2, passed=1, warned=1, failed=1, managed=1)
    assert (counts.with_model, counts.unjudged) == (4, 1)


def test_nothing_is_nothing() -> None:
    assert coverage([]) == Coverage()
