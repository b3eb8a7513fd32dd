"""What every test may ask for; each module of fixtures says what it brings."""

pytest_plugins = [
    "tests.fixtures.network",
    "tests.fixtures.databases",
    "tests.fixtures.servers",
    "tests.fixtures.browsers",
]
