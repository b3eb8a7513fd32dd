"""What may be proposed."""

from typing import Any

import pytest

from app.domain.catalogue import spelling, with_corrections
from app.domain.errors import Invalid
from app.domain.proposals import FIELDS, Choices, Kind, ProposalDraft, check, differences, said

CHOICES = Choices(frozenset({"duo_chat"}), frozenset({"vllm"}), frozenset({"other", "llama3"}))
MODEL = {"model": "Granite 9 12B", "host": "vllm", "family": "other"}


def checked(kind: Kind, **fields: Any) -> dict[str, Any]:
    return check(ProposalDraft(kind, fields), CHOICES)


def test_a_model_with_all_that_is_asked() -> None:
    found = checked(
        Kind.MODEL, **MODEL, variant="FP8", size="12.5", context="128,000", open_weights="on", air_gapped=True,
        hardware="1 x H100", known_issues="Slow\r\nat first", answers={"duo_chat": "notes", "": ""}, maker=" ",
    )  # fmt: skip
    assert found == {
        **MODEL, "variant": "FP8", "size": 12.5, "context": 128000, "open_weights": True, "air_gapped": True,
        "hardware": "1 x H100", "known_issues": "Slow\nat first", "answers": {"duo_chat": "notes"},
    }  # fmt: skip


def test_a_platform_with_all_that_is_asked() -> None:
    given = {each.name: "7" for each in FIELDS[Kind.PLATFORM]} | {"air_gapped": "true", "platform": "watsonx.ai"}
    assert checked(Kind.PLATFORM, **given) == {**given, "seats": 7, "air_gapped": True}


@pytest.mark.parametrize(
    ("kind", "fields", "field", "says"),
    [
        (Kind.MODEL, MODEL | {"model": ""}, "model", "Fill this in."),
        (Kind.MODEL, MODEL | {"host": "abacus"}, "host", "Choose one of those offered."),
        (Kind.MODEL, MODEL | {"family": "roses"}, "family", "Choose one of those offered."),
        (Kind.MODEL, MODEL | {"model": "x" * 121}, "model", "Use 120 characters at most; these are 121."),
        (Kind.MODEL, MODEL | {"model": "two\nlines"}, "model", "Write it in one line."),
        (Kind.MODEL, MODEL | {"model": "Gra\u202enite"}, "model", "Remove the invisible characters"),
        (Kind.MODEL, MODEL | {"size": "big"}, "size", "Type a number above nought."),
        (Kind.MODEL, MODEL | {"size": "0"}, "size", "Type a number above nought."),
        (Kind.MODEL, MODEL | {"context": "8.5"}, "context", "Type a whole number."),
        (Kind.MODEL, MODEL | {"evidence": "x" * 2001}, "evidence", "Use 2000 characters at most; these are 2001."),
        (Kind.MODEL, MODEL | {"known_issues": "with sk-abcdefgh12345678"}, "known_issues", "Leave out the key"),
        (Kind.MODEL, MODEL | {"answers": {"roses": "works"}}, "answers", "Answer works, notes or fails"),
        (Kind.MODEL, MODEL | {"tier": "supported"}, "", "Not asked here: tier."),
        (Kind.PLATFORM, {"platform": " "}, "platform", "Fill this in."),
        (Kind.CORRECTION, {"chat": "full"}, "", "Not asked here: chat."),
        (Kind.CORRECTION, {"family": ""}, "family", "Fill this in."),
    ],
)
def test_faults_are_told_at_their_field(kind: Kind, fields: dict[str, Any], field: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(kind, **fields)
    assert list(refused.value.fields) == [field]
    assert says in refused.value.fields[field][0]


def test_a_correction_may_take_a_value_away_and_leaves_the_rest_alone() -> None:
    assert checked(Kind.CORRECTION, context="", maker="") == {"context": None, "maker": ""}
    assert checked(Kind.CORRECTION) == {}


def test_differences_stand_in_the_order_of_the_form() -> None:
    found = differences({"hardware": "2 x L4", "size": 12.0}, {"size": 8.0}, {"size": 9.0, "hardware": "1 x L4"})
    assert [(each.name, each.before, each.now, each.after) for each in found] == [
        ("size", 8.0, 9.0, 12.0),
        ("hardware", None, "1 x L4", "2 x L4"),
    ]


def test_a_question_needs_words() -> None:
    with pytest.raises(Invalid) as refused:
        said(" ", "question")
    assert list(refused.value.fields) == ["question"]


@pytest.mark.parametrize("other", ["GRANITE 9 12B", "granite-9-12b", "Granite_9.12B", " granite9 12b "])
def test_case_blanks_and_dashes_make_no_other_name(other: str) -> None:
    assert spelling(other) == spelling("Granite 9 12B")


def test_another_size_is_another_name() -> None:
    assert spelling("Granite 9 12B") != spelling("Granite 9 2B")


def test_corrections_stand_until_the_list_agrees() -> None:
    correction = {"context": {"value": 64, "listed": 32, "by": "Ada", "on": "2026-11-28"}}
    values, kept = with_corrections({"context": 48, "maker": "IBM"}, correction)
    assert values == {"context": 64, "maker": "IBM"}
    assert kept == {"context": {"value": 64, "listed": 48, "by": "Ada", "on": "2026-11-28"}}
    assert with_corrections({"context": 64}, correction) == ({"context": 64}, {})
