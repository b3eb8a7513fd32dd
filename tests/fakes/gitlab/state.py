"""The instance's memory, and the hands of those who change it behind the back of whoever is tested."""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from tests.fakes.gitlab.catalogue import FAMILIES, ULTIMATE, Feature, features_of
from tests.fakes.gitlab.ids import number_of
from tests.fakes.gitlab.records import Account, AuditEvent, Model, Request, Setting

Result = dict[str, Any]
SOME_ENDPOINT = "http://models.internal/v1"
# Where no address is needed: the column may be empty since 19, before that GitLab's own page put something there.
NO_ENDPOINT = {"19": None, "18.9": "http://bedrockselfhostedmodel.com"}


def _result(name: str, success: bool, message: str) -> Result:
    return {"name": name, "success": success, "message": message, "details": {}, "errors": [] if success else [message]}


CONNECTED = _result("model_configuration_probe", True, "Successfully connected to the self-hosted model")


def failed(message: str) -> Result:
    """The result of a connection check that did not succeed."""
    return _result("model_configuration_probe", False, message)


class State:
    """See the package's docstring for what may be read and set. Take `lock` to look at several things at once."""

    def __init__(self, shape: str = "19", page_size: int = 100) -> None:
        self.shape, self.page_size = shape, page_size
        self.lock = threading.RLock()
        self.features: dict[str, Feature] = dict(features_of(shape))
        self.models: dict[int, Model] = {}
        self.settings: dict[str, Setting] = {key: Setting(key) for key in self.features}
        self.audit: list[AuditEvent] = []
        self.duo: dict[str, Any] = _duo_settings()
        self.health: list[Result] = [
            _result(
                "ai_gateway_url_presence_probe", True, "Self hosted AI Gateway URL is set to URL http://gateway:5052"
            ),
            _result("host_probe", True, "gateway reachable."),
        ]
        self.check_answer: Result | Callable[[Mapping[str, Any]], Result] = CONNECTED
        self.beta, self.refuses_beta, self.refuses_used, self.loud = True, False, True, False
        self.premium, self.licensed = False, True
        self._set_token()
        self.switched_off: set[str] = set()
        self.version = "19.2.1-ee" if shape == "19" else "18.9.0-ee"
        self.licence: dict[str, Any] = _licence()
        self.mutations: list[tuple[str, dict[str, Any]]] = []
        self.requests: list[Request] = []
        self.token_reads: list[str] = []
        self.refused_queries: list[str] = []
        self.violations: list[str] = []
        self._numbers = 0

    def _set_token(self) -> None:
        self.account = Account()
        self.scopes: tuple[str, ...] = ("api",)
        self.token_active, self.token_revoked, self.token_expires = True, False, "2099-12-31"

    def add_model(
        self,
        name: str,
        *,
        family: str = "mistral",
        provider: str = "API",
        endpoint: str | None = None,
        identifier: str = "custom_openai/model",
        token: str = "",
        author: str = "",
    ) -> Model:
        """Store a model without any check, as if it had always been there; audited when there is an author.

        Without an `endpoint` it gets what GitLab would hold for the provider.
        """
        if family not in FAMILIES:
            raise ValueError(f"{family} is no family of GitLab's; their keys are in lower case.")
        if endpoint is None:
            endpoint = SOME_ENDPOINT if provider == "API" else NO_ENDPOINT[self.shape]
        with self.lock:
            self._numbers += 1
            now = datetime.now(UTC)
            model = Model(self._numbers, name, family, provider, endpoint, identifier, token, now, now)
            self.models[model.number] = model
            self.record(author, "self_hosted_model_created", model)
            return model

    def assign(self, feature: str, provider: str, model: Model | None = None, *, author: str = "") -> None:
        """Give a feature something. Both names may be written as in GraphQL or as GitLab stores them, in lower case."""
        with self.lock:
            setting = self.settings[feature.lower()]
            setting.provider = provider.lower()
            setting.model = model.number if model else None
            self.record_feature(author, setting)

    def rename(self, model: Model, name: str, *, author: str = "Somebody Else") -> None:
        """Somebody renames it in GitLab."""
        self.change(model, author=author, name=name)

    def change(self, model: Model, *, author: str = "Somebody Else", **values: Any) -> None:
        """Somebody changes fields of the record in GitLab, such as `endpoint` or `token`."""
        with self.lock:
            for each, value in values.items():
                setattr(model, each, value)
            model.updated = datetime.now(UTC)
            self.record(author, "self_hosted_model_updated", model)

    def remove(self, model: Model, *, author: str = "Somebody Else") -> None:
        """Delete it. The settings that use it go with it, which leaves their features unassigned."""
        with self.lock:
            del self.models[model.number]
            for setting in self.uses(model.number):
                self.settings[setting.feature] = Setting(setting.feature)
            self.record(author, "self_hosted_model_destroyed", model)

    def model(self, name: str) -> Model:
        """The model of that name; KeyError without one."""
        with self.lock:
            return {each.name: each for each in self.models.values()}[name]

    def find(self, gid: str) -> Model | None:
        """The model with that global id."""
        return self.models.get(number_of(gid))

    def uses(self, number: int) -> list[Setting]:
        """The settings that hold this model, those of disabled features included."""
        with self.lock:
            return [each for each in self.settings.values() if each.model == number]

    def listed_models(self) -> list[Model]:
        """What the list shows: newest first, of GA families alone while beta is off."""
        with self.lock:
            models = sorted(self.models.values(), key=lambda model: -model.number)
        return [each for each in models if self.beta or FAMILIES[each.family][1] == "GA"]

    def listed_features(self) -> list[Feature]:
        """What the list shows: no beta features while beta is off, two fewer with Premium."""
        hidden = ULTIMATE if self.premium else frozenset()
        return [each for key, each in self.features.items() if key not in hidden and (self.beta or not each.is_beta)]

    def asked(self, operation: str) -> list[Request]:
        """The requests whose first root field, or whose path behind /api/v4, this is."""
        with self.lock:
            return [each for each in self.requests if each.operation == operation]

    def record(self, author: str, event: str, model: Model) -> None:
        """Write an audit event on a model; none without an author."""
        done = event.removeprefix("self_hosted_model_")
        text = f"Self-hosted model {model.name}/{model.family}/{model.endpoint} {done}"
        self._write(author, event, text, model.name, "Ai::SelfHostedModel", model.number)

    def record_feature(self, author: str, setting: Setting) -> None:
        """Write an audit event on a feature; none without an author."""
        titles = {"disabled": "Disabled", "vendored": "GitLab AI vendor model", "unassigned": ""}
        model = self.models.get(setting.model or -1)
        title = titles.get(setting.provider, f"Self-hosted model ({model.name if model else ''})")
        text = f"Feature {setting.feature} changed to {title}"
        number = list(self.settings).index(setting.feature) + 1
        self._write(author, "self_hosted_model_feature_changed", text, "unknown", "Ai::FeatureSetting", number)

    def _write(self, author: str, event: str, text: str, target: str, kind: str, number: int) -> None:
        if author:
            now = datetime.now(UTC)
            self.audit.append(AuditEvent(len(self.audit) + 1, author, event, text, target, kind, number, now))


def _duo_settings() -> dict[str, Any]:
    levels = ("EnableOnProjects", "Execute", "ExecuteAsync", "Manage")
    return {
        "aiGatewayUrl": "http://gateway:5052",
        "aiGatewayTimeoutSeconds": 60,
        "duoAgentPlatformServiceUrl": "gateway:50052",
        "duoCoreFeaturesEnabled": False,
        **{f"minimumAccessLevel{each}": None for each in levels},
        "updatedAt": "2026-01-05T08:00:00Z",
    }


def _licence() -> dict[str, Any]:
    return {
        "id": 1,
        "plan": "ultimate",
        "starts_at": "2026-01-01",
        "expires_at": "2099-12-31",
        "expired": False,
        "user_limit": 100,
        "licensee": {"Name": "Ada", "Company": "Example", "Email": "ada@example.com"},
        "add_ons": {"GitLab_DuoEnterprise": 50},
    }
