"""Stopping work from outside."""

import socket
import threading
import time

import pytest

from app.lib.cancel import Cancel, Deadline, DeadlinePassed, Stopped


def test_a_stop_is_seen_by_every_question() -> None:
    cancel = Cancel()
    cancel.check()
    assert not cancel.wait(0)
    cancel.stop()
    cancel.stop()
    assert cancel.wait(0)
    with pytest.raises(Stopped):
        cancel.check()


def test_a_stop_wakes_who_sleeps() -> None:
    cancel = Cancel()
    threading.Timer(0.1, cancel.stop).start()
    started = time.monotonic()
    assert cancel.wait(5)
    assert time.monotonic() - started < 1


def test_a_stop_wakes_who_reads_from_a_guarded_socket() -> None:
    cancel = Cancel()
    ours, theirs = socket.socketpair()
    with ours, theirs, cancel.guard(ours):
        threading.Timer(0.1, cancel.stop).start()
        assert ours.recv(1) == b""
        assert theirs.recv(1) == b""


def test_a_socket_guarded_after_the_stop_is_shut_at_once() -> None:
    cancel = Cancel()
    cancel.stop()
    ours, theirs = socket.socketpair()
    with ours, theirs, cancel.guard(ours):
        assert theirs.recv(1) == b""


def test_a_socket_that_is_no_longer_guarded_is_left_alone() -> None:
    cancel = Cancel()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with cancel.guard(ours):
            pass
        cancel.stop()
        ours.sendall(b"x")
        assert theirs.recv(1) == b"x"


def test_a_closed_socket_does_not_stop_the_stop() -> None:
    cancel = Cancel()
    ours, theirs = socket.socketpair()
    with theirs, cancel.guard(ours):
        ours.close()
        cancel.stop()
    assert cancel.stopped


def test_a_deadline_counts_down_to_nothing() -> None:
    deadline = Deadline(0.05)
    deadline.check()
    assert 0 < deadline.left() <= 0.05
    time.sleep(0.06)
    assert deadline.left() == 0
    with pytest.raises(DeadlinePassed):
        deadline.check()
