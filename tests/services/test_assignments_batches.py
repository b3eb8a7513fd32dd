"""Several features at once: all or none, previewed, replaced everywhere."""

from dataclasses import replace

import pytest

from app.domain.errors import AcknowledgementRequired, Conflict, Invalid, NotFound, Unsuitable
from app.domain.roles import Actor
from app.queries import assignments as query
from app.services import assignments
from app.services.assignments import Change, Link, State
from app.services.ports import Ports
from tests.fixtures.stock import UNLISTED, acknowledgements, add_endpoint, assign, audit_rows, ready, uses

CHAT, FIX, REVIEW = "duo_chat", "duo_chat_fix_code", "review_merge_request"
BOTH = (CHAT, FIX)


def wanted(chosen: str, *features: str, version: int | None = 0, acknowledged: bool = False) -> list[Change]:
    return [Change(each, version, State.ENDPOINT, chosen, acknowledged) for each in features]


def test_a_batch_leaves_one_audit_row_for_each_feature(ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    ready(ports, chosen)
    assert assignments.apply(ports, ada, wanted(chosen, *BOTH)).done == BOTH
    assert [row.object_id for row in audit_rows(ports.store)] == list(BOTH)


def test_one_that_does_not_suit_is_named_and_nothing_is_written(ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    ready(ports, chosen)
    ready(ports, chosen, "no", FIX)
    with pytest.raises(Unsuitable) as refusal:
        assignments.apply(ports, ada, wanted(chosen, *BOTH))
    assert refusal.value.fields["features"] == ("Fix Code: Will not work. Said to be no.",)
    assert (query.serving(ports.store), audit_rows(ports.store)) == ({}, [])


def test_the_rest_is_done_when_it_is_asked_for(ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    ready(ports, chosen, "works", CHAT)
    applied = assignments.apply(ports, ada, wanted(chosen, *BOTH), only_suiting=True)
    assert (applied.done, applied.left_out[0][0], set(query.serving(ports.store))) == ((CHAT,), FIX, {CHAT})


def test_what_is_wrong_counts_as_left_out_too(ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    ready(ports, chosen)
    changes = [*wanted(chosen, CHAT), *wanted("nowhere", FIX)]
    with pytest.raises(Unsuitable, match="Nothing was changed"):
        assignments.apply(ports, ada, changes)
    applied = assignments.apply(ports, ada, changes, only_suiting=True)
    assert applied.left_out == ((FIX, "Choose one of the listed endpoints."),)


def test_one_confirmation_covers_what_a_batch_lists(ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada, **UNLISTED)
    ready(ports, chosen)
    with pytest.raises(AcknowledgementRequired):
        assignments.apply(ports, ada, wanted(chosen, *BOTH))
    assert query.serving(ports.store) == {}
    assignments.apply(ports, ada, wanted(chosen, *BOTH, acknowledged=True))
    assert acknowledgements(ports.store) == 2


def test_a_stale_feature_stops_the_whole_batch_and_is_shown(ports: Ports, ada: Actor) -> None:
    first, second = add_endpoint(ports, ada, "first"), add_endpoint(ports, ada, "second")
    ready(ports, second)
    assign(ports, ada, CHAT, first)
    with pytest.raises(Conflict) as conflict:
        assignments.apply(ports, replace(ada, name="Bea"), wanted(second, *BOTH))
    assert [(each.feature, each.endpoint_name) for each in conflict.value.theirs] == [(CHAT, "first")]
    assert set(query.serving(ports.store)) == {CHAT}
    assert assignments.apply(ports, ada, wanted(second, *BOTH, version=None)).done == BOTH


def test_a_feature_named_twice_or_unknown_is_refused(ports: Ports, ada: Actor) -> None:
    with pytest.raises(Invalid, match="another look") as refusal:
        assignments.apply(ports, ada, wanted("x", CHAT, CHAT))
    assert refusal.value.fields["features"] == ("Name each feature once: General Chat.",)
    with pytest.raises(NotFound):
        assignments.apply(ports, ada, wanted("x", "duo_chess"))


def test_a_preview_tells_all_and_writes_nothing(ports: Ports, ada: Actor) -> None:
    good, weak = add_endpoint(ports, ada, "good"), add_endpoint(ports, ada, "weak", **UNLISTED)
    ready(ports, good)
    assign(ports, ada, CHAT, good)
    one, other = assignments.preview(ports, wanted(weak, *BOTH))
    assert one.worse == (
        "The tier falls from supported to other.",
        "Readiness goes from “Works” to “Not judged”.",
    )
    assert one.unfit.startswith("Not judged.")
    assert (one.notice != "", other.before.state, uses(ports.store, CHAT)) == (True, "unassigned", ["good"])


def test_a_preview_names_who_took_note_last(ports: Ports, ada: Actor) -> None:
    weak = add_endpoint(ports, ada, "weak", **UNLISTED)
    assign(ports, ada, CHAT, weak)
    (same,) = assignments.preview(ports, wanted(weak, CHAT))
    assert same.after.first is not None
    assert same.after.first.given is not None
    assert (same.after.first.given.person, same.due, same.changes) == ("Ada Admin", (), False)


def test_a_preview_of_what_cannot_be_done_says_why(ports: Ports) -> None:
    (found,) = assignments.preview(ports, wanted("nowhere", CHAT))
    assert (found.unfit, found.changes) == ("Choose one of the listed endpoints.", False)


def test_a_replacement_takes_every_place_in_one_step(ports: Ports, ada: Actor) -> None:
    old, new, third = (add_endpoint(ports, ada, name) for name in ("old", "new", "third"))
    assign(ports, ada, CHAT, old)
    for feature, first, behind in ((FIX, third, (old,)), (REVIEW, old, (new, third))):
        links = tuple(Link(each) for each in behind)
        assignments.change(ports, ada, Change(feature, 0, State.ENDPOINT, first, True, fallbacks=links))
    before = len(audit_rows(ports.store))
    assert len(assignments.moving(ports, old, new)) == 3
    assert set(assignments.replace(ports, ada, old, new, acknowledged=False).done) == {CHAT, FIX, REVIEW}
    assert [uses(ports.store, each) for each in (CHAT, FIX, REVIEW)] == [["new"], ["third", "new"], ["new", "third"]]
    assert len(audit_rows(ports.store)) == before + 3


def test_a_replacement_below_supported_is_acknowledged_first(ports: Ports, ada: Actor) -> None:
    old, weak = add_endpoint(ports, ada, "old"), add_endpoint(ports, ada, "weak", **UNLISTED)
    assign(ports, ada, CHAT, old)
    with pytest.raises(AcknowledgementRequired):
        assignments.replace(ports, ada, old, weak, acknowledged=False)
    assert uses(ports.store, CHAT) == ["old"]
    assignments.replace(ports, ada, old, weak, acknowledged=True)
    assert (uses(ports.store, CHAT), acknowledgements(ports.store)) == (["weak"], 1)


def test_what_cannot_replace_is_told_at_its_field(ports: Ports, ada: Actor) -> None:
    old = add_endpoint(ports, ada)
    for new, words in (("nowhere", "Choose one of the listed"), (old, "another endpoint")):
        with pytest.raises(Invalid) as refusal:
            assignments.replace(ports, ada, old, new, acknowledged=True)
        assert words in refusal.value.fields["replacement_id"][0]
    with pytest.raises(NotFound):
        assignments.replace(ports, ada, "gone", old, acknowledged=True)
