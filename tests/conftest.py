"""What every test may ask for; each module of fixtures says what it brings."""

# A module stands after those it imports.
pytest_plugins = [
    "tests.fixtures.network",
    "tests.fixtures.facts",
    "tests.fixtures.servers",
    "tests.fixtures.databases",
    "tests.fixtures.browsers",
    "tests.fixtures.portal",
]
