"""Reading an instance: what is kept of it, and that half a reading changes nothing that was known."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from app.clients.gitlab.client import Instance
from app.domain.instance import Actual
from app.domain.instance_troubles import InstanceError
from app.lib import urls
from app.models.instance import FeatureWay, InstanceFeatureRow, InstanceLink, InstanceModelRow
from app.queries.instance import Reading, actual_in, features_there, reading
from app.services import instance_choices, instance_reads
from app.services.instance_reads import NotConnected
from app.services.ports import Ports
from tests.fakes.gitlab.faults import Kind
from tests.fakes.gitlab.server import GitLabServer
from tests.fixtures.instance import Sync, connected, in_step, links_of, only_19

pytestmark = only_19


def known(ports: Ports) -> Reading:
    return reading(ports.store, instance_reads.url_of(ports))


def actual(ports: Ports) -> Actual | None:
    with ports.store.read() as session:
        return actual_in(session, instance_reads.url_of(ports))


def who(ports: Ports, model: str) -> str | None:
    with ports.store.read() as session:
        return session.scalar(select(InstanceModelRow.changed_by).where(InstanceModelRow.name == model))


def furnished(gitlab: GitLabServer) -> None:
    """Two pages of models, and a feature that is given one."""
    gitlab.state.page_size = 2
    for number in range(3):
        gitlab.state.add_model(f"Model {number}", identifier=f"custom_openai/m{number}")
    gitlab.state.assign("duo_chat", "self_hosted", gitlab.state.model("Model 1"))


def test_all_of_it_is_put_on_record(sync: Sync, gitlab: GitLabServer) -> None:
    furnished(gitlab)
    assert sync.read().state == "done"
    found, about = actual(sync.ports), known(sync.ports)
    assert found is not None
    assert {each.values.name for each in found.models} == {"Model 0", "Model 1", "Model 2"}
    assert next(each for each in found.features if each.name == "duo_chat").model_name == "Model 1"
    assert (about.code, about.about["version"], about.about["is_admin"]) == ("", "19.2.1-ee", True)
    assert about.read_at == about.tried_at is not None
    assert gitlab.state.token_reads == []


@pytest.mark.parametrize(
    ("kind", "operation", "nth", "code"),
    [
        (Kind.UNAVAILABLE, "aiSelfHostedModels", 2, "unavailable"),
        (Kind.PARTIAL, "aiSelfHostedModels", 1, "incomplete"),
        (Kind.PARTIAL, "aiSelfHostedModels", 2, "incomplete"),
        (Kind.PARTIAL, "aiFeatureSettings", 1, "incomplete"),
        (Kind.MORE_PROMISED, "aiSelfHostedModels", 2, "incomplete"),
        (Kind.FIELD_TIMEOUT, "aiFeatureSettings", 1, "incomplete"),
        (Kind.TRUNCATED, "aiSelfHostedModels", 2, "unreachable"),
        (Kind.PROXY_PAGE, "aiSelfHostedModels", 2, "not_gitlab"),
        (Kind.SIGN_IN_REDIRECT, "__type", 1, "sign_in_page"),
    ],
)
def test_half_a_reading_deletes_and_changes_nothing_and_says_why(
    sync: Sync, gitlab: GitLabServer, kind: Kind, operation: str, nth: int, code: str
) -> None:
    furnished(gitlab)
    in_step(sync)
    before, links = actual(sync.ports), links_of(sync.ports.store).keys()
    gitlab.state.add_model("Model 4")
    gitlab.faults.add(kind, operation, nth, None)
    gitlab.faults.add(kind, "__schema", nth, None)
    mutations = len(gitlab.state.mutations)
    runs = [sync.read(), sync.apply()]
    assert [(each.state, each.code, each.total) for each in runs] == [("failed", code, 0)] * 2
    assert len(gitlab.state.mutations) == mutations
    assert actual(sync.ports) == before
    assert links_of(sync.ports.store).keys() == links
    assert known(sync.ports).code == code
    gitlab.faults.clear()
    assert sync.read().state == "done"
    assert known(sync.ports).code == ""


def test_null_in_place_of_the_lists_is_no_empty_instance(sync: Sync, gitlab: GitLabServer) -> None:
    furnished(gitlab)
    sync.read()
    before = actual(sync.ports)
    gitlab.state.licensed = False
    run = sync.read()
    assert (run.state, run.code) == ("failed", "no_licence")
    assert actual(sync.ports) == before


@pytest.mark.parametrize("path", ["/metadata", "/license", "/audit_events", "duoSettings"])
def test_what_gitlab_tells_beside_its_models_hinders_no_reading(sync: Sync, gitlab: GitLabServer, path: str) -> None:
    furnished(gitlab)
    gitlab.faults.add(Kind.INTERNAL, path, 1, None)
    assert sync.read().state == "done"
    found = actual(sync.ports)
    assert found is not None
    assert len(found.models) == 3


def test_a_name_within_another_one_does_not_mix_up_who_changed_what(sync: Sync, gitlab: GitLabServer) -> None:
    state = gitlab.state
    short, long = state.add_model("Mistral"), state.add_model("My Mistral")
    sync.read()
    state.change(long, author="Olga", identifier="custom_openai/other")
    state.assign("duo_chat_explain_code", "disabled", author="Olga")
    sync.read()
    assert (who(sync.ports, "Mistral"), who(sync.ports, "My Mistral")) == ("", "Olga")
    features = features_there(sync.ports.store)
    assert (features["duo_chat"].changed_by, features["duo_chat_explain_code"].changed_by) == ("", "Olga")
    state.change(short, author="Paul", identifier="custom_openai/third")
    sync.read()
    assert (who(sync.ports, "Mistral"), who(sync.ports, "My Mistral")) == ("Paul", "Olga")


def test_who_changed_it_is_known_until_it_changes_again(sync: Sync, gitlab: GitLabServer) -> None:
    model = gitlab.state.add_model("Mistral")
    sync.read()
    gitlab.state.change(model, author="Olga", identifier="custom_openai/other")
    sync.read()
    gitlab.state.audit.clear()
    sync.read()
    assert who(sync.ports, "Mistral") == "Olga"
    gitlab.state.change(model, author="", identifier="custom_openai/third")
    sync.read()
    assert who(sync.ports, "Mistral") == ""


def test_a_model_that_was_deleted_there_is_made_anew(sync: Sync, gitlab: GitLabServer) -> None:
    endpoint_id = in_step(sync)
    before = [*links_of(sync.ports.store)]
    gitlab.state.remove(gitlab.state.model("Mistral"))
    sync.read()
    assert [*links_of(sync.ports.store)] == before, "GitLab may hide it, which looks the same"
    assert sync.apply().state == "done"
    (link,) = links_of(sync.ports.store).values()
    assert (link.subject, link.model_id) == (f"endpoint:{endpoint_id}", gitlab.state.model("Mistral").gid)


def test_under_another_address_nothing_that_was_known_counts(sync: Sync) -> None:
    in_step(sync)
    instance_choices.set_scope(sync.ports, sync.actor, "serving")
    with GitLabServer("18.9") as other:
        moved = replace(sync, ports=connected(sync.ports, other))
        assert actual(moved.ports) is None
        assert known(moved.ports) == Reading(instance_reads.url_of(moved.ports))
        other.faults.add(Kind.UNAVAILABLE, "", 1, None)
        moved.read()
        with moved.ports.store.read() as session:
            for table in (InstanceModelRow, InstanceFeatureRow, InstanceLink):
                assert session.scalar(select(func.count()).select_from(table)) == 0
            assert set(session.scalars(select(FeatureWay.agreed))) <= {""}
        now = known(moved.ports)
        assert (now.read_at, now.shape, now.about["version"], now.code) == (None, None, "", "unavailable")
        other.faults.clear()
        assert moved.apply().state == "done"
        assert other.state.model("Mistral")
    assert known(moved.ports).scope == "serving", "what somebody decided here is no knowledge of the former"


def test_without_an_instance_nothing_is_read(sync: Sync) -> None:
    alone = replace(sync.ports, instance=None)
    with pytest.raises(NotConnected):
        instance_reads.read(alone)
    assert instance_reads.url_of(alone) == ""


def test_a_host_that_is_not_gitlab_gets_no_second_try_elsewhere(sync: Sync, gitlab: GitLabServer) -> None:
    gitlab.faults.add(Kind.REDIRECT, "", 1, None, to="https://elsewhere.example/")
    with pytest.raises(InstanceError) as caught:
        instance_reads.read(sync.ports)
    assert caught.value.code == "redirected"


def test_another_token_is_refused_and_told(sync: Sync, gitlab: GitLabServer) -> None:
    wrong = Instance(urls.parse(gitlab.url), "glpat-another-0123456789")
    run = replace(sync, ports=replace(sync.ports, instance=wrong)).read()
    assert (run.state, run.code) == ("failed", "token_refused")
