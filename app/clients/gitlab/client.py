"""One GitLab instance: its self-hosted models and feature settings, read to the end and changed one by one."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.clients.gitlab import rest
from app.clients.gitlab.inputs import assignment, model_input
from app.clients.gitlab.manner import CHANGE, LOOK, Manner
from app.clients.gitlab.pages import every_node, nodes_in, once_each
from app.clients.gitlab.reading import failed, feature_in, health_in, model_in, shape_in
from app.clients.gitlab.wire import Instance, Wire
from app.clients.gitlab.words import fit, joined
from app.domain.instance import (
    About,
    Actual,
    Changed,
    Health,
    InstanceFeature,
    InstanceModel,
    ModelValues,
    Provider,
    Shape,
)
from app.domain.instance_troubles import InstanceError
from app.lib.http import Door

__all__ = ["GitLab", "Instance"]

# How looking up a model by its id may fail where it is gone: GitLab's own lookup raises then, which it reports as an
# internal error or in other ways. The whole list tells it apart from trouble.
_MAYBE_GONE = frozenset({"unavailable", "incomplete", "no_licence", "refused"})


class GitLab:
    """Thread-safe. Every failure is an InstanceError; a list is whole or raises."""

    def __init__(self, door: Door, instance: Instance, sleep: Callable[[float], None] = time.sleep) -> None:
        self._wire = Wire(door, instance, sleep)

    def read(self) -> Actual:
        """Everything that a plan is made from."""
        shape = self.shape()
        return Actual(shape, self.models(shape), self.features())

    def shape(self) -> Shape:
        """What this GitLab's schema takes."""
        return shape_in(self._wire.graphql("shape", {}))

    def models(self, shape: Shape | None = None) -> tuple[InstanceModel, ...]:
        """All self-hosted models, in GitLab's order; the shape is asked for where it is not given."""
        is_18 = (shape or self.shape()).is_18
        found = every_node(lambda after: self._page("models", "aiSelfHostedModels", after, is_18=is_18))
        models = tuple(model_in(each, is_18=is_18) for each in found)
        once_each(each.id for each in models)
        return models

    def model(self, model_id: str, shape: Shape | None = None) -> InstanceModel | None:
        """One of them; None when it is gone."""
        shape = shape or self.shape()
        try:
            data = self._wire.graphql("model", {"id": model_id}, is_18=shape.is_18)
            nodes = nodes_in(data.get("aiSelfHostedModels"))
        except InstanceError as error:
            if error.code not in _MAYBE_GONE:
                raise
            return next((each for each in self.models(shape) if each.id == model_id), None)
        models = [model_in(each, is_18=shape.is_18) for each in nodes]
        return next((each for each in models if each.id == model_id), None)

    def features(self) -> tuple[InstanceFeature, ...]:
        """All feature settings, in GitLab's order."""
        found = every_node(lambda after: self._page("features", "aiFeatureSettings", after))
        features = tuple(feature_in(each, self._wire.token) for each in found)
        once_each(each.name for each in features)
        return features

    def create(self, shape: Shape, values: ModelValues, key: str | None) -> InstanceModel:
        """Make a model; no key, or "", makes it without one."""
        return self._save("create", "aiSelfHostedModelCreate", shape, model_input(shape, values, key or None))

    def update(self, shape: Shape, model_id: str, values: ModelValues, key: str | None) -> InstanceModel:
        """Give a model other values; a key of None leaves the stored one, "" clears it."""
        sent = {"id": model_id, **model_input(shape, values, key)}
        return self._save("update", "aiSelfHostedModelUpdate", shape, sent)

    def delete(self, model_id: str) -> None:
        """Remove a model; GitLab may refuse it while a feature uses it."""
        self._change("delete", "aiSelfHostedModelDelete", {"id": model_id})

    def assign(self, feature: str, provider: Provider, model_id: str = "") -> None:
        """Give one feature a provider, and a model where that is SELF_HOSTED."""
        self._change("assign", "aiFeatureSettingUpdate", assignment(feature, provider, model_id))

    def check(self, shape: Shape, values: ModelValues, key: str | None) -> Health:
        """Let GitLab's AI gateway ask a model for a word; nothing is stored, and a stored key is not used."""
        sent = model_input(shape, values, key or None)
        payload = self._payload("check", "aiSelfHostedModelConnectionCheck", sent, LOOK)
        secrets = self._wire.token + _keys(sent)
        errors = tuple(each for each in payload.get("errors") or () if isinstance(each, str))
        if payload.get("result") is None and errors:
            return failed(errors, secrets)
        return health_in(payload.get("result"), secrets)

    def duo_settings(self) -> dict[str, object]:
        """GitLab's Duo settings by their names in GraphQL; {} where it does not tell them."""
        told = self._wire.graphql("duo_settings", {}).get("duoSettings")
        rows = told.items() if isinstance(told, dict) else ()
        return {name: fit(value, self._wire.token) if isinstance(value, str) else value for name, value in rows}

    def health(self) -> tuple[Health, ...]:
        """Run GitLab's own health check, which may take a minute: one result for each of its probes."""
        status = self._wire.graphql("health", {}, LOOK).get("cloudConnectorStatus")
        if status is None:
            raise InstanceError("no_licence", "its answer is null.")
        probes = status.get("probeResults") if isinstance(status, dict) else None
        rows = probes if isinstance(probes, list) else [status]
        return tuple(health_in(each, self._wire.token) for each in rows)

    def about(self) -> About:
        """What GitLab tells over REST of itself, the token and the licence; what it does not tell stays empty."""
        return rest.about(self._wire)

    def changed_since(self, since: datetime) -> tuple[Changed, ...]:
        """GitLab's audit events on self-hosted models, the newest first; () where it keeps or shows none."""
        return rest.changed_since(self._wire, since)

    def _page(self, name: str, connection: str, after: str | None, *, is_18: bool = False) -> Any:
        return self._wire.graphql(name, {"after": after}, is_18=is_18).get(connection)

    def _save(self, name: str, mutation: str, shape: Shape, sent: dict[str, Any]) -> InstanceModel:
        payload = self._change(name, mutation, sent, is_18=shape.is_18)
        try:
            return model_in(payload.get("selfHostedModel") or {}, is_18=shape.is_18)
        except InstanceError:
            # It was saved, for GitLab says nothing against it; but not even its id is known.
            raise InstanceError("unclear") from None

    def _change(self, name: str, mutation: str, sent: dict[str, Any], *, is_18: bool = False) -> dict[str, Any]:
        payload = self._payload(name, mutation, sent, CHANGE, is_18=is_18)
        errors = payload.get("errors")
        if errors:
            rows = errors if isinstance(errors, list) else [errors]
            raise InstanceError("refused", joined(rows, self._wire.token + _keys(sent)))
        return payload

    def _payload(
        self, name: str, mutation: str, sent: dict[str, Any], manner: Manner, *, is_18: bool = False
    ) -> dict[str, Any]:
        data = self._wire.graphql(name, {"input": sent}, manner, is_18=is_18, secrets=_keys(sent))
        payload = data.get(mutation)
        if not isinstance(payload, dict):
            raise InstanceError("unclear") if manner.changes else InstanceError("incomplete", "its answer is null.")
        return payload


def _keys(sent: dict[str, Any]) -> tuple[str, ...]:
    return (sent["apiToken"],) if sent.get("apiToken") else ()
