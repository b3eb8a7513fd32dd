"""The GitLab instance as it is told: what was read of it, what would be changed in it, what was done."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.api.bodies.common import Asked, Stored, Taken, Told
from app.domain.instance_troubles import message_of, remedy_of
from app.domain.plans import Plan
from app.queries.feature_steps import FeatureStep
from app.queries.instance_runs import Check, Run, StepRecord

WayWord = Literal["direct", "through"]
RunState = Literal["running", "done", "failed", "changed", "interrupted"]
KindWord = Literal["create", "update", "assign", "delete"]


class StandingAnswer(Told):
    """How one feature stands in GitLab; `step` is null where it is given nothing here."""

    name: str
    title: str
    step: Literal["in_step", "differs", "unknown"] | None
    way: WayWord
    words: str = Field(description="In what it differs, or why nobody knows.")
    changed_there: bool = Field(description="GitLab's side was changed since both last agreed.")
    changed_by: str
    changed_at: datetime | None

    @classmethod
    def of(cls, name: str, title: str, way: WayWord, step: FeatureStep | None) -> "StandingAnswer":
        """A feature, whether or not it is given something here."""
        return cls(
            name=name,
            title=title,
            step=step.step.value if step else None,
            way=way,
            words=step.words if step else "",
            changed_there=bool(step and step.changed_there),
            changed_by=step.changed_by if step else "",
            changed_at=step.changed_at if step else None,
        )


class InstanceAnswer(Told):
    """The connected instance as it was last read. `code`, `message` and `remedy` say why a later reading failed."""

    connected: bool
    url: str
    read_at: datetime | None
    gitlab_version: str
    shape: str = Field(description="Which schema it has: GitLab 18 or GitLab 19; empty before the first reading.")
    code: str
    message: str
    remedy: str
    differences: int | None = Field(description="Steps and what is not possible; null before the first reading.")
    features: list[StandingAnswer]


class PlanFilter(Asked):
    """What the plan may do beyond what always may be done."""

    delete: bool = Field(False, description="Delete models that only GitLab has.")
    many: bool = Field(False, description="Though they are more than a fifth of all.")


class ChangeAnswer(Told):
    """One field before and after."""

    label: str
    before: str
    after: str


class ActionAnswer(Told):
    """One step that would be done."""

    kind: KindWord
    subject: str
    title: str
    changes: list[ChangeAnswer]
    sends_key: bool
    changed_there: bool = Field(description="It would undo what somebody changed in GitLab.")
    remarks: list[str]


class BlockedAnswer(Told):
    """What is wanted and cannot be done, why, and what comes of it."""

    subject: str
    title: str
    reason: str
    consequence: str


class ForeignAnswer(Told):
    """A model that only GitLab has."""

    id: str
    name: str
    family: str
    platform: str
    endpoint: str
    identifier: str


class UnknownAnswer(Told):
    """A feature of GitLab that this version does not know."""

    name: str
    title: str


class PlanAnswer(Told):
    """What would make GitLab equal to what is held here, by the last complete reading."""

    digest: str = Field(description="Names exactly these steps; an application that names it does no others.")
    read_at: datetime
    actions: list[ActionAnswer]
    blocked: list[BlockedAnswer]
    foreign: list[ForeignAnswer]
    unknown: list[UnknownAnswer]
    braked: int = Field(description="Deletions that are held back, because they are many.")
    in_step: bool

    @classmethod
    def of(cls, plan: Plan, read_at: datetime) -> "PlanAnswer":
        """A plan as it is answered."""
        values = ForeignAnswer.model_fields.keys() - {"id"}
        return cls(
            digest=plan.digest,
            read_at=read_at,
            actions=[ActionAnswer.model_validate(each) for each in plan.actions],
            blocked=[BlockedAnswer.model_validate(each) for each in plan.blocked],
            foreign=[
                ForeignAnswer(id=each.id, **{name: getattr(each.values, name) for name in values})
                for each in plan.foreign
            ],
            unknown=[UnknownAnswer.model_validate(each) for each in plan.unknown],
            braked=plan.braked,
            in_step=plan.is_empty and not plan.blocked and not plan.braked,
        )


class NewRun(Taken):
    """What is to be applied: the plan of that digest, or whatever it is by then."""

    digest: str | None = Field(None, max_length=64)
    delete: bool = False
    many: bool = False


class RunStepAnswer(Told):
    """One step of an application and what became of it."""

    kind: KindWord
    subject: str
    title: str
    changes: list[ChangeAnswer]
    outcome: Literal["waiting", "done", "already", "conflict", "failed", "unclear", "skipped"]
    code: str
    message: str
    remedy: str

    @classmethod
    def of(cls, step: StepRecord) -> "RunStepAnswer":
        """A record as it is answered."""
        plain = {name: getattr(step, name) for name in ("kind", "subject", "title", "outcome", "code")}
        changes = [ChangeAnswer.model_validate(each) for each in step.changes]
        return cls(**plain, changes=changes, message=message_of(step.code, step.words), remedy=remedy_of(step.code))


class RunAnswer(Stored):
    """One piece of work with GitLab. `changed`: the plan was another one than was asked for, so nothing was done.

    Its version is 1 while it runs and 2 from then on.
    """

    kind: Literal["read", "apply", "health"]
    state: RunState
    person_name: str
    code: str
    message: str
    remedy: str
    counts: dict[str, int] = Field(description="Steps by what became of them.")
    steps: list[RunStepAnswer]

    @classmethod
    def of(cls, run: Run) -> "RunAnswer":
        """A record as it is answered."""
        plain = {name: getattr(run, name) for name in ("id", "kind", "state", "person_name", "code", "counts")}
        return cls(
            **plain,
            version=1 if run.state == "running" else 2,
            created_at=run.began_at,
            updated_at=run.ended_at or run.began_at,
            message=message_of(run.code, run.words),
            remedy=remedy_of(run.code),
            steps=[RunStepAnswer.of(each) for each in run.steps],
        )


class WayFields(Taken):
    """How GitLab reaches the feature's model: the endpoint itself, or Modelport in front of it."""

    way: WayWord


class GatewayCheckAnswer(Told):
    """GitLab's own check of an endpoint through its gateway. `success` is null while it runs, and where GitLab could
    not be asked; `code` and `message` say why then.
    """

    endpoint_id: str
    running: bool
    started_at: datetime
    ended_at: datetime | None
    success: bool | None
    code: str
    message: str
    is_old: bool = Field(description="The endpoint was changed since.")

    @classmethod
    def of(cls, endpoint_id: str, check: Check) -> "GatewayCheckAnswer":
        """A record as it is answered."""
        plain = ("running", "started_at", "ended_at", "success", "code", "is_old")
        return cls(endpoint_id=endpoint_id, message=check.words, **{name: getattr(check, name) for name in plain})
