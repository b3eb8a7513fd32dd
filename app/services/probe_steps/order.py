"""The one list of steps that speak the platform's protocol; adding a step adds a file and a line here."""

from collections.abc import Callable

from app.domain.steps import StepName, StepResult
from app.services.probe_run import Run
from app.services.probe_steps.auth import auth
from app.services.probe_steps.chat import chat
from app.services.probe_steps.model import model
from app.services.probe_steps.stream import stream

IN_ORDER: tuple[tuple[StepName, Callable[[Run], StepResult]], ...] = (
    (StepName.AUTH, auth),
    (StepName.MODEL, model),
    (StepName.CHAT, chat),
    (StepName.STREAM, stream),
)
