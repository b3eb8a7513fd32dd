"""Who is next."""

from app.jobs.lineup import Lineup


def lineup(at_once: int = 50, per_host: int = 4, **hosts: int) -> Lineup[str]:
    """A line with so many items of each host, named host-1, host-2 and so on."""
    line: Lineup[str] = Lineup(at_once, per_host)
    for host, count in hosts.items():
        for number in range(1, count + 1):
            line.add(host, f"{host}-{number}")
    return line


def taken(line: Lineup[str]) -> list[str]:
    items = []
    while item := line.take():
        items.append(item)
    return items


def test_no_more_than_so_many_are_at_work() -> None:
    line = lineup(at_once=3, a=2, b=2, c=2)
    assert len(taken(line)) == 3
    line.leave("a")
    assert len(taken(line)) == 1


def test_a_host_has_its_share_and_no_more() -> None:
    line = lineup(per_host=4, dead=100, alive=1)
    assert sorted(taken(line)) == ["alive-1", "dead-1", "dead-2", "dead-3", "dead-4"]


def test_hosts_take_turns() -> None:
    assert taken(lineup(at_once=4, a=3, b=3)) == ["a-1", "b-1", "a-2", "b-2"]


def test_a_host_with_a_free_place_goes_before_one_that_waits_for_its_own() -> None:
    line = lineup(per_host=1, a=2, b=1)
    assert taken(line) == ["a-1", "b-1"]
    line.leave("a")
    assert taken(line) == ["a-2"]


def test_who_waits_can_be_taken_out_and_who_works_cannot() -> None:
    line = lineup(per_host=1, a=2)
    assert line.take() == "a-1"
    assert not line.remove("a", "a-1")
    assert line.remove("a", "a-2")
    assert not line.remove("a", "a-2")
    line.leave("a")
    assert line.take() is None


def test_clearing_gives_back_who_still_waits() -> None:
    line = lineup(per_host=1, a=2, b=2)
    taken(line)
    assert line.clear() == ["a-2", "b-2"]
    assert line.take() is None
