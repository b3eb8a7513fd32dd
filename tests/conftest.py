"""What every test may ask for; each module of fixtures says what it brings."""

import gc
from collections.abc import Callable

import pytest

# A module stands after those it imports.
pytest_plugins = [
    "tests.fixtures.network",
    "tests.fixtures.facts",
    "tests.fixtures.servers",
    "tests.fixtures.gateways",
    "tests.fixtures.databases",
    "tests.fixtures.browsers",
    "tests.fixtures.portal",
    "tests.fixtures.api",
    "tests.fixtures.commands",
    "tests.fixtures.instance",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long` runs soak tests with their full counts; a tenth is the rule."""
    parser.addoption("--long", action="store_true", help="run soak tests with their full counts")


def pytest_collection_finish() -> None:
    """Spare the garbage collector the tests themselves, which stay until the end: that was an eighth of the work."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def soak(pytestconfig: pytest.Config) -> Callable[[int], int]:
    """`soak(1000)` is the count with `--long`, and a tenth of it without."""
    long = pytestconfig.getoption("--long")
    return lambda count: count if long else max(1, count // 10)
