"""Ports without a portal, for every test here."""

from tests.fixtures.bare import ports

__all__ = ["ports"]
