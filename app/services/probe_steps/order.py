"""The one list of steps that speak the platform's protocol; adding a step adds a file and a line here."""

from collections.abc import Callable

from app.domain.steps import StepName, StepResult
from app.services.probe_run import Run
from app.services.probe_steps.auth import auth
from app.services.probe_steps.cadence import cadence
from app.services.probe_steps.chat import chat
from app.services.probe_steps.context import context
from app.services.probe_steps.embeddings import embeddings
from app.services.probe_steps.fim import fim
from app.services.probe_steps.json_answer import json_answer
from app.services.probe_steps.model import model
from app.services.probe_steps.parameters import parameters
from app.services.probe_steps.reasoning import reasoning
from app.services.probe_steps.stream import stream
from app.services.probe_steps.suffix import suffix
from app.services.probe_steps.system import system
from app.services.probe_steps.tools import tools
from app.services.probe_steps.turns import turns
from app.services.probe_steps.warmth import warmth

IN_ORDER: tuple[tuple[StepName, Callable[[Run], StepResult]], ...] = (
    (StepName.AUTH, auth),
    (StepName.MODEL, model),
    (StepName.CHAT, chat),
    (StepName.STREAM, stream),
    (StepName.SYSTEM, system),
    (StepName.TURNS, turns),
    (StepName.CADENCE, cadence),
    (StepName.TOOLS, tools),
    (StepName.JSON, json_answer),
    (StepName.FIM, fim),
    (StepName.SUFFIX, suffix),
    (StepName.CONTEXT, context),
    (StepName.EMBEDDINGS, embeddings),
    (StepName.REASONING, reasoning),
    (StepName.PARAMETERS, parameters),
    (StepName.WARMTH, warmth),
)
