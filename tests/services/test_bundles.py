"""Bundles: what one portal says arrives at another as it was said, and nothing that was decided here is lost."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.reports import ReportDraft
from app.domain.roles import Actor
from app.models.catalogue import CatalogueModel, CataloguePlatform, ForeignVotes, Pairing, Report
from app.queries import catalogue, catalogue_whole
from app.queries.catalogue import Entry, Wanted
from app.services import bundle_export, bundles, catalogue_seed, installations, reports, votes
from app.services.bundle_files import Opened
from app.services.bundles import Choice
from app.services.ports import Ports
from tests.fixtures.bundles import MODEL, NOW, TESTED, Sender, entry, portal_elsewhere, report
from tests.fixtures.stock import audit_rows

pytestmark = pytest.mark.seeded

NAME = str(MODEL["name"])


@pytest.fixture
def here(ports: Ports) -> Ports:
    """The portal that takes, with what Modelport ships."""
    still = replace(ports, clock=lambda: NOW)
    catalogue_seed.seed(still)
    return still


@pytest.fixture
def there(here: Ports, tmp_path: Path) -> Iterator[Ports]:
    """The portal that gives."""
    with portal_elsewhere(here, tmp_path) as other:
        catalogue_seed.seed(other)
        yield other


def given(ports: Ports) -> io.BytesIO:
    """A portal's bundle."""
    file = io.BytesIO()
    bundle_export.export(ports, file)
    return file


def only(ports: Ports, host: str = "vllm") -> Entry:
    """The entry of the new model."""
    found = [each for each in catalogue.find(ports.store, Wanted(q="granite")).entries if each.host == host]
    assert len(found) == 1
    return found[0]


def stored(ports: Ports) -> list[tuple[str, Any]]:
    """The state and answers of all reports of others, oldest first."""
    with ports.store.read() as session:
        rows = session.execute(select(Report.state, Report.answers).order_by(Report.at, Report.state))
        return [(row.state, row.answers) for row in rows]


def test_what_one_portal_says_arrives_at_another(here: Ports, there: Ports, ada: Actor, ed: Actor) -> None:
    draft = ReportDraft(
        NAME, "vllm", "other", {"duo_chat": "notes"}, note="Slow\nat first.", versions={"server": "vLLM 0.18"},
        air_gapped=True,
    )  # fmt: skip
    pairing = reports.report(there, ed, draft)
    for who in (ada, ed):
        votes.vote(there, who, pairing, "want", wanted=True)
    seen = bundles.look(here, given(there))
    assert (seen.standing, seen.state, seen.counts["models"], seen.counts["entries"]) == ("new", "new", 1, 1)
    assert (seen.counts["reports_new"], seen.counts["votes"], seen.left_out) == (1, 2, {})
    assert bundles.take(here, ada, given(there)).counts == seen.counts
    found = only(here)
    assert (found.votes, found.reports, found.origin) == (2, 1, seen.installation)
    assert found.answers == {"chat": {"notes": 1}}
    with here.store.read() as session:
        row = session.scalars(select(Report)).one()
    assert (row.note, row.installation, row.person, row.person_name) == ("Slow\nat first.", seen.installation, "", "")
    assert row.versions == {"server": "vLLM 0.18", "air_gapped": True}
    assert (audit_rows(here.store, "bundle:take")[0].object_id, len(audit_rows(here.store, "bundle:take"))) == (
        seen.installation, 1,
    )  # fmt: skip


def test_looking_writes_nothing(here: Ports) -> None:
    bundles.look(here, Sender().bundle([MODEL, entry(report=report(), votes={"want": 3})]))
    assert catalogue.find(here.store, Wanted(q="granite")).total == 0
    assert audit_rows(here.store, "bundle:take") == []


def test_of_a_person_nothing_leaves(there: Ports, ed: Actor) -> None:
    pairing = reports.report(there, ed, ReportDraft(NAME, "vllm", "other", {"duo_chat": "works"}))
    votes.vote(there, ed, pairing, "works", wanted=True)
    text = given(there).getvalue().decode()
    for secret in (ed.name, ed.key, ed.issuer, pairing):
        assert secret not in text


def test_taking_a_bundle_twice_changes_nothing(here: Ports, ada: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = Sender()
    lines = [MODEL, entry(report=report(), votes={"want": 3})]
    bundles.take(here, ada, sender.bundle(lines))
    before = only(here), stored(here)
    again = bundles.take(here, ada, sender.bundle(lines))
    assert (set(again.counts.values()), again.state) == ({0}, "taken")
    monkeypatch.setattr(Opened, "lines", None)
    assert bundles.take(here, ada, sender.bundle(lines)).state == "taken", "no line is read any more"
    monkeypatch.undo()
    later = bundles.take(here, ada, sender.bundle(lines, days=-0.5))
    assert (later.counts["reports_known"], later.counts["entries"]) == (1, 0)
    assert (replace(only(here), updated_at=before[0].updated_at), stored(here)) == before


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_older_report_never_takes_the_place_of_a_newer_one(here: Ports, ada: Actor, order: tuple[int, ...]) -> None:
    sender = Sender()
    files = [
        sender.bundle([MODEL, entry(report=report(5, answers={"duo_chat": "fails"}), votes={"want": 9})], days=4),
        sender.bundle([MODEL, entry(report=report(2), votes={"want": 4})], days=1),
    ]
    for number in order:
        bundles.take(here, ada, files[number])
    assert [each for each in stored(here) if each[0] == "live"] == [("live", {"duo_chat": "works"})]
    assert (only(here).votes, only(here).reports) == (4, 1)


def test_votes_that_are_named_no_longer_are_gone(here: Ports, ada: Actor) -> None:
    sender = Sender()
    votes.vote(here, ada, bundles_entry(here, ada, sender), "want", wanted=True)
    assert only(here).votes == 4
    bundles.take(here, ada, sender.bundle([], days=-0.5))
    assert only(here).votes == 1
    with here.store.read() as session:
        assert session.scalars(select(ForeignVotes)).all() == []


def bundles_entry(ports: Ports, actor: Actor, sender: Sender) -> str:
    """The id of an entry that a bundle brought with three votes."""
    bundles.take(ports, actor, sender.bundle([MODEL, entry(votes={"want": 3})]))
    return only(ports).id


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_report_that_was_taken_back_there_counts_no_longer(here: Ports, ada: Actor, order: tuple[int, ...]) -> None:
    sender = Sender()
    taken_back = {"at": report(3)["at"], "state": "withdrawn"}
    files = [
        sender.bundle([MODEL, entry(report=report(3))], days=2),
        sender.bundle([MODEL, entry(report=taken_back)], days=1),
    ]
    for number in order:
        bundles.take(here, ada, files[number])
    assert (only(here).reports, [state for state, _ in stored(here)]) == (0, ["withdrawn"])


def test_what_was_refused_here_stays_refused_unless_it_is_asked_for(here: Ports, ada: Actor) -> None:
    sender = Sender()
    bundles.take(here, ada, sender.bundle([MODEL, entry(report=report(5))], days=4))
    with here.store.read() as session:
        report_id = session.scalars(select(Report.id)).one()
    reports.withdraw(here, ada, report_id)
    newer = [MODEL, entry(report=report(2))]
    for days in (1.5, 1.4):
        assert bundles.take(here, ada, sender.bundle(newer, days=days)).counts["reports_held"] == 1
    assert [state for state, _ in stored(here)] == ["refused"]
    back = {"at": report(1.3)["at"], "state": "withdrawn"}
    assert bundles.take(here, ada, sender.bundle([entry(report=back)], days=1.3)).counts["reports_held"] == 1
    taken = bundles.take(here, ada, sender.bundle(newer, days=1), Choice(again=True))
    assert (taken.counts["reports_newer"], [state for state, _ in stored(here)]) == (1, ["refused", "live"])


def test_facts_of_a_model_that_is_known_here_stay(here: Ports, ada: Actor) -> None:
    reports.report(here, ada, ReportDraft(NAME, "vllm", "mistral", {"duo_chat": "works"}))
    other = MODEL | {"name": "granite-9 12b", "maker": "Somebody else"}
    bundles.take(here, ada, Sender().bundle([other, entry(model="granite-9 12b", report=report())]))
    found = only(here)
    assert (found.name, found.maker, found.family, found.origin, found.reports) == (NAME, "", "mistral", "here", 2)


def test_a_trusted_installation_and_this_one_make_an_entry_compatible(here: Ports, ada: Actor) -> None:
    pairing = reports.report(here, ada, ReportDraft(NAME, "vllm", "other", {"duo_chat": "works"}))
    with here.store.write() as session:
        for row in session.scalars(select(Report).where(Report.pairing_id == pairing)):
            row.grade = 2
    sender = Sender()
    file = sender.bundle([MODEL, entry(report=report(0.1, evidence=TESTED))])
    bundles.take(here, ada, file)
    assert only(here).tier == "other"
    seen = bundles.take(here, ada, file, Choice(trust=True))
    assert (seen.standing, only(here).tier) == ("trusted", "compatible")
    assert bundles.look(here, sender.bundle([], days=-0.1)).standing == "trusted"


def test_trust_given_and_taken_by_itself_changes_tiers_at_once(here: Ports, ada: Actor) -> None:
    senders = Sender(), Sender()
    for sender in senders:
        bundles.take(here, ada, sender.bundle([MODEL, entry(report=report(1, evidence=TESTED))]))
    tiers = []
    for trusted in (True, False):
        for sender in senders:
            installations.trust(here, ada, sender.id, trusted=trusted)
            tiers.append(only(here).tier)
    assert tiers == ["other", "compatible", "other", "other"]


def test_a_quantisation_follows_what_confirms_the_model_on_its_host(here: Ports, ada: Actor) -> None:
    first, second = Sender(), Sender()
    both = [MODEL, entry(report=report(1, evidence=TESTED)), entry(variant="awq")]
    for sender in (first, second):
        bundles.take(here, ada, sender.bundle(both), Choice(trust=True))
    tiers = {each.variant: each.tier for each in catalogue.find(here.store, Wanted(q="granite")).entries}
    assert tiers == {"": "compatible", "awq": "compatible"}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"host": "abacus"}, "The platform or server abacus is not known here."),
        ({"report": report(answers={"soothsaying": "works"})}, "The feature soothsaying is not known here."),
        ({"report": report(family="roses")}, "The prompt family roses is not known here."),
        ({"report": report(note="See https://models.internal")}, "Its note or one of its versions holds an address"),
    ],
)
def test_what_this_version_does_not_know_is_left_out_and_told(
    here: Ports, ada: Actor, values: dict[str, Any], reason: str
) -> None:
    good = entry(model="Other Model", report=report())
    taken = bundles.take(here, ada, Sender().bundle([MODEL, entry(**{"report": report()} | values), good]))
    assert [text.startswith(reason) for text in taken.left_out] == [True]
    assert (list(taken.left_out.values()), taken.counts["models"], taken.counts["reports_new"]) == ([1], 1, 1)
    with here.store.read() as session:
        assert session.scalar(select(CatalogueModel.slug).where(CatalogueModel.name == NAME)) is None


def test_a_family_of_a_model_that_is_unknown_becomes_the_one_for_all(here: Ports, ada: Actor) -> None:
    bundles.take(here, ada, Sender().bundle([MODEL | {"family": "roses"}, entry()]))
    assert (only(here).family, only(here).size) == ("other", 12.0)


def test_what_a_bundle_brings_is_found_by_its_maker_and_family(here: Ports, ada: Actor) -> None:
    bundles.take(here, ada, Sender().bundle([MODEL | {"family": "codestral"}, entry(), entry(host="sglang")]))
    label = here.facts.families["codestral"].label
    for typed in ("ibm vllm", f"granite {label} vllm"):
        assert [each.host for each in catalogue.find(here.store, Wanted(q=typed)).entries] == ["vllm"]


def test_entries_on_a_platform_that_people_added_here_are_taken_by_its_name(here: Ports, ada: Actor) -> None:
    with here.store.write() as session:
        session.add(CataloguePlatform(slug="abacus", name="Wooden Frames", person_name=ada.name, at=NOW))
    taken = bundles.take(here, ada, Sender().bundle([MODEL, entry(host="abacus", report=report())]))
    assert (taken.counts["reports_new"], taken.left_out) == (1, {})
    assert [each.host for each in catalogue.find(here.store, Wanted(q="wooden")).entries] == ["abacus"]
    assert catalogue_whole.changes(here.store, 1)[0].title == f"{NAME} on Wooden Frames"


def test_taking_back_and_refusing_here_are_told_elsewhere(here: Ports, there: Ports, ada: Actor, ed: Actor) -> None:
    reports.report(there, ed, ReportDraft(NAME, "vllm", "other", {"duo_chat": "works"}))
    bundles.take(here, ada, given(there))
    with there.store.read() as session:
        report_id = session.scalars(select(Report.id)).one()
    reports.withdraw(there, ed, report_id)
    later = replace(there, clock=lambda: NOW + timedelta(minutes=1))
    assert bundles.take(here, ada, given(later)).counts["reports_withdrawn"] == 1
    assert only(here).reports == 0


def test_reports_of_others_are_not_told_as_our_own(here: Ports, ada: Actor) -> None:
    bundles.take(here, ada, Sender().bundle([MODEL, entry(report=report(), votes={"want": 3})]), Choice(trust=True))
    _header, *lines = given(here).getvalue().splitlines()
    assert b"Granite" not in b"".join(lines)


def test_what_this_portal_exports_another_can_take(here: Ports, there: Ports, ada: Actor) -> None:
    for number in range(3):
        reports.report(here, ada, ReportDraft(f"Model {number}", "vllm", "other", {"duo_chat": "works"}, variant="awq"))
    with here.store.read() as session:
        own = installations.own(here, session).id
    taken = bundles.take(there, ada, given(here))
    assert (taken.installation, taken.counts["models"], taken.counts["reports_new"]) == (own, 3, 3)
    with there.store.read() as session:
        assert session.scalars(select(Pairing.variant).where(Pairing.origin == own)).all() == ["awq"] * 3
