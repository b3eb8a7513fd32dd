"""Finding entries: as one types, narrowed, sorted, page by page; the same on both databases."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from app.domain.features import Column
from app.domain.hardware import read_gpus
from app.domain.roles import Actor
from app.lib import clock
from app.models.catalogue import CatalogueModel, CataloguePlatform
from app.queries import (
    catalogue,
    catalogue_around,
    catalogue_hosts,
    catalogue_lists,
    catalogue_pages,
    catalogue_reports,
    comments,
)
from app.queries.catalogue import AHEAD, PAGE, Entry, Wanted
from app.services import catalogue_entries, catalogue_seed
from app.services.ports import Ports
from tests.fixtures import crowds
from tests.fixtures.statements import statements
from tests.fixtures.together import together


@pytest.fixture
def seeded(ports: Ports) -> Ports:
    catalogue_seed.seed(ports)
    return ports


def names(ports: Ports, **wanted: object) -> list[str]:
    """The models of all pages, each once, in order."""
    first = catalogue.find(ports.store, Wanted(**wanted))  # type: ignore[arg-type]
    pages = [catalogue.find(ports.store, Wanted(**wanted, page=page)) for page in range(1, first.pages + 1)]  # type: ignore[arg-type]
    return list(dict.fromkeys(entry.name for page in pages for entry in page.entries))


def every(ports: Ports) -> list[Entry]:
    first = catalogue.find(ports.store, Wanted())
    return [
        each for page in range(1, first.pages + 1) for each in catalogue.find(ports.store, Wanted(page=page)).entries
    ]


def test_each_letter_narrows_what_is_found(seeded: Ports) -> None:
    found = [set(names(seeded, q="Codestral 22b"[:length])) for length in range(1, 14)]
    assert all(later <= earlier for earlier, later in pairwise(found))
    assert all("Codestral 22B v0.1" in each for each in found)
    assert found[-1] == {"Codestral 22B v0.1"}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("mistral sma 24", "Mistral Small 24B Instruct 2506"),
        ("24b MISTRAL small", "Mistral Small 24B Instruct 2506"),
        ("  Mistral--Small  24B ", "Mistral Small 24B Instruct 2506"),
        ("mistral small vllm 2506", "Mistral Small 24B Instruct 2506"),
        ("kimi k 2.6", "Kimi-K2.6"),
        ("glm 5.1", "GLM-5.1-FP8"),
    ],
)
def test_words_may_be_unfinished_and_in_any_order(seeded: Ports, typed: str, expected: str) -> None:
    assert names(seeded, q=typed) == [expected]


@together("typed", ["%", "_", "'", '"', "%_'\"<>", "* () :", "\0", "--", "\N{LLAMA}"])
def test_signs_alone_are_as_nothing_typed(seeded: Ports, typed: str) -> None:
    assert names(seeded, q=typed) == names(seeded)


@together("typed", ["%_'<script>", "mistral' OR '1'='1", "NEAR(mistral vllm)", "zzz | mistral", "!llama"])
def test_signs_between_words_have_no_meaning(seeded: Ports, typed: str) -> None:
    assert names(seeded, q=typed) == names(seeded, q=" ".join(re.findall("[A-Za-z0-9]+", typed)))


def test_the_maker_and_the_host_are_found_too(seeded: Ports) -> None:
    assert {each.maker for each in every(seeded) if each.name in names(seeded, q="anthropic")} == {"Anthropic"}
    bedrock = catalogue.find(seeded.store, Wanted(q="claude bedrock")).entries
    assert {entry.host for entry in bedrock} == {"bedrock"}


@together(
    "wanted",
    [
        {"host": "bedrock"},
        {"family": "llama3"},
        {"tier": "compatible"},
        {"open_weights": True},
        {"context": 200_000},
        {"column": "agent_platform", "level": "full"},
        {"column": "agent_platform", "level": "partial"},
        {"column": "chat", "level": "limited"},
        {"host": "vllm", "family": "mistral", "tier": "supported"},
    ],
)
def test_narrowing_leaves_exactly_what_fits(seeded: Ports, wanted: dict[str, object]) -> None:
    levels = catalogue.LEVELS[str(wanted.get("level", "limited"))]
    expected = {
        each.id
        for each in every(seeded)
        if all(
            getattr(each, name) == wanted[name] for name in ("host", "family", "tier", "open_weights") if name in wanted
        )
        and (each.context or 0) >= int(str(wanted.get("context", 0)))
        and ("column" not in wanted or each.levels[str(wanted["column"])] in levels)
    }
    first = catalogue.find(seeded.store, Wanted(**wanted))  # type: ignore[arg-type]
    found = {
        entry.id
        for page in range(1, first.pages + 1)
        for entry in catalogue.find(seeded.store, Wanted(**wanted, page=page)).entries
    }  # type: ignore[arg-type]
    assert found == expected
    assert 0 < len(expected) < len(every(seeded))
    assert first.total == len(expected)


def test_an_unknown_value_finds_nothing_or_does_not_narrow(seeded: Ports) -> None:
    assert names(seeded, host="abacus") == []
    assert names(seeded, tier="golden") == []
    assert names(seeded, column="1; DROP TABLE pairing") == names(seeded)
    assert names(seeded, sort="' OR 1=1") == names(seeded)


def add(ports: Ports, name: str, **facts: object) -> None:
    """An entry of a model with these facts."""
    with ports.store.write() as session:
        row = catalogue_entries.obtain(ports, session, name, "vllm", "", "other")
        model = session.get_one(CatalogueModel, row.model_slug)
        for field, value in facts.items():
            setattr(model, field, value)
        catalogue_entries.index(ports, session, model, [row])


def test_hardware_that_is_enough_by_statement_or_estimate(ports: Ports) -> None:
    add(ports, "Small one", estimated_memory=20)
    add(ports, "Exact one", estimated_memory=80)
    add(ports, "Stated one", stated_memory=80, estimated_memory=300)
    add(ports, "Large one", stated_memory=160, estimated_memory=300)
    add(ports, "Unknown one")
    for typed in ("2x A100 40 GB", "80 GB", "1 x H100"):
        assert set(names(ports, gpus=read_gpus(typed))) == {"Small one", "Exact one", "Stated one"}
    assert names(ports, gpus=read_gpus("1x A100 40 GB")) == ["Small one"]


def test_the_same_cards_in_the_stated_number_are_enough(seeded: Ports) -> None:
    for each in seeded.facts.hardware:
        assert each.name in names(seeded, gpus=read_gpus(f"{each.count}x {each.card} {each.memory} GB"))


def test_each_order_with_what_is_unknown_at_its_end(ports: Ports) -> None:
    for name, size, context in (("Bee", 7.0, 8000), ("Ant", None, None), ("Cow", 3.0, 128000)):
        add(ports, name, size=size, context=context)
    assert names(ports, sort="name") == ["Ant", "Bee", "Cow"]
    assert names(ports, sort="size") == ["Cow", "Bee", "Ant"]
    assert names(ports, sort="context") == ["Cow", "Bee", "Ant"]


@pytest.mark.parametrize("sort", ["rating", "votes", ""])
def test_orders_by_what_people_said(ports: Ports, sort: str) -> None:
    crowds.fill(ports.store, clock.now(), pairings=200, reports=0, votes=0)
    found = (
        every(ports)
        if not sort
        else [
            each for page in range(1, 9) for each in catalogue.find(ports.store, Wanted(sort=sort, page=page)).entries
        ]
    )
    keys: Sequence[tuple[float, ...]] = {
        "rating": [(-(each.stars or 0),) for each in found],
        "votes": [(-each.votes,) for each in found],
        "": [(-catalogue.RANKS[each.tier], -each.confidence, -each.votes) for each in found],
    }[sort]
    assert keys == sorted(keys)
    assert len({each.id for each in found}) == 200


def test_pages_join_without_gap_and_past_the_end_is_the_last(ports: Ports) -> None:
    crowds.fill(ports.store, clock.now(), pairings=60, reports=0, votes=0)
    pages = [catalogue.find(ports.store, Wanted(sort="name", page=page)) for page in (1, 2, 3)]
    assert [len(each.entries) for each in pages] == [PAGE, PAGE, 10]
    assert len({entry.id for page in pages for entry in page.entries}) == 60
    assert (pages[0].total, pages[0].pages, pages[0].more) == (60, 3, False)
    for beyond in (4, 10**9):
        assert catalogue.find(ports.store, Wanted(sort="name", page=beyond)) == pages[2]
    assert catalogue.find(ports.store, Wanted(page=-1)).page == 1
    nothing = catalogue.find(ports.store, Wanted(q="zzz", page=7))
    assert (nothing.entries, nothing.total, nothing.page, nothing.pages) == ((), 0, 1, 1)


def test_more_than_can_be_paged_is_said(ports: Ports) -> None:
    crowds.fill(ports.store, clock.now(), pairings=catalogue.MOST + 30, reports=0, votes=0)
    found = catalogue.find(ports.store, Wanted(page=10**6))
    assert (found.total, found.more, found.page, len(found.entries)) == (
        catalogue.MOST,
        True,
        catalogue.MOST // PAGE,
        PAGE,
    )


def test_counting_looks_some_pages_ahead(ports: Ports) -> None:
    crowds.fill(ports.store, clock.now(), pairings=400, reports=0, votes=0)
    for wanted in (Wanted(), Wanted(q="1"), Wanted(q="m", sort="name"), Wanted(q="1", context=1)):
        everything = len(catalogue_lists.following(ports.store, wanted, 1000))
        first = catalogue.find(ports.store, wanted)
        assert (first.total, first.more) == (min(everything, AHEAD), everything > AHEAD)
        last = catalogue.find(ports.store, replace(wanted, page=99))
        assert (last.total, last.more, last.page) == (everything, False, -(-everything // PAGE))
        assert catalogue.find(ports.store, replace(wanted, page=last.page)) == last


def test_finding_and_reading_take_few_statements(ports: Ports, ada: Actor) -> None:
    ids = crowds.fill(ports.store, clock.now(), pairings=60, reports=3000, votes=200, comments=3000)
    with statements(ports.store) as sent:
        catalogue.find(ports.store, Wanted(q="m", host="vllm", column="chat", gpus=read_gpus("8x H100")))
    assert len(sent) == 1
    with statements(ports.store) as sent:
        found = catalogue_pages.shown(ports.store, ports.facts, ("vllm", "crowd-0", ""), ada.key, 7, 30)
    assert len(sent) == 5
    assert found
    assert (len(found.reports), len(found.comments.rows)) == (7, 30)
    assert found.reports == catalogue_reports.page_of(ports.store, ids[0]).rows[:7]
    assert found.votes == catalogue_reports.votes(ports.store, ids[0], ada.key)
    assert found.comment_count == comments.count(ports.store, ids[0]) > 30
    together_with_others = [found.entry, *found.others]
    assert sorted(together_with_others, key=lambda each: each.host) == list(catalogue.of_model(ports.store, "crowd-0"))
    assert found.stated == catalogue_around.stated(ports.store, ["crowd-0"])["crowd-0"] != ()
    assert catalogue_pages.shown(ports.store, ports.facts, ("vllm", "crowd-none", ""), ada.key, 7, 30) is None
    assert catalogue_pages.shown(ports.store, ports.facts, ("vllm", "crowd-0", "awq"), ada.key, 7, 30) is None


def test_what_replaces_a_model_is_its_entry_on_the_same_host(seeded: Ports, ada: Actor) -> None:
    def replacement(host: str) -> Entry | None:
        found = catalogue_pages.shown(seeded.store, seeded.facts, (host, "mixtral-8x7b", ""), ada.key, 1, 1)
        assert found
        assert {each.slug for each in found.others} <= {"mixtral-8x7b"}
        return found.replacement

    found = replacement("vllm")
    assert found
    assert (found.slug, found.host) == ("mistral-small-24b-instruct-2506", "vllm")
    with seeded.store.write() as session:
        catalogue_entries.obtain(seeded, session, "Mixtral 8x7B", "ollama", "", "mistral")
    elsewhere = replacement("ollama")
    assert elsewhere
    assert (elsewhere.slug, elsewhere.host) == ("mistral-small-24b-instruct-2506", "vllm")


def test_the_finders_surroundings_take_one_statement(ports: Ports) -> None:
    crowds.fill(ports.store, clock.now(), pairings=60, reports=0, votes=0)
    with ports.store.write() as session:
        session.add(CataloguePlatform(slug="hal", name="HAL", details={}, person_name="", at=ports.clock()))
    with statements(ports.store) as sent:
        found = catalogue_hosts.surroundings(ports.store, ports.facts)
    assert len(sent) == 1
    assert found.hosts == {"hal": "HAL", **ports.facts.hosts()}
    assert (found.with_entries, found.families) == (tuple(sorted(crowds.HOSTS)), tuple(sorted(crowds.FAMILIES)))
    assert (found.entries, found.endpoints) == (60, 0)


def test_every_column_of_the_table_can_be_asked_for(seeded: Ports) -> None:
    for column in Column:
        assert names(seeded, column=column.value)
