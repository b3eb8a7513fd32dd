"""GitLab in memory, which takes a plan's steps as strictly as the real one, and worlds made up by a seed."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from random import Random

from app.domain.instance import Actual, InstanceFeature, InstanceModel, ModelValues, Provider, Shape
from app.domain.model_values import fit_for
from app.domain.planning import plan
from app.domain.plans import UNKNOWN_KEY, Action, Kind, Link, Plan, Wanted, WantedFeature, WantedModel, setting_of
from tests.domain.instance_cases import FEATURES, asks, endpoints, global_id, has, held, setting, there, values

NAMES = tuple("abcdefghij")
KEYS = ("", "", "k1", "k2")
# GitLab gives none of its ids a second time, whatever became of the model.
_NEW_IDS = count(1000)


class World:
    """What is held here beside what GitLab has; each step goes from the one to the other."""

    def __init__(self, wanted: Wanted, actual: Actual) -> None:
        self._wanted = wanted
        self._shape = actual.shape
        self._models = {each.id: each for each in actual.models}
        self._features = {each.name: each for each in actual.features}
        self._links = {each.subject: each for each in wanted.links}
        self._agreed: dict[str, str] = {}

    @property
    def wanted(self) -> Wanted:
        """What is held here, with the links of now."""
        features = [replace(each, agreed=self._agreed.get(each.name, "")) for each in self._wanted.features]
        return replace(self._wanted, links=tuple(self._links.values()), features=tuple(features))

    @property
    def actual(self) -> Actual:
        """What GitLab has now."""
        return Actual(self._shape, tuple(self._models.values()), tuple(self._features.values()))

    def plan(self) -> Plan:
        """The difference."""
        return plan(self.wanted, self.actual)

    def apply(self, found: Plan) -> None:
        """Take over what was found equal and do each step; one that GitLab would refuse is an AssertionError."""
        for each in found.adopted:
            self._links[each.subject] = each
        for action in found.actions:
            {
                Kind.CREATE: self._create,
                Kind.UPDATE: self._update,
                Kind.ASSIGN: self._assign,
                Kind.DELETE: self._delete,
            }[action.kind](action)

    def _create(self, action: Action) -> None:
        model = InstanceModel(global_id(next(_NEW_IDS)), self._checked(action, ""), action.sends_key)
        self._confirm(action, model, key=self._key(action) if action.sends_key else "")

    def _update(self, action: Action) -> None:
        stored = self._models[action.model_id]
        assert stored.values == action.seen
        key = self._key(action) if action.sends_key else None
        has_key = stored.has_key if key is None else bool(key)
        self._confirm(action, InstanceModel(stored.id, self._checked(action, stored.id), has_key), key)

    def _assign(self, action: Action) -> None:
        name = action.subject.removeprefix("feature:")
        seen = self._features[name]
        assert setting_of(seen.provider, seen.model_id) == action.seen_setting
        assert action.provider is not None
        model_id = self._links[action.target].model_id if action.provider is Provider.SELF_HOSTED else ""
        model = self._models[model_id] if model_id else None
        assert model is None or seen.families is None or model.values.family in seen.families
        self._features[name] = replace(
            seen, provider=action.provider, model_id=model_id, model_name=model.values.name if model else ""
        )
        self._agreed[name] = setting_of(action.provider, model_id)

    def _delete(self, action: Action) -> None:
        assert not [each.name for each in self._features.values() if each.model_id == action.model_id]
        del self._models[action.model_id]
        self._links = {name: each for name, each in self._links.items() if each.model_id != action.model_id}

    def _checked(self, action: Action, own_id: str) -> ModelValues:
        assert action.values is not None
        assert action.values.name not in {each.values.name for each in self._models.values() if each.id != own_id}
        assert action.values == fit_for(self._shape, action.values)
        assert action.values.family in self._shape.families
        return action.values

    def _confirm(self, action: Action, model: InstanceModel, key: str | None) -> None:
        self._models[model.id] = model
        known = self._links.get(action.subject, Link(action.subject))
        self._links[action.subject] = replace(
            known, model_id=model.id, values=model.values, key=known.key if key is None else key
        )

    def _key(self, action: Action) -> str:
        return next(each.key for each in self._wanted.models if each.subject == action.subject)


def made_up(seed: int, shape: Shape, *, delete: bool = False) -> World:
    """A world in which models were renamed, changed, deleted, made by others and given to features on both sides."""
    draw = Random(seed)  # noqa: S311 (a world is no secret)
    slugs = [f"e{number}" for number in range(draw.randint(0, 8))]
    wanted = [_wanted(draw, slug, name) for slug, name in zip(slugs, draw.sample(NAMES, len(slugs)), strict=True)]
    names = draw.sample(NAMES, draw.randint(0, len(NAMES)))
    models = [_there(draw, number, name, shape, wanted) for number, name in enumerate(names, 1)]
    models = [*{each.values.name: each for each in models}.values()]
    targets = [*wanted, *(WantedModel(subject, values(subject)) for subject in endpoints("gone", "off"))]
    linked = draw.sample(targets, min(len(targets), draw.randint(0, len(models))))
    links = [_link(draw, model, to) for model, to in zip(draw.sample(models, len(linked)), linked, strict=True)]
    found = held(
        wanted, _asked(draw, wanted), links, kept=frozenset(endpoints("off")), delete=delete, many=draw.random() < 0.5
    )
    return World(found, has(models, _settings(draw, models), shape))


def _wanted(draw: Random, slug: str, name: str) -> WantedModel:
    platform = draw.choice(("API", "API", "API", "BEDROCK", "VERTEX_AI"))
    own = platform == "API"
    given = values(
        name,
        family=draw.choice(("MISTRAL", "GPT", "GEMINI")),
        platform=platform,
        endpoint=f"http://{draw.choice(NAMES)}/v1" if own else "",
        identifier=f"{'custom_openai' if own else platform.lower()}/{slug}",
    )
    faults = ("Something is wrong with it.",) if draw.random() < 0.1 else ()
    key = draw.choice(KEYS) if own else ""
    return WantedModel(f"endpoint:{slug}", given, key, faults, takes_endpoint=own, family_label="of the test")


def _there(draw: Random, number: int, name: str, shape: Shape, wanted: list[WantedModel]) -> InstanceModel:
    """Equal to what is wanted under that name, or something else."""
    same = next((each for each in wanted if each.values.name == name), None)
    if same and same.values.family in shape.families and draw.random() < 0.5:
        return InstanceModel(global_id(number), fit_for(shape, same.values), draw.random() < 0.5)
    return there(number, name, draw.random() < 0.5, family=draw.choice(("MISTRAL", "GPT")))


def _link(draw: Random, model: InstanceModel, to: WantedModel) -> Link:
    agreed = draw.choice((None, model.values, to.values))
    lost = draw.random()
    model_id = "" if lost < 0.1 else global_id(999) if lost < 0.2 else model.id
    return Link(to.subject, model_id, agreed, draw.choice((*KEYS, UNKNOWN_KEY)))


def _asked(draw: Random, wanted: list[WantedModel]) -> Iterable[WantedFeature]:
    for name in draw.sample(FEATURES, draw.randint(0, len(FEATURES))):
        provider = draw.choice((*Provider, Provider.SELF_HOSTED))
        slug = draw.choice(wanted).subject.removeprefix("endpoint:") if wanted else "nobody"
        yield asks(name, provider, slug if provider is Provider.SELF_HOSTED else "")


def _settings(draw: Random, models: list[InstanceModel]) -> Iterable[InstanceFeature]:
    for name in (*draw.sample(FEATURES, draw.randint(1, len(FEATURES))), "of_another_version"):
        provider = draw.choice(tuple(Provider)) if models else Provider.DISABLED
        model = draw.choice(models) if models and provider is Provider.SELF_HOSTED else None
        number = int(model.id.rpartition("/")[2]) if model else 0
        yield setting(name, provider, number, families=draw.choice((None, None, ("MISTRAL",))))
