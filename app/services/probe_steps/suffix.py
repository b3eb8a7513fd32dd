"""The step `suffix`: a gap in code through the completions address, which is good to know and needed by no feature."""

from app.clients.dialect import Gap, WireError
from app.domain.capabilities import Finding, Grade
from app.domain.code_gaps import CODE_GAPS, Filling, filling
from app.domain.features import Ability
from app.domain.steps import Outcome, StepName, StepResult
from app.services.probe_run import NOT_JUDGED, Run, measured

FILLS = Finding(Ability.SUFFIX, Grade.YES)
FILLS_NOT = Finding(Ability.SUFFIX, Grade.NO)


def suffix(run: Run) -> StepResult:
    """One gap; a refusal is no fault of the server's."""
    gap = CODE_GAPS[0]
    call = run.dialect.gap_call(run.target, Gap(gap.prefix, gap.suffix))
    if call is None:
        return run.result(StepName.SUFFIX, Outcome.SKIPPED, "This platform has no address for it; no feature needs one")
    try:
        said = run.dialect.read_gap(run.target, run.send(call))
    except WireError as error:
        if error.trouble.code in NOT_JUDGED:
            raise
        return measured(run.explained(StepName.SUFFIX, "suffix_refused", words=error.trouble.words), FILLS_NOT)
    if filling(said.text, gap) is Filling.FILLED:
        return run.result(StepName.SUFFIX, Outcome.PASSED, "The completions address fills a gap in code", FILLS)
    return measured(run.explained(StepName.SUFFIX, "suffix_ignored", words=said.text), FILLS_NOT)
