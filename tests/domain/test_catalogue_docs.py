"""The catalogue in Markdown: complete, always the same, and no place for anybody's markup."""

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from app.domain.catalogue_docs import CATALOGUE, EXAMPLES, RULES, documents
from app.domain.catalogue_submission import MERGE_REQUEST, MODEL_THREAD, PLATFORM_THREAD, proposed, texts
from app.domain.markdown import link, plain
from tests.domain.catalogue_cases import ENTRY, HOSTILE, HOSTILE_MODEL, MODEL, REPORTS

RENDERER = MarkdownIt("gfm-like", {"linkify": False, "html": True})


def test_a_model_is_told_with_all_that_is_known_of_it() -> None:
    text = documents([MODEL])[CATALOGUE]
    for words in (
        "## GPT\n",
        "### GPT-oss-120B\n",
        "GitLab gave this model up in 18.3. Use Mistral Small instead.",
        "- Maker: OpenAI",
        "- Size: 117 billion parameters, of which 5.1 at work at a time",
        "- Context: 131,072 tokens",
        "- Licence: Apache-2.0",
        "- Source: [Models, GitLab 19.2](https://docs.gitlab.com/models/)",
        "| vLLM | - | Supported | Full | Full | Partial | - | 4.5 of 5 | High (62%) | 2 from 2 |",
        "| Ollama | - | Supported | Full | Full | Partial | - | - | - | - |",
        "| 2 x H100 80 GB | 63 GB | 65,536 tokens | 34 | [GPT-OSS-120B on vLLM](https://docs.gitlab.com/gpt_oss/) |",
    ):
        assert words in text
    assert "GitLab 19.2 states full functionality of it for Chat. 2 installations, 1 with a test attached." in text


def test_the_same_catalogue_makes_the_same_bytes() -> None:
    assert documents([MODEL, HOSTILE_MODEL]) == documents([MODEL, HOSTILE_MODEL])
    assert documents([]) != documents([MODEL])


def test_models_of_a_group_stand_under_one_heading() -> None:
    text = documents([MODEL, replace(MODEL, name="GPT-5", slug="gpt-5")])[CATALOGUE]
    assert re.findall(r"(?m)^##+ .*", text) == ["## GPT", "### GPT-oss-120B", "### GPT-5"]


def test_the_rules_name_three_worked_examples_as_the_rule_works_them_out() -> None:
    text = documents([])[RULES]
    assert len(EXAMPLES) == 3
    assert "| Two installations tested it today, and everything works. | 5.0 of 5 | Medium (50%) |" in text
    for figure in ("0.5", "1.5", "180 days", "365 days", "2 installations"):
        assert figure in text


@pytest.mark.parametrize(
    "text",
    [*documents([HOSTILE_MODEL]).values(), *texts(HOSTILE_MODEL, HOSTILE_MODEL.entries, REPORTS).values()],
    ids=[CATALOGUE, RULES, MERGE_REQUEST, MODEL_THREAD, PLATFORM_THREAD],
)
def test_a_hostile_name_stands_there_as_it_was_written(text: str) -> None:
    html = RENDERER.render(text)
    assert "<img" not in html
    assert "<em>f</em>" not in html
    assert "<code>c</code>" not in html
    assert 'href="javascript' not in html
    assert not re.search(r"(?<!\\)@all|https://evil|www\.evil", text)
    for table in re.findall(r"(?s)<table>.*?</table>", html):
        cells = {len(re.findall(r"<t[hd][ >]", row)) for row in re.findall(r"(?s)<tr>.*?</tr>", table)}
        assert len(cells) == 1


def test_what_is_shown_reads_as_what_was_written() -> None:
    shown = RENDERER.render(plain(HOSTILE))
    assert shown.startswith("<p>a|b &lt;img src=x onerror=alert(1)&gt; `c` [d](javascript:e) *f* @all ~g !1 #2 $h$")
    assert "https://evil.example www.evil.example" in shown


@pytest.mark.parametrize(
    "name", ["# heading", "- item", "1. item", "    code", "a\nb", "> quote", "---", "\u202eturned"]
)
def test_a_text_stays_on_its_line(name: str) -> None:
    html = RENDERER.render(f"| {plain(name)} |\n| --- |")
    assert html.count("<th>") == 1
    assert "\u202e" not in html


@pytest.mark.parametrize("page", ["javascript:alert(1)", "http://a.example", "https://a.example/)", "https://a b", ""])
def test_only_plain_https_addresses_become_links(page: str) -> None:
    assert "](" not in link("title", page)
    assert link("title", "https://a.example/b#c") == "[title](https://a.example/b#c)"


@pytest.mark.parametrize(
    ("answers", "level"),
    [
        ({}, ""),
        ({"works": 2}, "full"),
        ({"works": 2, "notes": 1}, "partial"),
        ({"works": 2, "fails": 1}, "partial"),
        ({"works": 1, "fails": 1}, "limited"),
        ({"fails": 1}, "limited"),
    ],
)
def test_levels_are_proposed_as_the_reports_speak_for_them(answers: dict[str, int], level: str) -> None:
    assert proposed(answers) == level


def test_a_merge_request_has_the_row_the_evidence_and_the_versions() -> None:
    text = texts(MODEL, [ENTRY], REPORTS)[MERGE_REQUEST]
    assert (
        '| GPT | GPT-oss-120B | {{< icon name="check-circle-filled" >}} Full functionality | Not tested | '
        '{{< icon name="check-circle-dashed" >}} Partial functionality | '
        '{{< icon name="dash-circle" >}} Limited functionality | vLLM |'
    ) in text
    assert "2 reports from 2 installations, 1 with a test attached." in text
    assert "| Chat | 3 | 1 | 0 |" in text
    assert "- Server and version: vLLM 0.18 (2)" in text
    assert "- GitLab version: 19.2\n" in text


def test_the_threads_are_answered_in_their_own_fields() -> None:
    found = texts(MODEL, [ENTRY], REPORTS)
    assert "/issues/526751" in found[MODEL_THREAD]
    assert "/issues/526144" in found[PLATFORM_THREAD]
    for label in (
        "Seats", "Plan", "Installation type", "GitLab version", "Air-gapped", "Models hosted now", "Models wanted",
        "Clouds", "Serving framework",
    ):  # fmt: skip
        assert f"- {label}: " in found[MODEL_THREAD]
    assert "- Air-gapped: 1 of 2 installations" in found[MODEL_THREAD]
    assert "- Serving framework: vLLM 0.18 (2)" in found[PLATFORM_THREAD]
    assert "Nobody has reported it yet." in texts(MODEL, [ENTRY], [])[MODEL_THREAD]
