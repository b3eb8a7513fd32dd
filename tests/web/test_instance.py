"""The page of the GitLab instance: what it says of what was read, and what it lets whom do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.data.facts import Facts
from app.domain.roles import Actor
from app.queries.instance import Reading, reading, ways
from app.services import instance_runs
from app.services.ports import Ports
from app.web import instance_pages
from app.web.instance_concerns import concerns
from tests.fakes.gitlab.server import GitLabServer
from tests.fakes.gitlab.state import State
from tests.fixtures.connected import AT_WORK, Desk, desk, gitlab, settings, silent, sync
from tests.fixtures.instance import in_step
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow
from tests.fixtures.statements import statements
from tests.fixtures.stock import add_endpoint, assign, audit_rows
from tests.house.test_forms import CHECKS

__all__ = ["desk", "gitlab", "settings", "sync"]
RUDE = '</td><script>alert(1)</script><b hx-get="/x">"><img src=x onerror="alert(2)">\'onclick=\'alert(3)'


def test_before_the_first_reading_there_is_one_button(desk: Desk, window_of: OpenWindow, vi: Actor) -> None:
    page = desk.page()
    assert "GitLab was not read yet" in page.words("instance")
    assert page.links().count("/instance/read") == 1
    shown = Page(window_of(vi).get("/instance"))
    assert "An admin can read it." in shown.words("instance")
    assert "/instance/read" not in shown.links()


def test_reading_is_watched_and_then_the_page_is_drawn_anew(desk: Desk, gitlab: GitLabServer) -> None:
    with silent(gitlab):
        begun = desk.window.post("/instance/read", fragment=True)
    assert (begun.status_code, AT_WORK in begun.text) == (200, True)
    address = Page(begun).by_id("run").get("hx-get", "")
    assert address.endswith("?on=instance")
    desk.page()
    over = desk.window.get(address, fragment=True)
    assert (over.headers["HX-Retarget"], over.headers["HX-Reswap"]) == ("#instance", "outerHTML")
    assert AT_WORK not in over.text
    assert "19.2.1-ee" in Page(over).words("facts")


def test_without_a_script_a_button_leads_back(desk: Desk) -> None:
    answer = desk.window.post("/instance/read")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/instance")
    assert "Read just now" in desk.page().words("facts")


def test_the_facts_are_gitlabs_own(desk: Desk, gitlab: GitLabServer) -> None:
    desk.read()
    page = desk.page()
    told = page.words("facts")
    said = (gitlab.url, "spoken to as GitLab 19", "Ultimate", "GitLab_DuoEnterprise", "root, an administrator", "api")
    assert [each for each in said if each not in told] == []
    assert gitlab.url in page.links()
    assert "Local AI Gateway URL http://gateway:5052" in page.words("duo")
    assert "AI Gateway request timeout 60 s" in page.words("duo")


def reads_only(state: State) -> None:
    state.scopes = ("read_api",)


def expired(state: State) -> None:
    state.licence["expired"] = True


def no_add_on(state: State) -> None:
    state.licence["add_ons"] = {"GitLab_FileLocks": 1}


def no_beta(state: State) -> None:
    state.beta = False


CONCERNS = [
    (reads_only, "Its scope is read_api: it can read GitLab and change nothing."),
    (expired, "GitLab's licence has expired"),
    (no_add_on, "The licence names no GitLab Duo add-on"),
    (no_beta, "Beta features seem to be switched off in GitLab"),
]


@pytest.mark.parametrize(("spoil", "said"), CONCERNS)
def test_what_stands_in_the_way_is_said(
    desk: Desk, gitlab: GitLabServer, spoil: Callable[[State], None], said: str
) -> None:
    desk.read()
    assert said not in desk.page().words("reading")
    spoil(gitlab.state)
    desk.read()
    assert said in desk.page().words("reading")


@pytest.mark.parametrize(("is_admin", "said"), [(True, False), (None, True), (False, True)])
def test_a_token_that_is_no_administrators_is_said(facts: Facts, is_admin: bool | None, said: bool) -> None:
    known = Reading(about={"account": "bob", "is_admin": is_admin})
    titles = [each.title for each in concerns(known, {}, {}, facts, date(2026, 1, 1))]
    assert ("The token is not an administrator's" in titles) is said


@pytest.mark.parametrize(("days", "said"), [(29, True), (31, False)])
def test_a_token_that_ends_soon_is_warned_of(desk: Desk, gitlab: GitLabServer, days: int, said: bool) -> None:
    day = (desk.sync.ports.clock() + timedelta(days=days)).date()
    gitlab.state.token_expires = day.isoformat()
    desk.read()
    assert ("The token ends on" in desk.page().words("reading")) is said


def test_a_choice_for_a_feature_that_gitlab_hides_is_named(desk: Desk, gitlab: GitLabServer, ada: Actor) -> None:
    endpoint = add_endpoint(desk.sync.ports, ada)
    assign(desk.sync.ports, ada, "duo_chat_troubleshoot_job", endpoint)
    gitlab.state.beta = False
    desk.read()
    said = desk.page().words("reading")
    assert "which cannot be brought to GitLab" in said
    assert "Without a setting in GitLab Root Cause Analysis No setting" in said


def test_a_failure_says_what_happened_and_what_to_do(desk: Desk, gitlab: GitLabServer) -> None:
    gitlab.faults.add("sign_in_page", times=None)
    assert desk.read().state == "failed"
    assert "leads to a sign-in page" in desk.page().words("failure")
    assert "GitLab was not read yet" in desk.page().words("instance")
    gitlab.faults.clear()
    desk.read()
    gitlab.faults.add("sign_in_page", times=None)
    desk.read()
    said = desk.page().words("reading")
    assert "pass /api through" in said
    assert "What is shown is from the reading before." in said


def test_features_stand_side_by_side(desk: Desk, gitlab: GitLabServer, ada: Actor) -> None:
    endpoint = add_endpoint(desk.sync.ports, ada)
    assign(desk.sync.ports, ada, "duo_chat", endpoint)
    desk.read()
    page = desk.page()
    assert page.words("f-duo_chat").startswith("General Chat No model Mistral Differs Direct")
    assert "GitLab keeps what it has" in page.words("f-code_completions")
    assert "security_review" in page.words("unknown")
    desk.sync.apply()
    assert "Mistral Mistral In step" in desk.page().words("f-duo_chat")
    other = gitlab.state.add_model("theirs")
    gitlab.state.assign("duo_chat", "self_hosted", other, author="Bob Builder")
    desk.read()
    said = desk.page().words("f-duo_chat")
    assert "theirs Mistral Differs" in said
    assert "It was changed in GitLab by Bob Builder, just now ." in said
    gitlab.faults.add("unavailable", times=None)
    desk.read()
    assert "Unknown" in desk.page().words("f-duo_chat")


def test_the_way_is_an_admins_choice(desk: Desk, window_of: OpenWindow, ada: Actor, ed: Actor) -> None:
    ports = desk.sync.ports
    assign(ports, ada, "duo_chat", add_endpoint(ports, ada))
    desk.read()
    answer = desk.window.post("/instance/features/duo_chat/way", data={"way": "through"}, fragment=True)
    assert Page(answer).value("way") == "through"
    assert "from the next plan on" in answer.headers["HX-Trigger"]
    assert (ways(ports.store), len(audit_rows(ports.store, "feature:way"))) == ({"duo_chat": "through"}, 1)
    back = desk.window.post("/instance/features/duo_chat/way", data={"way": "direct"})
    assert back.headers["Location"] == "/instance#f-duo_chat"
    assert desk.window.post("/instance/features/duo_chat/way", data={"way": "astray"}).status_code == 422
    assert desk.window.post("/instance/features/nothing/way", data={"way": "direct"}).status_code == 404
    editor = window_of(ed)
    assert "Direct" in Page(editor.get("/instance")).words("f-duo_chat")
    assert editor.post("/instance/features/duo_chat/way", data={"way": "through"}).status_code == 403


def test_what_gitlab_is_told_of_is_an_admins_choice(desk: Desk, vi: Actor, window_of: OpenWindow, ada: Actor) -> None:
    ports = desk.sync.ports
    add_endpoint(ports, ada)
    desk.read()
    assert Page(desk.window.get("/instance")).value("scope") == "all"
    assert len(desk.sync.plan().actions) == 1
    answer = desk.window.post("/instance/scope", data={"scope": "serving"}, fragment=True)
    assert Page(answer).value("scope") == "serving"
    assert desk.sync.plan().is_empty
    assert desk.window.post("/instance/scope", data={"scope": "some"}).status_code == 422
    assert "Those that serve a feature." in Page(window_of(vi).get("/instance")).words("scope")


def test_models_are_searched_and_paged(desk: Desk, gitlab: GitLabServer, ada: Actor) -> None:
    for number in range(30):
        gitlab.state.add_model(f"theirs {number:02}")
    add_endpoint(desk.sync.ports, ada, "Ours")
    desk.read()
    desk.sync.apply()
    page = desk.page()
    assert "Page 1 of 2, 31 models." in page.words("models")
    assert "http://models.internal/v1 None Only in GitLab" in page.words("models")
    assert "theirs 29" in desk.page("/instance?page=2").words("models")
    found = desk.window.get("/instance?q=OURS+served", headers={"HX-Target": "div#models-rows"}, fragment=True)
    assert Page(found).words("models-rows").endswith("None Ours 1 of 31 models.")
    assert found.headers["HX-Replace-Url"] == "/instance?q=OURS+served"
    assert "No model in GitLab fits “%_”" in desk.page("/instance?q=%25_").words("models")


def test_a_search_stays_while_something_else_is_chosen(desk: Desk, gitlab: GitLabServer) -> None:
    for name in ("alpha", "beta"):
        gitlab.state.add_model(name)
    desk.read()
    headers = {"HX-Current-URL": f"{desk.window.origin}/instance?q=beta"}
    answer = desk.window.post("/instance/scope", data={"scope": "serving"}, fragment=True, headers=headers)
    page = Page(answer)
    assert (page.value("q"), "alpha" in page.words("models")) == ("beta", False)


def test_the_health_check_is_run_from_here(desk: Desk, gitlab: GitLabServer) -> None:
    desk.read()
    gitlab.state.health[1] |= {"success": False, "message": "gateway unreachable."}
    with silent(gitlab):
        begun = desk.window.post("/instance/health", fragment=True)
    assert AT_WORK in begun.text
    said = desk.page().words("health")
    assert "Self hosted AI Gateway URL is set to URL http://gateway:5052 : passed" in said
    assert "gateway unreachable. : failed host_probe" in said


@pytest.mark.parametrize("path", ["/instance/read", "/instance/health"])
def test_while_another_run_is_at_work_it_is_told_at_the_place(desk: Desk, ed: Actor, path: str) -> None:
    desk.read()
    run_id = instance_runs.begin(desk.sync.ports, ed, instance_runs.APPLY)
    for fragment in (True, False):
        answer = desk.window.post(path, fragment=fragment)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
        said = Page(answer).words("instance")
        assert "GitLab is being changed just now, begun by Ed Editor. Wait for its end." in said
        assert f"/instance/runs/{run_id}" in Page(answer).links()


def test_a_call_to_take_over_stands_where_there_is_something(
    desk: Desk, gitlab: GitLabServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gitlab.state.add_model("theirs")
    desk.read()
    monkeypatch.setattr(instance_pages, "TAKING_OVER", "nobody.registered.it")
    assert "models that nothing here accounts for" not in desk.page().words("reading")
    monkeypatch.setattr(instance_pages, "TAKING_OVER", "help.index")
    page = desk.page()
    assert "GitLab has models that nothing here accounts for" in page.words("reading")
    assert "/help" in page.links()


def test_markup_from_gitlab_stays_text(desk: Desk, gitlab: GitLabServer) -> None:
    in_step(desk.sync)
    gitlab.state.assign("code_completions", "disabled", author=f"Bob {RUDE}")
    gitlab.state.add_model(f"name {RUDE}", identifier=f"custom_openai/{RUDE}", endpoint=f"http://x/{RUDE}")
    model = gitlab.state.add_model(f"given {RUDE}", author=f"Bob {RUDE}")
    gitlab.state.assign("duo_chat", "self_hosted", model, author=f"Bob {RUDE}")
    feature = gitlab.state.features["code_completions"]
    gitlab.state.features["code_completions"] = replace(feature, title=f"title {RUDE}")
    gitlab.state.account = replace(gitlab.state.account, username=f"root {RUDE}", name=f"root {RUDE}")
    gitlab.state.health[0]["message"] = RUDE
    gitlab.state.duo["aiGatewayUrl"] = RUDE
    gitlab.state.version = RUDE
    run = desk.read()
    desk.window.post("/instance/health")
    shown = ""
    for path in ("/instance", "/instance/plan", "/instance/plan?delete=y&many=y", f"/instance/runs/{run.id}", "/"):
        page = desk.page(path)
        shown += page.words("main")
        inside = list(page.by_id("main").iter())
        assert not [each for each in inside if each.tag in ("script", "img") or each.get("hx-get") == "/x"], path
        assert not [name for each in inside for name in each.attrib if name.startswith("on")], path
        assert "<img src=x" not in page.text, path
    for said in ("given", "name", "title", "root", "Bob"):
        assert f"{said} {RUDE}" in shown, said


def test_every_page_is_whole(desk: Desk, gitlab: GitLabServer, ada: Actor, window_of: OpenWindow, vi: Actor) -> None:
    ports = desk.sync.ports
    assign(ports, ada, "duo_chat", add_endpoint(ports, ada, api_key="sk-1"))
    add_endpoint(ports, ada, "theirs")
    gitlab.state.add_model("theirs", family="claude_3")
    desk.read()
    run_id = desk.sync.apply().id
    add_endpoint(ports, ada, "another")
    for window in (desk.window, window_of(vi)):
        for path in ("/instance", "/instance/plan", "/instance/plan?delete=y", f"/instance/runs/{run_id}"):
            page = Page(window.get(path))
            assert [f"{path}: {fault}" for check in CHECKS for fault in check(page)] == []


def test_a_viewer_is_shown_no_form_that_changes_anything(
    desk: Desk, gitlab: GitLabServer, ada: Actor, window_of: OpenWindow, vi: Actor
) -> None:
    ports = desk.sync.ports
    assign(ports, ada, "duo_chat", add_endpoint(ports, ada))
    gitlab.state.add_model("theirs")
    desk.read()
    for path in ("/instance", "/instance/plan"):
        page = Page(window_of(vi).get(path))
        actions = [each.get("action") for each in page.by_id("main").iter("form") if each.get("method") == "post"]
        assert actions == []


def test_a_form_without_its_token_changes_nothing(desk: Desk) -> None:
    desk.window.csrf_token = ""
    assert desk.window.post("/instance/read").status_code == 403
    assert desk.window.post("/instance/scope", data={"scope": "serving"}).status_code == 403
    ports = desk.sync.ports
    assert reading(ports.store, str(ports.instance.address) if ports.instance else "").read_at is None


def test_the_number_of_statements_does_not_grow(desk: Desk, gitlab: GitLabServer, ports: Ports, ada: Actor) -> None:
    desk.read()
    with statements(ports.store) as few:
        desk.page()
    endpoint = add_endpoint(ports, ada)
    for name in ("duo_chat", "code_completions", "duo_chat_fix_code"):
        assign(ports, ada, name, endpoint)
    for number in range(40):
        gitlab.state.add_model(f"theirs {number}")
    desk.read()
    with statements(ports.store) as many:
        desk.page()
    assert len(many) <= len(few) + 3
    assert len(many) < 40
