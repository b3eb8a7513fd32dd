"""Codes put into words."""

import pytest

from app.data.loader import Facts
from app.domain.remedies import placeholders
from app.domain.steps import BROKEN_STREAM, CUT_SHORT, Outcome
from app.lib.http_errors import Code

ENGINE_CODES = """key_missing key_wrong key_forbidden no_v1 wrong_path html_answer redirect model_not_served
model_list_missing model_list_malformed max_tokens_unsupported temperature_unsupported system_unsupported
no_chat_template error_in_200 empty_answer reasoning_only bad_json busy loading rate_limited server_error stream_refused
stream_not_sse stream_broken stream_lump stream_no_done context_error deployment_missing api_version_wrong interrupted
not_tried no_credit api_disabled billing_disabled project_wrong model_not_in_region terms_not_accepted
  needs_inference_profile use_case_missing model_access_missing invoke_denied region_wrong clock_skew key_expired
  credentials_missing role_refused service_account_refused credentials_unreachable gateway_key_wrong
  image_unsupported"""


def test_every_code_has_its_texts(facts: Facts) -> None:
    expected = {*map(str, Code), *ENGINE_CODES.split(), BROKEN_STREAM, *CUT_SHORT}
    assert expected - set(facts.remedies.rows) == set()


def test_every_text_is_made_of_sentences(facts: Facts) -> None:
    for code in facts.remedies.rows:
        told = facts.remedies.explain(code)
        for text in (told.message, told.cause, told.remedy):
            assert text[0].isupper(), (code, text)
            assert text.endswith("."), (code, text)
            assert "!" not in text
            assert "{" not in text


def test_no_two_codes_say_the_same(facts: Facts) -> None:
    messages = [row.message for row in facts.remedies.rows.values()]
    assert len(set(messages)) == len(messages)


def test_values_are_filled_in(facts: Facts) -> None:
    told = facts.remedies.explain("model_not_served", {"name": "mistral", "names": "mistral-small, codestral"})
    assert told.message == "The server has no model called mistral."
    assert "mistral-small, codestral" in told.remedy


def test_an_unknown_or_empty_value_leaves_its_stand_in(facts: Facts) -> None:
    assert facts.remedies.explain("dns_failed").message == "No such name is known here: this address."
    assert facts.remedies.explain("dns_failed", {"host": " "}) == facts.remedies.explain("dns_failed")


def test_a_value_can_neither_break_the_line_nor_reach_into_the_text(facts: Facts) -> None:
    told = facts.remedies.explain("redirect", {"location": "a\r\nb\x00{host.__class__}" + "x" * 900})
    assert "a b {host.__class__}x" in told.message
    assert "…" in told.message
    assert len(told.message) < 420


def test_a_private_authority_names_the_field_before_the_setting(facts: Facts) -> None:
    for code in ("tls_unknown_ca", "tls_missing_intermediate", "bad_certificate"):
        remedy = facts.remedies.explain(code, {"host": "models.example"}).remedy
        assert 0 < remedy.index("CA certificates") < remedy.index("MODELPORT_CA_FILE")


def test_busy_is_not_judged(facts: Facts) -> None:
    outcomes = {facts.remedies.explain(code).outcome for code in ("busy", "loading", "rate_limited", "interrupted")}
    assert outcomes == {Outcome.UNKNOWN}


def test_an_unknown_code_still_has_a_remedy(facts: Facts) -> None:
    told = facts.remedies.explain("no_such_code")
    assert told.code == "no_such_code"
    assert "no_such_code" in told.message
    assert told.remedy


def test_only_plain_names_may_stand_in_braces() -> None:
    assert placeholders("a {host} and {name}") == {"host", "name"}
    with pytest.raises(ValueError, match="plain name"):
        placeholders("{host.password}")
