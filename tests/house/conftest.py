"""The shipped facts, for every test here."""

from tests.fixtures.facts import facts

__all__ = ["facts"]
