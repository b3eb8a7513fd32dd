"""Pages of people and sessions: one's own, and everybody's for an admin."""

import pytest
from sqlalchemy import func, select

from app.domain.roles import Actor
from app.domain.tokens import TokenDraft
from app.models.sign_in import Person, SignInSession
from app.services import api_tokens
from app.services.ports import Ports
from app.web.browsers import browser_words
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window

OWN = "/settings/identity"


def person_id(ports: Ports, actor: Actor) -> str:
    with ports.store.read() as session:
        return session.execute(select(Person.id).where(Person.subject == actor.subject)).scalar_one()


def ends(window: Window, path: str) -> list[str]:
    """Where the forms lead that end one session."""
    return [each for each in Page(window.get(path)).links() if "/sessions/" in each]


def count(ports: Ports) -> int:
    with ports.store.read() as session:
        return session.execute(select(func.count()).select_from(SignInSession)).scalar_one()


def test_one_sees_ones_own_sessions_and_ends_another_one(window_of: OpenWindow, vi: Actor, ed: Actor) -> None:
    here, there, other = window_of(vi), window_of(vi), window_of(ed)
    (address,) = ends(here, OWN)
    assert Page(here.get(OWN)).words("sessions").count("This one") == 1
    assert here.post(address).status_code == 303
    assert [each.get(OWN).status_code for each in (here, there, other)] == [200, 302, 200]
    assert ends(here, OWN) == []
    assert here.post(address).status_code == 404


def test_htmx_gets_the_list_without_it(window_of: OpenWindow, vi: Actor) -> None:
    here, _ = window_of(vi), window_of(vi)
    (address,) = ends(here, OWN)
    part = here.post(address, fragment=True)
    assert (part.status_code, part.text.strip().startswith("<section"), "/end" in part.text) == (200, True, False)


def test_nobody_ends_the_session_of_another_by_the_address_of_ones_own(
    window_of: OpenWindow, vi: Actor, ed: Actor, ports: Ports
) -> None:
    window = window_of(vi)
    window_of(ed)
    with ports.store.read() as session:
        theirs = session.execute(select(SignInSession.id).where(SignInSession.subject == ed.subject)).scalar_one()
    assert window.post(f"{OWN}/sessions/{theirs}/end").status_code == 404
    assert count(ports) == 2


def test_signing_out_everywhere_ends_all_of_ones_own(window_of: OpenWindow, vi: Actor, ed: Actor, ports: Ports) -> None:
    here, there, other = window_of(vi), window_of(vi), window_of(ed)
    answer = here.post("/auth/logout", data={"everywhere": "y"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/auth/signed-out")
    assert [each.get(OWN).status_code for each in (here, there, other)] == [302, 302, 200]
    assert count(ports) == 1


@pytest.mark.parametrize("path", ["/settings/people", "/settings/people/x"])
def test_only_admins_see_people(window_of: OpenWindow, ed: Actor, ports: Ports, path: str) -> None:
    window = window_of(ed)
    assert window.get(path).status_code == 403
    for act in ("end", "sessions/x/end"):
        assert window.post(f"/settings/people/{person_id(ports, ed)}/{act}").status_code == 403


def test_an_admin_ends_one_session_then_all_and_the_tokens(
    window_of: OpenWindow, ada: Actor, ed: Actor, ports: Ports
) -> None:
    admin, first, second = window_of(ada), window_of(ed), window_of(ed)
    token = api_tokens.create(ports, ed, TokenDraft("ci", "viewer"))
    path = f"/settings/people/{person_id(ports, ed)}"
    assert f'href="{path}"' in admin.get("/settings/people?q=ed").text
    assert "ci (viewer)" in admin.get(path).text
    assert admin.post(ends(admin, path)[0], fragment=True).status_code == 200
    assert sorted(each.get(OWN).status_code for each in (first, second)) == [200, 302]
    assert admin.post(f"{path}/end", data={"tokens": "y"}).headers["Location"] == path
    assert {each.get(OWN).status_code for each in (first, second)} == {302}
    page = admin.get(path).text
    assert ("No session is open." in page, "ci (viewer)" in page) == (True, False)
    assert token.text
    assert admin.get(OWN).status_code == 200


def test_what_is_not_there_is_not_found(window_of: OpenWindow, ada: Actor) -> None:
    window = window_of(ada)
    assert window.get("/settings/people/nobody").status_code == 404
    assert "Nobody fits" in window.get("/settings/people?q=zzz&page=-3").text
    assert window.get("/settings/people?page=99999999999999").status_code == 200


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 26_2 like Mac OS X) Version/26.2 Safari/604.1", "Safari on iOS"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:148.0) Gecko/20100101 Firefox/148.0", "Firefox on macOS"),
        ("curl/8.1", "curl/8.1"),
        ("x" * 300, "x" * 60),
        ("", "A browser that does not say"),
    ],
)
def test_a_browser_in_words(user_agent: str, words: str) -> None:
    assert browser_words(user_agent) == words
