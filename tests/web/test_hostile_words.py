"""Whatever a hostile server writes, wherever it can, pages show plain text, little of it, and nothing of the key."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.roles import Actor
from app.domain.steps import Depth
from app.jobs.runner import Runner
from app.lib.redact import MASK
from app.queries import probes as query
from app.queries.probes import ProbeRecord
from app.services import endpoints, probes
from app.services.foreign_words import WORDS_MAX
from app.services.ports import Ports
from tests.fakes.hostile_words import KEY, MOUTHS, speaking, told_plainly
from tests.fakes.lab import wait_for
from tests.fakes.probe import draft_at
from tests.fixtures.pages import Page, everything_stored
from tests.fixtures.portal import OpenWindow, Window

# What no word of a server may become.
ALIVE = ("script", "img", "iframe", "style")


def of(ports: Ports, probe_id: str) -> ProbeRecord:
    found = query.probe(ports.store, probe_id)
    assert found
    return found


def ended(ports: Ports, actor: Actor, urls: Sequence[str], depth: Depth) -> list[ProbeRecord]:
    """Tests of stored endpoints at these addresses, all at their end."""
    drafts = [replace(draft_at(url), name=f"Endpoint {number}", api_key=KEY) for number, url in enumerate(urls)]
    runner = Runner(ports)
    started = [
        each
        for draft in drafts
        for each in probes.start_saved(ports, actor, [endpoints.create(ports, actor, draft)], depth)
    ]
    runner.start(started)
    wait_for(lambda: not any(of(ports, each.probe_id).running for each in started), 60)
    runner.close()
    return [of(ports, each.probe_id) for each in started]


def lively(page: Page) -> list[str]:
    """Elements and attributes that run something and are not ours."""
    (body,) = page.tree.iter("body")
    found = list(body.iter())
    tags = [str(each.tag) for each in found if each.tag in ALIVE]
    acts = [name for each in found for name in each.attrib if name.startswith("on")]
    return tags + acts + [each.get("hx-get", "") for each in found if each.get("hx-get") == "/auth/logout"]


def check_page(window: Window, path: str) -> None:
    answer = window.get(path)
    assert told_plainly(answer.text)
    page = Page(answer)
    shown = page.words("test")
    assert lively(page) == []
    assert all(each.isprintable() for each in shown)
    assert len(shown) < 12_000


@pytest.mark.parametrize("name", MOUTHS)
def test_words_become_text_on_the_page_and_the_key_is_nowhere(
    name: str, ports: Ports, window_of: OpenWindow, ed: Actor, tmp_path: Path
) -> None:
    window, mouth = window_of(ed), MOUTHS[name]
    with ExitStack() as stack:
        urls = [stack.enter_context(speaking(mouth, words, tmp_path)) for words in mouth.words]
        found = ended(ports, ed, urls, mouth.depth)
    assert (MASK in repr(found[0])) is mouth.shown
    for probe in found:
        check_page(window, f"/probes/{probe.id}")
        check_page(window, f"/endpoints/{probe.endpoint_id}")
        assert max(len(str(each.figures.get("server_said", ""))) for each in probe.steps) <= WORDS_MAX
    assert told_plainly(everything_stored(ports))
