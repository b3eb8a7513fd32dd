"""A new user's way through the catalogue: find, test, report, have it confirmed by others, and read it written down."""

import io
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from app.config import Settings
from app.domain.roles import Actor
from app.domain.tiers import INSTALLATIONS_NEEDED
from app.lib import clock
from tests.fakes.able_server import MODEL, AbleServer
from tests.fakes.able_talk import Asked, Said
from tests.fakes.lab import wait_for
from tests.fixtures.pages import Page
from tests.fixtures.portal import Build, OpenWindow, Window, window_on

FEATURE = "duo_chat"
NEEDLE = re.compile(r"The code word is (\S+)\.")
# Whatever is stored on the way is tested on both databases where it is stored.
pytestmark = [pytest.mark.seeded, pytest.mark.one_database]


def find_word(asked: Asked) -> Said | None:
    """A model that finds the word in a long text."""
    found = NEEDLE.search(asked.user)
    return Said(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Desk:
    """A window with its person's habits: forms are sent as they stand, but for what a person changes."""

    window: Window

    def page(self, address: str) -> Page:
        """A page that opens."""
        answer = self.window.get(address)
        assert answer.status_code == 200, address
        return Page(answer)

    def send(self, address: str, fields: dict[str, str]) -> str:
        """Where a form leads that is taken."""
        answer = self.window.post(address, data=fields)
        assert answer.status_code == 303, Page(answer).text
        return answer.headers["Location"]

    def add_and_test(self, url: str) -> str:
        """A new endpoint of the model server at this address, with a finished full test; its page's address."""
        typed = {"name": "Bird", "server": "vllm", "base_url": url, "identifier": MODEL}
        endpoint = self.send("/endpoints", self.page("/endpoints/new").filled("endpoint") | typed)
        test = self.send(f"{endpoint}/test", {"depth": "full"})
        wait_for(lambda: 'id="stop-test"' not in self.window.get(test).text, 20)
        return endpoint

    def report(self, endpoint: str, **changed: str) -> str:
        """Press the link of a finished test, look at what would be sent, send it; the address of the entry."""
        (link,) = {each for each in self.page(endpoint).links() if each.startswith("/catalogue/report?")}
        form = self.page(link)
        assert (form.value("model"), form.value("host"), form.value("attach")) == (MODEL, "vllm", "y")
        assert form.value(f"answer_{FEATURE}") == "works"
        preview = Page(self.window.post("/catalogue/report/preview", data=form.filled("report") | changed))
        shown = json.loads("".join(next(preview.tree.iter("pre")).itertext()))
        assert (shown["model"], shown["host"], shown["evidence"]["depth"]) == (MODEL, "vllm", "full")
        assert shown["answers"][FEATURE] == changed.get(f"answer_{FEATURE}", "works")
        assert "127.0.0.1" not in json.dumps(shown)
        return self.send("/catalogue/report", preview.filled("send"))

    def confirm_model(self, endpoint: str) -> None:
        """Take the suggestion that the endpoint's own form makes now."""
        form = self.page(f"{endpoint}/edit")
        assert f"Suggested: {MODEL} , because" in form.words("choice")
        self.send(f"{endpoint}/edit", form.filled("endpoint") | {"model": MODEL})


def badge(page: Page) -> tuple[str, list[str]]:
    """The endpoint's tier for the feature, and the reasons that open on a press."""
    row = page.by_id(f"ready-{FEATURE}")
    (sign,) = (each for each in row.iter() if each.get("data-tier"))
    return sign.get("data-tier", ""), ["".join(each.itertext()) for each in page.by_id(f"why-{FEATURE}").iter("li")]


def badges(endpoint: Page) -> dict[str, str]:
    """The badge of each feature on an endpoint's page."""
    rows = [each for each in endpoint.tree.iter("tr") if (each.get("id") or "").startswith("ready-")]
    return {
        (row.get("id") or "").removeprefix("ready-"): sign.get("data-tier", "")
        for row in rows
        for sign in row.iter()
        if sign.get("data-tier")
    }


def upload(window: Window, act: str, bundle: bytes, **more: str) -> Page:
    """Choose the file, press a button."""
    data = {"file": (io.BytesIO(bundle), "bundle.jsonl"), **more}
    answer = window.post(f"/catalogue/exchange/{act}", data=data, content_type="multipart/form-data")
    assert answer.status_code == 200
    return Page(answer)


@pytest.fixture
def elsewhere(build: Build, settings: Settings, tmp_path: Path, _sqlite_seeded: Path, portal_origin: str) -> OpenWindow:
    """Windows on a second portal, which has a database, a folder and so a signing key of its own."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    shutil.copy(_sqlite_seeded, folder / "modelport.db")
    own = {"data_dir": folder, "database_url": f"sqlite:///{folder / 'modelport.db'}"}
    other = build(settings.model_copy(update=own))
    return lambda actor: window_on(other, portal_origin, actor)


def test_the_best_model_for_code_completion_on_two_cards_of_40_gb(window_of: OpenWindow, vi: Actor) -> None:
    finder = Desk(window_of(vi)).page("/catalogue")
    asked = finder.filled("finder") | {"host": "vllm", "want": "code_completions", "gpus": "2x A100 40 GB"}
    page = Desk(window_of(vi)).page(f"/catalogue?{urlencode(asked)}")
    assert "entries run on vLLM, are stated for Code Completion and fit 2 \u00d7 A100 40 GB." in page.words("found")
    rows = [each for each in page.tree.iter("tr") if (each.get("id") or "").startswith("entry-")]
    best = page.words(rows[0].get("id") or "")
    assert "GPT-oss-120B vLLM, stated for 2 \u00d7 A100 40 GB Supported" in best
    assert "states full functionality of GPT-oss-120B for Code completion" in best
    completion = [next(cell for cell in row.iter("td") if cell.get("data-label") == "Completion") for row in rows]
    levels = [next(sign.get("data-level", "") for sign in cell.iter() if sign.get("data-level")) for cell in completion]
    assert levels.count("full") == 3
    assert levels == sorted(levels, key=["full", "partial", "limited", "none"].index), "what suits the feature is first"


def test_a_model_nobody_knows_is_reported_confirmed_by_a_second_portal_and_written_down(
    window_of: OpenWindow, elsewhere: OpenWindow, ada: Actor, ed: Actor, vi: Actor
) -> None:
    """Two portals, this one and another, since the rule needs INSTALLATIONS_NEEDED of them, which are two."""
    assert INSTALLATIONS_NEEDED == 2
    here, there = Desk(window_of(ed)), Desk(elsewhere(ed))
    with AbleServer(find_word) as server:
        # Here an editor tests it, reports it, and takes the catalogue's new suggestion for the endpoint.
        endpoint = here.add_and_test(server.url)
        entry = here.report(endpoint)
        here.confirm_model(endpoint)
        # There somebody does the same.
        there.report(there.add_and_test(server.url))
    assert badge(here.page(endpoint)) == ("other", ["GitLab's lists do not have it."])
    assert "It becomes compatible when two trusted installations confirm it" in here.page(entry).words("why")

    # The other portal's admin gives its bundle away; ours looks at it, trusts it and takes it.
    with elsewhere(ada).post("/catalogue/exchange/export") as answer:
        bundle = answer.data
    admin = window_of(ada)
    look = upload(admin, "look", bundle)
    assert "Not known here yet" in look.words("look")
    assert look.words("look-fingerprint") == Page(elsewhere(ada).get("/catalogue/exchange")).words("own-fingerprint")
    assert badge(here.page(endpoint))[0] == "other", "a look changes nothing"
    upload(admin, "take", bundle, digest=look.value("digest"), trust="y")

    # The badge has turned, for the reports that the reason tells and the entry shows.
    tier, reasons = badge(here.page(endpoint))
    assert tier == "compatible"
    day = f"{clock.now():%-d %B %Y}"
    why = "2 installations confirm it with evidence, and none has reported against it since."
    assert reasons == [f"{why} Their newest reports are of {day}.", "GitLab's lists do not have it."]
    evidence = here.page(entry).words("evidence")
    assert "this installation, Ed Editor" in evidence
    assert evidence.count("Test attached: ") == 2

    # The documentation says it to whoever reads it.
    page = window_of(vi).get("/catalogue.md").text
    written = page[page.index(f"### {MODEL}\n") :].partition("\n#")[0]
    (row,) = (each for each in written.splitlines() if each.startswith("| vLLM "))
    cells = [each.strip() for each in row.split("|")]
    assert (cells[3], cells[-2]) == ("Compatible", "2 from 2")
    assert f"- vLLM: {reasons[0]}" in written

    # Whoever reports against one feature ends its confirmation alone.
    here.report(endpoint, **{f"answer_{FEATURE}": "fails"})
    tiers = badges(here.page(endpoint))
    assert (tiers[FEATURE], tiers["code_generations"]) == ("other", "compatible")
