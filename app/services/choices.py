"""What an endpoint's fields are checked against: the shipped facts, and the models that people added."""

from collections.abc import Mapping

from app.domain.platforms import Platform
from app.queries import catalogue
from app.services.ports import Ports


class Choices:
    """See app.domain.endpoints.Choices."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    @property
    def platforms(self) -> Mapping[str, Platform]:
        """The platforms by slug."""
        return self._ports.facts.platforms

    def platform_problem(self, slug: str) -> str | None:
        """Why a platform cannot be chosen, else None."""
        return self._ports.facts.platform_problem(slug)

    def server_problem(self, platform: str, slug: str) -> str | None:
        """Why a server does not go with a platform, else None."""
        return self._ports.facts.server_problem(platform, slug)

    def family_problem(self, slug: str) -> str | None:
        """Why a family cannot be chosen, else None."""
        return self._ports.facts.family_problem(slug)

    def model_problem(self, name: str) -> str | None:
        """Why a catalogue model cannot be chosen, else None."""
        problem = self._ports.facts.model_problem(name)
        return None if problem and catalogue.has_model(self._ports.store, name) else problem
