"""Why GitLab could not be read or changed: what is said, and what to do."""

import pytest

from app.domain.instance_troubles import TROUBLES, InstanceError, message_of, remedy_of


@pytest.mark.parametrize("code", TROUBLES)
def test_every_trouble_says_what_happened_and_what_to_do(code: str) -> None:
    trouble = TROUBLES[code]
    for text in (trouble.message, trouble.remedy):
        assert text[0].isupper()
        assert text.endswith((".", "{words}"))
    assert "{" not in trouble.message.replace("{words}", "")
    assert "{" not in trouble.remedy


def test_gitlabs_own_words_are_part_of_the_message_as_they_are() -> None:
    error = InstanceError("refused", "Name {words} has already been taken")
    assert error.message == "GitLab refuses it: Name {words} has already been taken"
    assert error.remedy == TROUBLES["refused"].remedy
    assert (error.code, str(error)) == ("refused", "refused")


def test_without_words_the_message_is_a_sentence_all_the_same() -> None:
    assert InstanceError("forbidden").message == "GitLab says no: it says no more."
    assert InstanceError("unclear").message == TROUBLES["unclear"].message


def test_a_code_of_another_version_shows_its_words_alone() -> None:
    assert (message_of("of_another_version", "Tea is out."), remedy_of("of_another_version")) == ("Tea is out.", "")
