"""Taking over what GitLab has: what there is, what is wanted of it, what came of it."""

from typing import Literal

from pydantic import Field

from app.api.bodies.common import Id, Plain, Taken, Told
from app.domain.planning import told
from app.domain.taking_over import Found
from app.queries.taking_over import KeyMissing, Offer
from app.services.taking_over import TakenOver, Wish

MatchWord = Literal["linked", "same", "place", "name", "new", "ours", "twice"]


class OfferedModel(Told):
    """One model in GitLab, and the endpoint that it is or may be: `linked` with it, the `same`, the same `place` or
    the same `name`, `new`, `ours` where it leads to Modelport, `twice` where its name is another one's as well.
    """

    model_id: str
    name: str
    identifier: str
    has_key: bool
    match: MatchWord
    endpoint_id: str | None
    differing: list[str] = Field(description="Fields in which the two differ.")
    platform: str
    base_url: str
    family: str
    note: str

    @classmethod
    def of(cls, found: Found) -> "OfferedModel":
        """One of the offer as it is answered."""
        plain = ("differing", "platform", "base_url", "family", "note")
        return cls(
            model_id=found.model.id,
            name=found.model.values.name,
            identifier=found.model.values.identifier,
            has_key=found.model.has_key,
            match=found.match.value,
            endpoint_id=found.endpoint_id or None,
            **{name: getattr(found, name) for name in plain},
        )


class OfferedFeature(Told):
    """What GitLab gives a feature that nobody touched here."""

    name: str
    given: str


class OfferAnswer(Told):
    """What there is to take over, by the last complete reading."""

    models: list[OfferedModel]
    features: list[OfferedFeature]

    @classmethod
    def of(cls, offered: Offer) -> "OfferAnswer":
        """An offer as it is answered."""
        return cls(
            models=[OfferedModel.of(each) for each in offered.models],
            features=[OfferedFeature(name=each.name, given=told(each)) for each in offered.features],
        )


class WishFields(Taken):
    """What is wanted of one model: an endpoint made of it, or a link to the one that is named. The rest is what
    GitLab does not tell and an endpoint may need.
    """

    model_id: Plain = Field(max_length=128, description="As the offer has it.")
    endpoint_id: Id | None = None
    skip: bool = False
    api_key: str = Field("", json_schema_extra={"writeOnly": True}, repr=False)
    region: str = ""
    project: str = ""

    def wish(self) -> Wish:
        """As the service takes it."""
        return Wish(
            self.model_id, self.endpoint_id or "", self.skip, self.api_key, region=self.region, project=self.project
        )


class TakingOver(Taken):
    """Models that are left out of `models` stay as they are; without it each becomes what the offer proposes."""

    features: bool = Field(True, description="Give features that nobody touched here what GitLab gives them.")
    acknowledged: bool = Field(False, description="The notices of the tiers were taken note of.")
    models: list[WishFields] | None = None


class LeftOut(Told):
    """A feature that was left as it is, and why."""

    feature: str
    reason: str


class KeyMissingAnswer(Told):
    """An endpoint whose key has to be typed here, because GitLab does not hand it out."""

    endpoint_id: str
    name: str


class TakenOverAnswer(Told):
    """What came of it: endpoints made and linked by their ids, features given by their names."""

    made: list[str]
    linked: list[str]
    features: list[str]
    left_out: list[LeftOut]
    keys_missing: list[KeyMissingAnswer]

    @classmethod
    def of(cls, taken: TakenOver, keys: tuple[KeyMissing, ...]) -> "TakenOverAnswer":
        """A result as it is answered."""
        return cls(
            made=list(taken.made),
            linked=list(taken.linked),
            features=list(taken.features),
            left_out=[LeftOut(feature=feature, reason=reason) for feature, reason in taken.left_out],
            keys_missing=[KeyMissingAnswer.model_validate(each) for each in keys],
        )
