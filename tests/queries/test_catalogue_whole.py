"""What is given away of the catalogue: all of it in a fixed order, the reports on an entry, its changes."""

import re
from dataclasses import replace
from datetime import timedelta

from app.domain.reports import ReportDraft
from app.domain.roles import Actor
from app.lib import clock
from app.queries import catalogue_whole
from app.services import catalogue_seed, reports
from app.services.ports import Ports


def test_the_whole_is_ordered_by_group_name_and_host(ports: Ports) -> None:
    catalogue_seed.seed(ports)
    models = catalogue_whole.whole(ports.store, ports.facts)
    keys = [(model.group.casefold(), model.name.casefold()) for model in models]
    assert keys == sorted(keys)
    assert {model.name for model in models} <= set(ports.facts.models)
    hosts = [[entry.host for entry in model.entries] for model in models]
    assert all(each and each == sorted(each) for each in hosts)


def test_a_model_comes_with_its_hardware_and_what_took_its_place(ports: Ports) -> None:
    catalogue_seed.seed(ports)
    found = {model.name: model for model in catalogue_whole.whole(ports.store, ports.facts)}
    cards = [(each.card, each.count, each.requests) for each in found["GPT-oss-120B"].hardware]
    assert ("H100", 2, 34) in cards
    assert re.match("https://docs.gitlab.com/", found["GPT-oss-120B"].hardware[0].source.page)
    assert found["Mixtral 8x7B"].replacement == "Mistral Small 24B Instruct 2506"


def test_reports_and_changes_come_newest_first(ports: Ports, ada: Actor, ed: Actor) -> None:
    draft = ReportDraft("Granite 9 12B", "vllm", "other", {"duo_chat": "works"}, variant="awq")
    pairing = reports.report(ports, ada, draft)
    later = replace(ports, clock=lambda: clock.now() + timedelta(minutes=1))
    reports.report(later, ed, replace(draft, answers={"duo_chat": "fails"}, versions={"server": "vLLM 0.18"}))
    (told,) = catalogue_whole.reports_on(ports.store, pairing)
    assert (told.answers, told.versions) == ({"duo_chat": "fails"}, {"server": "vLLM 0.18"})
    changes = catalogue_whole.changes(ports.store, 10)
    assert [each.what for each in changes] == ["report", "report", "added"]
    assert {(each.host, each.slug, each.variant) for each in changes} == {("vllm", "granite-9-12b", "awq")}
    assert [each.id for each in catalogue_whole.changes(ports.store, 1)] == [changes[0].id]
