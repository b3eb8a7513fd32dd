"""The search for cycles is off only for as long as somebody asked for, and is left alone where it is off anyway."""

import gc

import pytest

from app.lib import cycles


def test_it_is_put_on_again_by_the_one_who_put_it_off() -> None:
    with cycles.unsearched():
        with cycles.unsearched():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_is_put_on_again_after_a_failure() -> None:
    with pytest.raises(KeyError), cycles.unsearched():
        raise KeyError
    assert gc.isenabled()
