"""What a feature can be given, and which chains the rules refuse."""

import pytest

from app.domain import assignments as rules
from app.domain.assignments import Chain, Change, Known, Link, State, faults

KNOWN = {each: Known(each.upper(), enabled=each != "off") for each in ("a", "b", "c", "d", "e", "off")}
FAMILIES = {"mistral", "other"}
EMPTY = Chain()


def chain(*ids: str) -> Chain:
    return Chain(State.ENDPOINT, tuple(Link(each) for each in ids))


def wanted(first: str, *behind: Link | str, family: str = "") -> Change:
    links = tuple(Link(each) if isinstance(each, str) else each for each in behind)
    return Change("duo_chat", 0, State.ENDPOINT, first, family=family, fallbacks=links)


def test_three_fallbacks_in_order_are_fine() -> None:
    change = wanted("a", "b", Link("c", "mistral"), "d", family="other")
    assert faults(change, EMPTY, KNOWN, FAMILIES) == {}
    assert rules.wanted_chain(change, EMPTY).links == (Link("a", "other"), Link("b"), Link("c", "mistral"), Link("d"))


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        (wanted("x"), "endpoint_id", "Choose one of the listed endpoints."),
        (wanted("off"), "endpoint_id", "OFF is switched off. Switch it on first."),
        (wanted("a", family="gone"), "family", rules.NO_FAMILY),
        (wanted("a", "b", "c", "d", "e"), "fallbacks", "At most 3 fallbacks can stand behind a model."),
        (wanted("a", "a"), "fallbacks", "A answers first already. Choose another endpoint as fallback 1."),
        (wanted("a", "b", "b"), "fallbacks", "B stands among the fallbacks twice. Keep it once."),
        (wanted("a", "off"), "fallbacks", "OFF is switched off. Switch it on before it can be a fallback."),
        (wanted("a", ""), "fallbacks", "Fallback 1 is no endpoint that exists. Choose one of the listed ones."),
        (wanted("a", Link("b", "x")), "fallbacks", "Fallback 1: choose one of the listed prompt families, or none."),
    ],
)
def test_what_is_wrong_is_told_at_its_field(change: Change, field: str, sentence: str) -> None:
    assert faults(change, EMPTY, KNOWN, FAMILIES) == {field: (sentence,)}


def test_another_case_is_the_same_endpoint() -> None:
    assert "Fallback 1 answers first already" in faults(wanted("a", "A"), EMPTY, KNOWN, FAMILIES)["fallbacks"][0]
    assert "twice" in faults(wanted("a", "b", "B"), EMPTY, KNOWN, FAMILIES)["fallbacks"][0]


def test_fallbacks_need_a_model_in_front() -> None:
    change = Change("duo_chat", 0, State.DISABLED, fallbacks=(Link("a"),))
    assert faults(change, EMPTY, KNOWN, FAMILIES) == {"fallbacks": ("Fallbacks need a model in front of them.",)}


def test_what_is_switched_off_may_stay_where_it_stands() -> None:
    assert faults(wanted("off", "b", "c"), chain("off", "b"), KNOWN, FAMILIES) == {}


def test_without_a_word_fallbacks_stay_as_long_as_their_endpoint_does() -> None:
    stored = chain("a", "b")
    assert rules.wanted_chain(Change("duo_chat", 0, State.ENDPOINT, "a"), stored) == stored
    assert rules.wanted_chain(Change("duo_chat", 0, State.ENDPOINT, "c"), stored) == chain("c")
    assert rules.wanted_chain(Change("duo_chat", 0, State.MANAGED), stored) == Chain(State.MANAGED)


@pytest.mark.parametrize(
    ("stored", "after"),
    [("ab", "cb"), ("ba", "bc"), ("ac", "c"), ("cab", "cb"), ("bac", "bc")],
)
def test_a_replacement_takes_the_place_and_stands_nowhere_twice(stored: str, after: str) -> None:
    assert rules.replaced(chain(*stored), "a", "c") == chain(*after)


def test_a_family_chosen_for_the_old_endpoint_does_not_follow() -> None:
    stored = Chain(State.ENDPOINT, (Link("a", "mistral"), Link("b", "other")))
    assert rules.replaced(stored, "a", "c").links == (Link("c"), Link("b", "other"))


def test_a_feature_is_bereft_without_an_enabled_fallback() -> None:
    assert rules.bereft(chain("a"), "a", KNOWN)
    assert rules.bereft(chain("a", "off"), "a", KNOWN)
    assert not rules.bereft(chain("a", "off", "b"), "a", KNOWN)
    assert not rules.bereft(chain("b", "a"), "a", KNOWN)
