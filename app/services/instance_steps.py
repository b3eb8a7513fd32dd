"""The steps of an application: each is looked at in GitLab before it is done, and put on record after."""

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from app.clients.gitlab.client import GitLab
from app.domain.instance import InstanceModel, ModelValues, Provider, Shape
from app.domain.instance_troubles import InstanceError
from app.domain.model_values import differences, same
from app.domain.planning import told
from app.domain.plans import Action, Kind, setting_of
from app.domain.roles import Actor
from app.lib.cancel import Cancel, Stopped
from app.lib.sealed import CannotOpen
from app.models.endpoint import Endpoint
from app.models.instance import InstanceLink
from app.services import audit, instance_links, instance_runs
from app.services.instance_links import ENDPOINT, FEATURE, THROUGH
from app.services.ports import Ports
from app.services.targets import stored_key

DONE, ALREADY, CONFLICT, FAILED, UNCLEAR, SKIPPED = "done", "already", "conflict", "failed", "unclear", "skipped"
GOOD = frozenset({DONE, ALREADY})
HIDDEN = "GitLab has it and does not list it: its beta features were switched off. Switch them on again there."


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one step; `words` say why, "" for nothing to say."""

    outcome: str
    code: str = ""
    words: str = ""


class Work:
    """The steps of one application. What an earlier step made is known to the later ones."""

    def __init__(self, ports: Ports, actor: Actor, gitlab: GitLab, shape: Shape) -> None:
        self._ports = ports
        self._actor = actor
        self._gitlab = gitlab
        self._shape = shape
        self._missed: set[str] = set()

    def done(self, run_id: str, position: int, action: Action, cancel: Cancel) -> Result:
        """Do one step and put what became of it on record."""
        cancel.check()
        if not instance_runs.renew(self._ports, run_id):
            raise Stopped
        result = self._attempt(action)
        if result.outcome == DONE:
            self._note(action)
        elif result.outcome not in GOOD:
            self._missed.add(action.subject)
        instance_runs.end_step(self._ports, run_id, position, result.outcome, result.code, result.words)
        return result

    def _attempt(self, action: Action) -> Result:
        acts = {
            Kind.CREATE: self._create,
            Kind.UPDATE: self._update,
            Kind.ASSIGN: self._assign,
            Kind.DELETE: self._delete,
        }
        try:
            return acts[action.kind](action)
        except InstanceError as error:
            return Result(UNCLEAR if error.code == "unclear" else FAILED, error.code, error.words)
        except CannotOpen:
            words = "Its API key cannot be read here any more. Type it again on the endpoint's page."
            return Result(FAILED, "key_unreadable", words)
        except IntegrityError:
            # What is written down of a model belongs to its endpoint.
            words = "Its endpoint was deleted here meanwhile. What GitLab has of it is in the next plan."
            return Result(CONFLICT, "gone_here", words)

    def _create(self, action: Action) -> Result:
        assert action.values is not None
        # With its beta features switched off GitLab lists no models of such families, and their names stay taken.
        if (known := self._known_id(action.subject)) and self._gitlab.model(known, self._shape):
            return Result(FAILED, "hidden", HIDDEN)
        key, mark = self._key(action)
        if not action.subject.startswith(THROUGH):
            instance_links.intend(self._ports, action.subject, mark or "")
        try:
            made = self._gitlab.create(self._shape, action.values, key)
        except InstanceError as error:
            if error.code != "unclear":
                instance_links.withdraw(self._ports, action.subject)
                raise
            found = self._find(action.values)
            if found is None:
                raise
            made = found
        instance_links.confirm(self._ports, action, made, mark or "")
        return Result(DONE)

    def _find(self, values: ModelValues) -> InstanceModel | None:
        """A model that was sent and that nobody confirmed; None where GitLab does not show it, or shows nothing."""
        try:
            models = self._gitlab.models(self._shape)
        except InstanceError:
            return None
        named = [each for each in models if each.values.name == values.name]
        return next((each for each in named if same(each.values, values)), None)

    def _update(self, action: Action) -> Result:
        assert action.values is not None
        there = self._gitlab.model(action.model_id, self._shape)
        if there is None:
            return Result(CONFLICT, "gone", "It was deleted in GitLab meanwhile.")
        if same(there.values, action.values) and not action.sends_key:
            instance_links.confirm(self._ports, action, there, None)
            return Result(ALREADY)
        if action.seen is not None and not same(there.values, action.seen):
            return Result(CONFLICT, "moved", _moved(action.seen, there.values))
        key, mark = self._key(action)
        try:
            made = self._gitlab.update(self._shape, action.model_id, action.values, key)
        except InstanceError as error:
            if error.code != "unclear" and action.sends_key:
                instance_links.withdraw(self._ports, action.subject)
            arrived = self._arrived(action) if error.code == "unclear" else None
            if arrived is None:
                raise
            made = arrived
        instance_links.confirm(self._ports, action, made, mark)
        return Result(DONE)

    def _arrived(self, action: Action) -> InstanceModel | None:
        """What was changed and nobody confirmed, where GitLab shows it; it never shows whether a key arrived."""
        if action.sends_key or action.values is None:
            return None
        try:
            there = self._gitlab.model(action.model_id, self._shape)
        except InstanceError:
            return None
        return there if there and same(there.values, action.values) else None

    def _assign(self, action: Action) -> Result:
        assert action.provider is not None
        feature = action.subject.removeprefix(FEATURE)
        model_id = self._model_id(action)
        if action.provider is Provider.SELF_HOSTED and not model_id:
            return Result(SKIPPED, "no_model", "Its model is not in GitLab, see the step before.")
        there = next((each for each in self._gitlab.features() if each.name == feature), None)
        if there is None:
            return Result(CONFLICT, "gone", "GitLab shows no setting for it any more.")
        wanted, now = setting_of(action.provider, model_id), setting_of(there.provider, there.model_id)
        name = action.changes[0].after if action.provider is Provider.SELF_HOSTED else ""
        if now not in (wanted, action.seen_setting):
            return Result(CONFLICT, "moved", f"In GitLab it was given to {told(there)} meanwhile.")
        if now != wanted:
            self._gitlab.assign(feature, action.provider, model_id)
        instance_links.confirm_setting(self._ports, feature, wanted, name)
        return Result(ALREADY if now == wanted else DONE)

    def _delete(self, action: Action) -> Result:
        there = self._gitlab.model(action.model_id, self._shape)
        if there is not None and action.seen is not None and not same(there.values, action.seen):
            return Result(CONFLICT, "moved", _moved(action.seen, there.values))
        # Over GraphQL GitLab would delete it all the same, and its features would be left without a model.
        if there is not None and there.uses:
            return Result(CONFLICT, "in_use", f"GitLab uses it for {', '.join(there.uses)}.")
        if there is not None:
            self._gitlab.delete(action.model_id)
        instance_links.confirm_gone(self._ports, action.model_id)
        return Result(ALREADY if there is None else DONE)

    def _model_id(self, action: Action) -> str:
        if action.provider is not Provider.SELF_HOSTED:
            return ""
        # One that was to be changed first is there all the same; one that was to be made is not.
        return action.model_id or ("" if action.target in self._missed else self._known_id(action.target))

    def _known_id(self, subject: str) -> str:
        with self._ports.store.read() as session:
            link = session.get(InstanceLink, subject)
            return link.model_id if link else ""

    def _key(self, action: Action) -> tuple[str | None, str | None]:
        """The key that goes with a model and its mark; None and None where none goes, "" removes the one there."""
        if not action.sends_key:
            return None, None
        if action.subject.startswith(THROUGH):
            return instance_links.issue_token(self._ports, self._actor, action.subject, f"GitLab: {action.title}"), ""
        with self._ports.store.read() as session:
            row = session.get(Endpoint, action.subject.removeprefix(ENDPOINT))
            key = stored_key(self._ports, row) if row else None
            return key or "", row.key_fingerprint if row and key else ""

    def _note(self, action: Action) -> None:
        subject = ("instance", action.subject, action.title)
        changes = {each.label.lower(): (each.before or None, each.after or None) for each in action.changes}
        with self._ports.store.write() as session:
            audit.record(self._ports, session, self._actor, f"instance:{action.kind.value}", subject, changes)


def _moved(seen: ModelValues, now: ModelValues) -> str:
    told_changes = "; ".join(f"{each.label}: {each.before} → {each.after}" for each in differences(seen, now))
    return f"It was changed in GitLab meanwhile. {told_changes}."
