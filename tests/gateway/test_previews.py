"""A preview shows the very bytes that a call sends, whatever tests found out about the endpoint."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.data.facts import Facts
from app.domain.roles import Actor
from app.services.ports import Ports
from app.services.previews import preview
from tests.fakes.upstream import Upstream
from tests.fixtures.findings import finding, measure
from tests.fixtures.prompts import FILES, facts_with
from tests.fixtures.stock import assign
from tests.gateway.conftest import Caller, endpoint_at

pytestmark = pytest.mark.every_database

QUIRKS = [(), ("no_system",), ("max_completion_tokens", "no_stop"), ("no_system", "no_temperature")]


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    return facts_with(tmp_path, FILES)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A model server in good health."""
    with Upstream() as server:
        yield server


@pytest.mark.parametrize("quirks", QUIRKS, ids=" ".join)
@pytest.mark.parametrize(("feature", "family"), [("duo_chat", "mixtral"), ("code_completions", "codestral")])
def test_a_preview_is_what_a_call_sends(
    caller: Caller, upstream: Upstream, ports: Ports, ada: Actor, feature: str, family: str, quirks: tuple[str, ...]
) -> None:
    endpoint_id = endpoint_at(ports, ada, upstream.url, family=family, quirks=quirks)
    measure(ports, ada, endpoint_id, finding("chat"), finding("turns", "no"), finding("context", value=4_000))
    assign(ports, ada, feature, endpoint_id)
    inputs = ports.facts.prompts.of(feature).samples
    assert caller.chat(feature, inputs=inputs).status_code == 200
    seen = preview(ports, feature, ports.facts.families[family], inputs, endpoint=endpoint_id)
    sent = dict(upstream.bodies[-1])
    assert sent.pop("messages") == [{"role": each.role, "content": each.text} for each in seen.messages]
    assert {name: value for name, value in sent.items() if name != "model"} == dict(seen.parameters)
