"""What stands in the way of keeping the instance in step, as far as the last reading tells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.data.facts import Facts
from app.domain.families import ReleaseState
from app.domain.instance_troubles import message_of, remedy_of
from app.queries.instance import FeatureThere, Reading
from app.web.filters import day

EXPIRY_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Concern:
    """One of them: danger, warning or info, what it is, what follows from it and what to do."""

    variant: str
    title: str
    text: str
    remedy: str = ""


def failure(known: Reading) -> Concern | None:
    """Why the last try to read failed."""
    if not known.code:
        return None
    older = " What is shown is from the reading before." if known.read_at else ""
    text = f"{message_of(known.code, known.words)}{older}"
    return Concern("danger", "The last reading failed", text, remedy_of(known.code))


def concerns(
    known: Reading, there: Mapping[str, FeatureThere], given: Mapping[str, object], facts: Facts, today: date
) -> list[Concern]:
    """The worst first; `given` are the features that are given something here, by name."""
    failed = failure(known)
    found = (*_token(known.about, today), *_licence(known.about), *_hidden(known, there, given, facts))
    return [*([failed] if failed else []), *found]


def expiry(about: Mapping[str, Any]) -> date | None:
    """The day on which the token ends, None where GitLab tells none."""
    try:
        return date.fromisoformat(str(about.get("token_expires") or ""))
    except ValueError:
        return None


def _token(about: Mapping[str, Any], today: date) -> Iterator[Concern]:
    ends, scopes = expiry(about), about.get("scopes") or ()
    # GitLab says that somebody is an administrator to administrators alone.
    if about.get("account") and not about.get("is_admin"):
        text = "GitLab shows its user neither the licence nor who changed what, and may refuse changes."
        yield Concern("warning", "The token is not an administrator's", text, "Make one for an administrator.")
    if scopes and "api" not in scopes:
        text = f"Its scope is {', '.join(scopes)}: it can read GitLab and change nothing."
        yield Concern("warning", "The token lacks the scope api", text, "Make one with the scope api.")
    if ends and ends <= today + EXPIRY_WITHIN:
        title = f"The token {'ended' if ends <= today else 'ends'} on {day(ends)}"
        text = "Without a good one GitLab can neither be read nor changed from here."
        yield Concern("warning", title, text, "Make another one, set it as MODELPORT_GITLAB_TOKEN and start again.")


def _licence(about: Mapping[str, Any]) -> Iterator[Concern]:
    if about.get("licence_expired"):
        text = "GitLab may switch self-hosted models off, or refuse changes to them."
        yield Concern("warning", "GitLab's licence has expired", text, "Renew it, or synchronise the subscription.")
    named = [str(each).lower() for each in about.get("add_ons") or ()]
    if about.get("plan") and not any("duo" in each or "agent" in each for each in named):
        text = (
            "Self-hosted models need GitLab Duo Enterprise or the Agent Platform add-on. A subscription that is "
            "synchronised with GitLab may include one without its being named here."
        )
        yield Concern("info", "The licence names no GitLab Duo add-on", text, "GitLab's health check below tells more.")


def _hidden(
    known: Reading, there: Mapping[str, FeatureThere], given: Mapping[str, object], facts: Facts
) -> Iterator[Concern]:
    """Features of GitLab's schema for which it shows no setting: beta switched off, or the licence leaves them out."""
    schema = known.shape.features if known.shape else frozenset()
    missing = [each for each in facts.features.values() if each.name.upper() in schema and each.name not in there]
    if not missing or not there:
        return
    only_beta = all(each.state is not ReleaseState.GA for each in missing)
    wanted = [each.title for each in missing if each.name in given]
    title = "Beta features seem to be switched off in GitLab" if only_beta else "GitLab shows some features no setting"
    text = f"It shows no setting for {', '.join(each.title for each in missing)}."
    if wanted:
        text += f" Here a choice was made for {', '.join(wanted)}, which cannot be brought to GitLab."
    remedy = "Switch on “Self-hosted beta models and features” in GitLab's Duo configuration."
    if not only_beta:
        remedy += " What is missing then is left out by the licence."
    yield Concern("warning" if wanted else "info", title, text, remedy)
