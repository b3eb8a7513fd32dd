"""A full test in the background: the endpoint's own family decides how gaps in code are asked for."""

from app.domain.code_gaps import CODE_GAPS
from app.domain.steps import Depth
from app.services import probes
from tests.fakes.lab import Lab
from tests.fakes.probe import target_at
from tests.fakes.talker import Talker, prompt_of


def test_a_full_test_asks_in_the_familys_form(lab: Lab) -> None:
    with Talker() as server:
        started = probes.start_draft(lab.ports, lab.person, target_at(server.url), Depth.FULL, "codellama")
        lab.runner.start([started])
        found = lab.ended(started.probe_id)
        asked = [prompt_of(body) for body in server.asked("chat/completions")]
    assert any(each.startswith(f"<PRE> {CODE_GAPS[0].prefix}") for each in asked)
    assert "fim_not_filled" in {each.code for each in found.steps}
