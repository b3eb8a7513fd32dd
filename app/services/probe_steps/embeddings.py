"""The step `embeddings`: one short text's vector, which is good to know and needed by no feature."""

from app.clients.dialect import WireError
from app.domain.capabilities import Finding, Grade
from app.domain.features import Ability
from app.domain.steps import Outcome, StepName, StepResult
from app.services.probe_run import NOT_JUDGED, Run, measured

TEXT = "A connection works."


def embeddings(run: Run) -> StepResult:
    """One vector; a refusal is no fault of the server's."""
    call = run.dialect.embeddings_call(run.target, TEXT)
    if call is None:
        words = "This platform makes no embeddings; no feature needs them"
        return run.result(StepName.EMBEDDINGS, Outcome.SKIPPED, words)
    try:
        vector = run.dialect.read_embeddings(run.target, run.send(call))
    except WireError as error:
        if error.trouble.code in NOT_JUDGED:
            raise
        return _none(run, error.trouble.words)
    if not vector:
        return _none(run)
    found = Finding(Ability.EMBEDDINGS, Grade.YES, len(vector))
    words = f"A text becomes {len(vector):,} numbers"
    return run.result(StepName.EMBEDDINGS, Outcome.PASSED, words, found, dimensions=len(vector))


def _none(run: Run, words: str = "") -> StepResult:
    refused = run.explained(StepName.EMBEDDINGS, "embeddings_refused", words=words)
    return measured(refused, Finding(Ability.EMBEDDINGS, Grade.NO))
