"""The symptoms of GitLab as shipped: complete, in sentences, and tied to what is known elsewhere."""

import re
from collections import Counter

from app.data.loader import Facts


def test_there_are_38_symptoms_each_in_a_group_and_none_twice(facts: Facts) -> None:
    rows = facts.symptoms.rows.values()
    assert len(rows) == 38
    assert sum(len(members) for _, members in facts.symptoms.by_group()) == 38
    assert max(Counter(row.symptom for row in rows).values()) == 1
    assert max(Counter(row.cause for row in rows).values()) == 1


def test_every_symptom_has_a_cause_and_steps_made_of_sentences(facts: Facts) -> None:
    for row in facts.symptoms.rows.values():
        assert row.remedy, row.slug
        for text in (row.cause, *row.remedy):
            assert text[0].isupper(), (row.slug, text)
            assert text.endswith("."), (row.slug, text)
            assert "!" not in text
        assert row.symptom[0].isupper() or row.symptom.startswith("vLLM"), row.symptom
        assert row.symptom[-1] not in ".:", row.symptom


def test_a_slug_can_stand_in_an_address(facts: Facts) -> None:
    assert [slug for slug in facts.symptoms.rows if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)] == []


def test_codes_are_those_of_the_connection_test(facts: Facts) -> None:
    codes = {code for row in facts.symptoms.rows.values() for code in row.codes}
    assert len(codes) > 20
    assert codes <= set(facts.remedies.rows)


def test_what_is_partly_our_own_reading_says_so(facts: Facts) -> None:
    inferred = {row.slug for row in facts.symptoms.rows.values() if row.inferred}
    assert inferred == {"model-server-refuses-key", "bedrock-access-denied", "gateway-answers-422"}


def test_every_error_code_of_chat_is_explained_once(facts: Facts) -> None:
    symptoms = " ".join(row.symptom for row in facts.symptoms.rows.values())
    shown = re.findall(r"A\d{4}", symptoms)
    assert sorted(shown) == [*(f"A100{digit}" for digit in range(9)), "A9999"]


def test_a_variable_in_the_steps_is_among_the_settings(facts: Facts) -> None:
    for row in facts.symptoms.rows.values():
        named = set(re.findall(r"\b(?:AIGW|DUO|AWS)_\w+|\bSSL_CERT_FILE|\bREQUESTS_CA_BUNDLE", " ".join(row.remedy)))
        assert named <= set(row.settings), row.slug
