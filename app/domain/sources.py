"""Where a fact comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A document by title, the GitLab version it describes ("" where it is our own rule), and its public page."""

    title: str
    version: str
    page: str = ""
