"""Every fault that shows on a model server's wire: its code, its words, its cure, and the step that passes after it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from app.data.facts import Facts
from app.domain.steps import Outcome, StepResult, Verdict, verdict
from app.lib.cancel import Cancel
from app.lib.http import Door
from app.services import probing
from tests.fakes.probe import KEY, step, without_database
from tests.fakes.wire_faults.scene import Bench, Case, Scene
from tests.fakes.wire_faults.table import CASES, NOT_ON_A_WIRE

CODES = {each.code for each in CASES}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with ExitStack() as stack:
        yield Bench(tmp_path, stack, monkeypatch)


def results_of(scene: Scene, facts: Facts) -> list[StepResult]:
    door = Door(scene.policy, scene.ca_file, scene.proxy)
    ports = replace(without_database(door, facts), outlet=scene.outlet)
    family = facts.families.get(scene.family)
    try:
        return list(probing.results(ports, scene.target, Cancel(), scene.pace, scene.depth, family))
    finally:
        door.close()


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{each.code}" for number, each in enumerate(CASES)])
def test_a_fault_has_its_words_and_its_cure_turns_the_step_green(case: Case, bench: Bench, facts: Facts) -> None:
    broken = case.build(bench)
    wrong = step(results_of(broken.scene, facts), case.step)
    assert (wrong.code, wrong.outcome) == (case.code, facts.remedies.rows[case.code].outcome)
    assert wrong.cause
    assert wrong.remedy
    assert KEY not in repr(wrong)
    assert (wrong.fix.field if wrong.fix else "") == broken.fix
    assert wrong.fix is None or wrong.fix.label
    after = results_of(broken.cure(wrong), facts)
    better = step(after, case.step)
    assert (better.code, better.outcome in (Outcome.PASSED, Outcome.SKIPPED)) == ("", True)
    assert not broken.whole or verdict(after) is Verdict.PASSED


def test_the_table_is_long_and_knows_every_code_that_a_wire_can_show(facts: Facts) -> None:
    assert len(CODES) >= 45
    assert CODES | set(NOT_ON_A_WIRE) == set(facts.remedies.rows)
    assert CODES & set(NOT_ON_A_WIRE) == set()


def test_no_two_codes_share_their_words(facts: Facts) -> None:
    rows = facts.remedies.rows.values()
    assert len({row.message for row in rows}) == len(rows)
