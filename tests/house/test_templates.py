"""Templates and static files keep the rules that the content policy and the fragments depend on."""

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.cli.prepare.places import SCRIPTS
from app.web.navigation import ENTRIES

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FRAGMENTS = [path for path in TEMPLATES if path.name.startswith("_")]
MACROS = {
    name
    for path in (ROOT / "templates" / "macros").glob("*.html")
    for name in re.findall(r"\{%-?\s*macro (\w+)", path.read_text(encoding="utf-8"))
}
DRAWINGS = sorted((ROOT / "static").glob("*.svg"))
SPRITE = ROOT / "static" / "vendor" / "icons.svg"
VOID = {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "rect", "source", "wbr"}

# What a template must not contain, and why.
FORBIDDEN = {
    "an htmx attribute without its nonce; write {{ hx(...) }}": r"\s(data-)?hx-[a-z]",
    "text that is not escaped": r"\|\s*safe\b|autoescape\s+false",
    "an inline style, which the policy blocks": r"\sstyle\s*=|<style\b",
    "an inline script, which the policy blocks": r"<script\b(?![^>]*\ssrc=)|\son[a-z]+\s*=|javascript:",
    "markup from another site": r"(src|href|action)=\"(https?:)?//",
    "an exclamation mark in a sentence": r"[a-z]!(\s|<|\")",
}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def without_comments(path: Path) -> str:
    return re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


class Roots(HTMLParser):
    """The elements that stand at the top of a fragment, by their id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.depth = 0
        self.ids: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.ids.append(dict(attrs).get("id"))
        self.depth += tag not in VOID

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag not in VOID


def roots(path: Path) -> list[str | None]:
    """Root ids of a fragment's own markup; one macro call around everything counts by the id it is given."""
    text = re.sub(r"\{%-?\s*(from|import|set)\b.*?%\}", "", without_comments(path), flags=re.DOTALL).strip()
    call = re.match(r"\{%-?\s*call\b(.*?)%\}", text, flags=re.DOTALL)
    if call and text.endswith("{% endcall %}"):
        named = re.search(r"\bid=\"([\w-]+)\"", call[1]) or re.search(r"\(\"([\w-]+)\"", call[1])
        return [named[1] if named else None]
    # A tag of the template inside an element's own tag would confuse the parser; its quotes are its own.
    return Roots(
        re.sub(r"\{[{%].*?[}%]\}", lambda found: "x" if found[0].startswith("{{") else "", text, flags=re.DOTALL)
    ).ids


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_a_template_contains_nothing_that_the_policy_or_a_reader_would_stumble_over(path: Path) -> None:
    text = without_comments(path)
    found = {reason: match[0] for reason, pattern in FORBIDDEN.items() if (match := re.search(pattern, text))}
    assert not found


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_a_template_is_short_and_says_first_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("{# "), f"{relative(path)} begins with no comment"
    assert text.count("\n") < 150


@pytest.mark.parametrize("path", FRAGMENTS, ids=relative)
def test_a_fragment_stands_alone_and_names_its_variables(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "Variables:" in text.partition("#}")[0]
    assert not re.search(r"\{%-?\s*(extends|block)\b", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_a_template_imports_the_macros_that_it_calls(path: Path) -> None:
    text = without_comments(path)
    own = set(re.findall(r"\{%-?\s*macro (\w+)", text))
    imported = {name.split()[-1] for names in re.findall(r" import (.*?)%\}", text) for name in names.split(",")}
    called = {
        name for code in re.findall(r"\{[{%](.*?)[}%]\}", text) for name in re.findall(r"(?<![.\w|])(\w+)\(", code)
    }
    assert not (called & MACROS) - imported - own


@pytest.mark.parametrize("path", FRAGMENTS, ids=relative)
def test_a_fragment_has_one_root_that_a_page_can_target(path: Path) -> None:
    found = roots(path)
    assert len(found) == 1, f"{relative(path)} has {len(found)} roots: {found}"
    assert found[0], f"{relative(path)} has a root without an id"


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r"<symbol[^>]*\bid=\"([\w-]+)\"", SPRITE.read_text(encoding="utf-8")))
    named = {icon for _section, _label, _view, icon, _role in ENTRIES}
    for path in TEMPLATES:
        text = without_comments(path)
        named.update(re.findall(r"\bicon(?:_after)?=\"([\w-]+)\"", text))
        named.update(re.findall(r"\b(?:icon|draw)\(\"([\w-]+)\"", text))
        named.update(re.findall(r"\b(?:icon_button|sign)\((?:\"[^\"]*\"|[^,()]+), \"([\w-]+)\"", text))
    assert named <= drawn, f"not in GitLab's sprite: {sorted(named - drawn)}"
    assert len(named) > 20


def test_every_mark_that_is_named_is_drawn() -> None:
    drawn = {symbol.get("id") for symbol in ElementTree.parse(ROOT / "static" / "mark.svg").iter() if symbol.get("id")}  # noqa: S314 -- our own file
    expected = {"mark", *(f"tier-{tier}" for tier in ("supported", "compatible", "other"))}
    assert expected | {f"confidence-{word}" for word in ("low", "medium", "high")} == drawn


@pytest.mark.parametrize("path", DRAWINGS, ids=relative)
def test_a_drawing_is_well_formed(path: Path) -> None:
    ElementTree.parse(path)  # noqa: S314 -- our own file
    text = path.read_text(encoding="utf-8")
    assert not any("--" in comment for comment in re.findall(r"<!--(.*?)-->", text, flags=re.DOTALL))
    assert "style=" not in text


def test_the_style_sheet_names_no_colour_of_its_own() -> None:
    css = (ROOT / "static" / "app.css").read_text(encoding="utf-8")
    assert not re.findall(r"#[0-9a-fA-F]{3,8}(?![\w-])|\b(?:rgb|hsl|oklch)a?\(", css)


def test_the_style_sheet_uses_only_tokens_that_exist() -> None:
    css = (ROOT / "static" / "app.css").read_text(encoding="utf-8")
    tokens = (ROOT / "static" / "vendor" / "tokens.css").read_text(encoding="utf-8")
    missing = [name for name in re.findall(r"var\((--gl-[\w-]+)", css) if f"{name}:" not in tokens]
    assert not missing


def test_the_script_needs_neither_eval_nor_markup_from_text() -> None:
    script = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", script)
