"""`check --address`: whether the rules for outbound calls would let one address be called, and what would admit it."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from app.cli.console import OK, WRONG, answer, say

if TYPE_CHECKING:
    from app.services.egress_trials import AddressTrial


def execute(text: str, *, json: bool) -> int:
    """Look the address's host up and judge every answer; nothing is called and nothing written."""
    from app.cli.settings import read_settings
    from app.parts import door_of
    from app.services import egress_trials

    trial = egress_trials.try_address(door_of(read_settings()), text)
    if json:
        answer(asdict(trial))
    else:
        _print(trial)
    return OK if trial.allowed else WRONG


def _print(trial: "AddressTrial") -> None:
    say(f"{trial.written or 'The address'}: {'would be called' if trial.allowed else 'would not be called'}.")
    say(f"{trial.sentence} {trial.cure}".strip())
    for place in trial.places:
        verdict = "called" if place.allowed else "refused"
        say(f"- {place.ip or trial.host}: {verdict}, rule {place.rule}. {place.sentence} {place.setting}".rstrip())
    if trial.keyless:
        say(f"With a key: {trial.keyless}")
    if trial.proxied:
        say("The way leads through MODELPORT_EGRESS_PROXY.")
