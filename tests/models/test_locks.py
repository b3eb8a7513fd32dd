"""No two locks of the database are the same."""

from app.models import locks


def test_no_two_locks_have_the_same_number() -> None:
    numbers = [value for name, value in vars(locks).items() if name.isupper()]
    assert len(set(numbers)) == len(numbers) == 4
