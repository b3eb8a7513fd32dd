"""What a family sends for a feature, with the sample or one's own input, and what another family changes."""

from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from app.data.facts import Facts
from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fakes.faults import MARKUP
from tests.fixtures.pages import Page, everything_stored
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.prompts import FILES, facts_with
from tests.fixtures.stock import UNLISTED, add_endpoint, assign
from tests.fixtures.together import together

LOST = "summarize_review/base/user.jinja"
HOSTILE = (*MARKUP, "{{ 7 * 7 }}", "{% raw %}", "</pre><script>alert(1)</script>", "</question>")
CHAT, GAP = "/families/mistral/prompts/duo_chat", "/families/mistral/prompts/code_completions"


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    return facts_with(tmp_path, FILES, LOST)


def post(window: Window, path: str, *, fragment: bool = False, **inputs: str) -> TestResponse:
    data = {name if name == "endpoint" else f"in-{name}": value for name, value in inputs.items()}
    return window.post(path, data=data, content_type="multipart/form-data", fragment=fragment)


def messages(page: Page) -> dict[str, str]:
    """The shown messages by role, to the character."""
    found = [each for each in page.tree.iter("pre") if each.get("data-message")]
    return {each.get("data-message", ""): "".join(each.itertext()) for each in found}


def lines(page: Page, tag: str) -> list[str]:
    """The lines that stand on one side alone."""
    return ["".join(each.itertext()) for each in page.tree.iter(tag)]


def test_the_sample_is_shown_as_it_is_sent(window_of: OpenWindow, vi: Actor, ports: Ports) -> None:
    page = Page(window_of(vi).get(CHAT))
    shown = messages(page)
    assert list(shown) == ["system", "user"]
    assert shown["system"] == "You help people.\nAnswer in Markdown."
    assert ports.facts.prompts.of("duo_chat").samples["question"] in shown["user"]
    assert "an estimate" in page.words("sent")
    assert "max_tokens 4096" in page.words("sent")


def test_the_files_stand_with_the_folders_that_were_looked_in(window_of: OpenWindow, vi: Actor) -> None:
    page = Page(window_of(vi).get("/families/codestral/prompts/code_completions"))
    words = page.words("files")
    assert "codestral Nothing for this feature mistral user.jinja answers base system.jinja answers" in words
    assert "user.jinja stands behind" in words
    sources = {each.get("data-source"): "".join(each.itertext()) for each in page.tree.iter("pre")}
    assert sources["code_completions/mistral/user.jinja"] == FILES["code_completions/mistral/user.jinja"]


def test_a_form_is_shown_to_the_character_with_its_blanks_marked(window_of: OpenWindow, vi: Actor) -> None:
    answer = post(window_of(vi), GAP, prefix="\r\n\tif a  <b:\r\n", suffix="\n\n")
    assert messages(Page(answer))["user"] == "<s>[SUFFIX]\n\n[PREFIX]\n\tif a  <b:\n"
    for marked in ('data-marks="→">\t<', 'data-marks="··">  <', 'data-marks="↵">\n<'):
        assert marked in answer.text


@together("text", [*MARKUP, "{{ 7 * 7 }}", "{% raw %}", "</pre><script>alert(1)</script>", "</question>"])
def test_what_is_typed_is_shown_as_text(window_of: OpenWindow, vi: Actor, text: str) -> None:
    page = Page(post(window_of(vi), CHAT, question=text))
    # A browser leaves out a NUL.
    assert text.replace("\r\n", "\n").replace("\0", "") in messages(page)["user"]
    assert page.value("in-question") == text.strip("\n").replace("\0", "\N{REPLACEMENT CHARACTER}")
    (body,) = page.tree.iter("body")
    assert [each.tag for each in body.iter() if each.tag in ("script", "img", "iframe", "style")] == []
    assert [name for each in body.iter() for name in each.attrib if name.startswith("on")] == []


def test_inputs_of_60_000_characters_are_shown(window_of: OpenWindow, vi: Actor) -> None:
    window, code, wide = window_of(vi), "  x\n" * 15_000, "\N{CJK UNIFIED IDEOGRAPH-6F22}" * 60_000
    answer = post(window, GAP, prefix=code, suffix=wide)
    assert (answer.status_code, messages(Page(answer))["user"]) == (200, f"<s>[SUFFIX]{wide}[PREFIX]{code}")
    answer = post(window, GAP, prefix=code + "x")
    assert answer.status_code == 422
    assert "use 60,000 characters at most; these are 60,001." in Page(answer).error("in-prefix")


def test_faults_stand_at_their_fields_and_keep_what_was_typed(window_of: OpenWindow, vi: Actor) -> None:
    window = window_of(vi)
    answer = post(window, GAP, prefix=" ", language="two\nlines", suffix="kept")
    page = Page(answer)
    assert answer.status_code == 422
    assert (page.error("in-prefix"), page.error("in-suffix")) == ("Before the cursor: is missing.", "")
    assert page.error("in-language") == "Language: use one line."
    assert page.value("in-suffix") == "kept"
    assert messages(page) == {}
    part = post(window, GAP, fragment=True)
    assert (part.status_code, part.headers["HX-Retarget"], part.headers["HX-Reswap"]) == (422, "#inputs", "outerHTML")
    assert part.text.lstrip().startswith('<form class="mp-box" id="inputs"')


def test_a_part_is_the_preview_with_its_form(window_of: OpenWindow, vi: Actor) -> None:
    part = post(window_of(vi), CHAT, fragment=True, question="Why?")
    assert part.text.lstrip().startswith('<div class="mp-cols mp-wideaside" id="prompt">')
    assert "<question>\nWhy?\n</question>" in messages(Page(part))["user"]


@pytest.mark.every_database
def test_a_preview_stores_nothing(window_of: OpenWindow, ports: Ports, vi: Actor) -> None:
    window = window_of(vi)
    before = everything_stored(ports)
    assert post(window, CHAT, question="a secret of mine").status_code == 200
    assert everything_stored(ports) == before


@pytest.mark.every_database
def test_an_endpoint_reshapes_what_is_shown(window_of: OpenWindow, ports: Ports, ada: Actor, vi: Actor) -> None:
    plain = add_endpoint(ports, ada, "<i>Plain</i>", quirks=("no_system",))
    window = window_of(vi)
    for answer in (window.get(f"{CHAT}?endpoint={plain}"), post(window, CHAT, question="Why?", endpoint=plain)):
        page = Page(answer)
        assert list(messages(page)) == ["user"]
        assert "<i>Plain</i> refuses system text" in page.words("sent")
        assert page.value("endpoint") == plain
    for unknown in ("nobody", "a\0b"):
        assert post(window, CHAT, question="Why?", endpoint=unknown).status_code == 404


def test_a_missing_file_is_said_and_breaks_nothing(window_of: OpenWindow, facts: Facts, vi: Actor) -> None:
    window, typed = window_of(vi), facts.prompts.of("summarize_review").samples
    for answer in (window.get("/families/mistral/prompts/summarize_review"),
                   post(window, "/families/mistral/prompts/summarize_review", **typed)):  # fmt: skip
        assert answer.status_code == 200
        assert "A prompt file is missing" in answer.text
        assert "user.jinja" in answer.text
    assert "Missing" in Page(window.get("/families/mistral")).words("answers")
    assert "12 of 12 families" in Page(window.get("/families")).words("of-summarize_review")
    assert "A file is missing" in window.get("/families/mistral/changes").text
    assert window.get("/families/mistral/changes/summarize_review").status_code == 200


def test_the_matrix_says_where_each_familys_prompts_come_from(window_of: OpenWindow, facts: Facts, vi: Actor) -> None:
    page = Page(window_of(vi).get("/families"))
    cells = {
        (each.get("href") or "").removeprefix("/families/"): each.get("data-origin")
        for each in page.by_id("matrix").iter("a")
    }
    assert len(cells) == len(facts.features) * len(facts.families)
    assert cells["mistral/prompts/duo_chat"] == "own"
    assert (cells["mixtral/prompts/duo_chat"], cells["qwen/prompts/duo_chat"]) == ("inherited", "base")
    assert "Mixtral : From Mistral" in page.words("of-duo_chat")


def test_a_family_lists_who_shares_its_files(window_of: OpenWindow, vi: Actor) -> None:
    words = Page(window_of(vi).get("/families/mixtral")).words("answers")
    assert "General Chat From Mistral mistral/ system.jinja base/ user.jinja Mistral, Mistral Codestral" in words
    assert "Fix Code Base base/ system.jinja base/ user.jinja All families" in words


def test_a_difference_is_told_by_signs_and_words(window_of: OpenWindow, vi: Actor) -> None:
    page = Page(window_of(vi).get("/families/mistral/changes/duo_chat?from=other"))
    assert [each.strip() for each in lines(page, "ins")] == [
        "only with Mistral: You help people.",
        "only with Mistral: Answer in Markdown.",
    ]
    assert len(lines(page, "del")) == 5
    assert all(each.startswith("only with Other (general): ") for each in lines(page, "del"))
    assert "5 lines marked \N{MINUS SIGN} stand only with Other (general), 2 marked + only with Mistral." in page.words(
        "change"
    )
    same = Page(window_of(vi).get("/families/claude_3/changes/duo_chat?from=other"))
    assert "Not a line differs." in same.words("change")


def test_stop_words_are_shown_as_they_are(window_of: OpenWindow, vi: Actor) -> None:
    window = window_of(vi)
    for path in ("", "/prompts/code_completions", "/changes/code_completions"):
        codes = ["".join(each.itertext()) for each in Page(window.get(f"/families/codellama{path}")).tree.iter("code")]
        assert {'"<PRE>"', '"<EOT>"'} <= set(codes)


def test_the_features_that_differ_are_summed_up(window_of: OpenWindow, vi: Actor) -> None:
    window = window_of(vi)
    page = Page(window.get("/families/mistral/changes"))
    assert "3 of 18 features are asked in another way with Mistral than with Other (general)." in page.words("changes")
    assert "/families/mistral/changes/duo_chat?from=other" in page.links()
    assert "0 of 18" in Page(window.get("/families/claude_3/changes?from=other")).words("changes")
    part = window.get("/families/mistral/changes?from=mixtral", fragment=True)
    assert part.text.lstrip().startswith('<div id="changes">')
    assert Page(part).value("from") == "mixtral"


def test_trying_is_offered_to_those_who_may(window_of: OpenWindow, ed: Actor, vi: Actor) -> None:
    there = "/tries/new?feature=duo_chat&family=mistral"
    assert there in Page(window_of(ed).get(CHAT)).links()
    assert there not in Page(window_of(vi).get(CHAT)).links()


@together("path",
    [
        "/families/nobody/prompts/duo_chat", "/families/other/prompts/telepathy", f"{CHAT}?endpoint=nobody",
        "/families/nobody/changes", "/families/other/changes?from=nobody", "/families/other/changes/telepathy",
    ])  # fmt: skip
def test_what_there_is_not_is_not_found(window_of: OpenWindow, vi: Actor, path: str) -> None:
    assert window_of(vi).get(path).status_code == 404


def test_where_a_family_is_chosen_its_changes_are_a_link(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada, **UNLISTED)
    assign(ports, ada, "duo_chat", chosen)
    window = window_of(ada)
    data = {"version": "1", "endpoint_id": chosen, "family": "mistral"}
    review = Page(window.post("/features/duo_chat/edit/review", data=data))
    assert "/families/mistral/changes/duo_chat?from=other" in review.links()
    assert "/families#of-duo_chat" in Page(window.get("/features/duo_chat/edit")).links()
    assert "/families/other/changes" in Page(window.get(f"/endpoints/{chosen}/edit")).links()
