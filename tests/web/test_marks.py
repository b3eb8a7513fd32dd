"""What blind marks say on the endpoint's page and beside the suggestion on its form: below five and from five on."""

import pytest

from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow
from tests.fixtures.stock import add_endpoint, marked

MODEL = "Mistral Small 24B Instruct 2506"


@pytest.fixture
def endpoint(ports: Ports, ada: Actor) -> str:
    return add_endpoint(ports, ada, "Quartz", identifier="mistral-small")


@pytest.mark.parametrize(
    ("wins", "losses", "said", "weight"),
    [
        (4, 0, "Blind marks for Mistral here: 4 of 5 marks needed.", "few"),
        (4, 1, "4 of 5 blind marks preferred Mistral here.", "backs"),
        (2, 4, "4 of 6 blind marks preferred another family to Mistral here.", "contradicts"),
    ],
)
def test_marks_count_from_five_on(
    window_of: OpenWindow, ports: Ports, ed: Actor, endpoint: str, wins: int, losses: int, said: str, weight: str
) -> None:
    marked(ports, endpoint, wins, losses)
    window = window_of(ed)
    form, page = Page(window.get(f"/endpoints/{endpoint}/edit")), Page(window.get(f"/endpoints/{endpoint}"))
    assert said in form.words("choice")
    assert f'data-weight="{weight}"' in form.text
    assert said in page.words("marks")
    assert "General Chat" in page.words("marks")


def test_marks_between_two_endpoints_say_nothing_of_a_family(
    window_of: OpenWindow, ports: Ports, ed: Actor, endpoint: str
) -> None:
    marked(ports, endpoint, 6, other=add_endpoint(ports, ed, "Other"))
    window = window_of(ed)
    assert Page(window.get(f"/endpoints/{endpoint}")).words("marks") == ""
    assert "blind marks" not in Page(window.get(f"/endpoints/{endpoint}/edit")).words("choice")


def test_a_new_endpoint_is_told_of_marks_with_its_model(
    window_of: OpenWindow, ports: Ports, ed: Actor, endpoint: str
) -> None:
    marked(ports, endpoint, 5)
    values = {"platform": "openai_compatible", "server": "vllm", "identifier": "mistral-small", "model": MODEL}
    page = Page(window_of(ed).post("/endpoints/draft/form", data=values))
    assert "5 of 5 blind marks preferred Mistral with this model." in page.words("choice")
    other = Page(window_of(ed).post("/endpoints/draft/form", data={**values, "model": "", "identifier": "mistral-x"}))
    assert "blind marks" not in other.words("choice")


def test_who_may_not_try_is_offered_nothing(
    window_of: OpenWindow, ports: Ports, vi: Actor, ed: Actor, endpoint: str
) -> None:
    marked(ports, endpoint, 5)
    assert not [each for each in Page(window_of(vi).get(f"/endpoints/{endpoint}")).links() if "/tries" in each]
    assert f"/tries/new?endpoint={endpoint}" in Page(window_of(ed).get(f"/endpoints/{endpoint}")).links()
