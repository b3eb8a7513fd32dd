"""Reports: from a test to an entry, confirmed by a second installation, with the tier that follows."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, update

from app.domain.errors import Invalid
from app.domain.platforms import host_of
from app.domain.ratings import Grade
from app.domain.reports import ReportDraft
from app.domain.roles import Actor
from app.lib import tokens
from app.models.catalogue import Installation, Pairing, Report
from app.models.endpoint import Endpoint
from app.models.probe import Probe
from app.queries import catalogue
from app.services import catalogue_entries, catalogue_seed, probes, reports
from app.services.ports import Ports
from tests.fixtures.stock import UNLISTED, add_endpoint
from tests.fixtures.together import together

pytestmark = pytest.mark.seeded

NEW = "Granite 9 12B"


def draft(**values: object) -> ReportDraft:
    given = {"model": NEW, "host": "vllm", "family": "other", "answers": {"duo_chat": "works"}}
    return ReportDraft(**given | values)  # type: ignore[arg-type]


def from_elsewhere(ports: Ports, pairing_id: str, *, trusted: bool, answer: str = "works") -> None:
    """As if a bundle of another installation had brought a report with a test."""
    with ports.store.write() as session:
        other = Installation(id=tokens.new_id(), public_key="", trusted=trusted, first_seen_at=ports.clock())
        session.add(other)
        session.add(
            Report(
                pairing_id=pairing_id, installation=other.id, answers={"duo_chat": answer}, grade=Grade.TESTED,
                at=ports.clock() + timedelta(minutes=1),
            )
        )  # fmt: skip
        row = session.get(Pairing, pairing_id)
        assert row
        catalogue_entries.refresh(ports, session, row)


def with_a_test(ports: Ports, pairing_id: str) -> None:
    """As if this installation's report had come with a test."""
    with ports.store.write() as session:
        for row in session.scalars(select(Report).where(Report.pairing_id == pairing_id)):
            row.grade = Grade.TESTED


def test_a_model_that_nobody_knows_becomes_compatible_when_a_second_trusted_installation_confirms_it(
    ports: Ports, ada: Actor
) -> None:
    catalogue_seed.seed(ports)
    pairing_id = reports.report(ports, ada, draft())
    endpoint_id = add_endpoint(ports, ada, "Granite", **UNLISTED | {"model": NEW})
    with_a_test(ports, pairing_id)
    from_elsewhere(ports, pairing_id, trusted=False)
    (entry,) = catalogue.entries(ports.store, [pairing_id])
    assert (entry.tier, entry.stars, entry.installations) == ("other", 5.0, 2)
    from_elsewhere(ports, pairing_id, trusted=True)
    (entry,) = catalogue.entries(ports.store, [pairing_id])
    assert entry.tier == "compatible"
    assert "2 installations confirm it with evidence" in entry.tier_reasons[0]
    with ports.store.read() as session:
        endpoint = session.get(Endpoint, endpoint_id)
        assert endpoint
        assert endpoint.tier == "compatible"


def test_a_later_report_takes_the_place_of_the_former(ports: Ports, ada: Actor, ed: Actor) -> None:
    first = reports.report(ports, ada, draft())
    second = reports.report(ports, ed, draft(model=" granite-9 12b ", answers={"duo_chat": "fails"}))
    assert first == second
    with ports.store.read() as session:
        states = session.execute(select(Report.state, Report.answers).order_by(Report.at)).all()
    assert [row.state for row in states] == ["superseded", "live"]
    assert catalogue.entries(ports.store, [first])[0].answers == {"chat": {"fails": 1}}


@together(
    ("values", "field"),
    [
        ({"answers": {}}, "answers"),
        ({"answers": {"duo_chat": "not tried"}}, "answers"),
        ({"answers": {"somebody_elses": "works"}}, "answers"),
        ({"answers": {"duo_chat": "notes"}}, "note"),
        ({"note": "See https://models.internal.example/v1"}, "note"),
        ({"note": "with key sk-abcdefgh12345678"}, "note"),
        ({"host": "abacus"}, "host"),
        ({"family": "roses"}, "family"),
        ({"model": " "}, "model"),
        ({"note": "x" * 2001}, "note"),
        ({"versions": {"server": "vLLM 0.11", "model": "x"}}, "versions"),
        ({"probe_id": "none", "endpoint_id": "none"}, "attach"),
    ],
)
def test_bad_reports_are_refused_at_their_field_and_nothing_is_written(
    ports: Ports, ada: Actor, values: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        reports.report(ports, ada, draft(**values))
    assert list(refused.value.fields) == [field]
    with ports.store.read() as session:
        assert session.scalar(select(Report.id)) is None


@pytest.mark.one_database
@pytest.mark.parametrize(
    "values",
    [{"endpoint_id": "another"}, {"model": "Granite 8"}, {"host": "ollama"}, {"endpoint_id": ""}],
)
def test_a_test_of_another_endpoint_model_or_host_is_not_taken_as_evidence(
    ports: Ports, ada: Actor, values: dict[str, str]
) -> None:
    catalogue_seed.seed(ports)
    reports.report(ports, ada, draft())
    endpoint_id = add_endpoint(ports, ada, "Granite", **UNLISTED | {"model": NEW})
    (started,) = probes.start_saved(ports, ada, [endpoint_id])
    probe_id = started.probe_id
    with ports.store.write() as session:
        session.execute(update(Probe).values(finished_at=ports.clock(), verdict="passed"))
        host = host_of(*session.execute(select(Endpoint.platform, Endpoint.server)).one())
    good = draft(probe_id=probe_id, endpoint_id=endpoint_id, host=host, model="granite-9 12B")
    assert reports.preview(ports, good)["evidence"]
    for act in (lambda each: reports.preview(ports, each), lambda each: reports.report(ports, ada, each)):
        with pytest.raises(Invalid) as refused:
            act(replace(good, **values))
        assert list(refused.value.fields) == ["attach"]


def test_first_reports_of_a_new_model_at_the_same_instant_all_arrive(ports: Ports, ada: Actor, ed: Actor) -> None:
    together = Barrier(4)

    def send(actor: Actor) -> str:
        together.wait(10)
        return reports.report(ports, actor, draft())

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(send, [ada, ed, ada, ed]))
    assert len(set(found)) == 1
    with ports.store.read() as session:
        states = session.scalars(select(Report.state)).all()
        own = session.scalars(select(Installation.is_self)).all()
    assert sorted(states) == ["live", "superseded", "superseded", "superseded"]
    assert list(own) == [True]
