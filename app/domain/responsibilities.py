"""Who answers for an endpoint's quality, cost and data: what is recorded, until when it holds, when it is due."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.domain.errors import Invalid

REMINDED = timedelta(days=30)
YEARS = 3
LONGEST = {"region": 80, "processor": 255, "retention": 255, "cost_note": 2000, "quality_note": 2000}
_LABELS = {
    "region": "The region", "processor": "The processor", "retention": "The retention",
    "cost_note": "The note on cost", "quality_note": "The note on quality",
}  # fmt: skip


class TrainingUse(StrEnum):
    """Whether what is sent may be used to train models."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ResponsibilityDraft:
    """A record as somebody types it; `valid_until` is a date in ISO 8601."""

    region: str = ""
    processor: str = ""
    retention: str = ""
    training_use: str = ""
    cost_note: str = ""
    quality_note: str = ""
    valid_until: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed; a preset choice alone is nothing."""
        return not any(getattr(self, name).strip() for name in (*LONGEST, "valid_until"))


def check(draft: ResponsibilityDraft, today: date) -> date:
    """The day until which a draft holds, once all of it is right. Raises Invalid with sentences by field."""
    found: dict[str, tuple[str, ...]] = {}
    for name, most in LONGEST.items():
        text = getattr(draft, name).strip()
        if len(text) > most:
            found[name] = (f"{_LABELS[name]} may have {most:,} characters; this has {len(text):,}.",)
        elif "\0" in text:
            found[name] = (f"{_LABELS[name]} holds a character that no text has. Type it again.",)
    if not draft.region.strip():
        found["region"] = ("Say where the data are processed, for example EU (Frankfurt).",)
    if draft.training_use not in set(TrainingUse):
        found["training_use"] = ("Choose yes, no or unknown.",)
    until = _day(draft.valid_until)
    if sentence := _unfit(until, today):
        found["valid_until"] = (sentence,)
    if found or until is None:
        raise Invalid(found)
    return until


def latest(today: date) -> date:
    """The last day that a record may be given."""
    year = min(today.year + YEARS, date.max.year)
    try:
        return today.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 2, 28)


def _unfit(until: date | None, today: date) -> str:
    if until is None:
        return "Give the last day on which this holds, such as 2027-03-31."
    if until <= today:
        return "This has to hold until tomorrow at least."
    if until > latest(today):
        return f"This may hold for {YEARS} years at most, until {latest(today).isoformat()}."
    return ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def is_valid(valid_until: date, today: date) -> bool:
    """Whether a record still holds; its last day counts."""
    return today <= valid_until


def is_due(valid_until: date, today: date) -> bool:
    """Whether somebody is to be reminded: from 30 days before the end on, and after it."""
    return valid_until - today <= REMINDED


def region_left(primary: str, fallback: str) -> str:
    """What to say of a fallback's region beside the first endpoint's; empty where nothing changes or is known."""
    if not primary or primary.casefold().split() == fallback.casefold().split():
        return ""
    if not fallback:
        return f"Its region is not recorded, so data may leave {primary}."
    return f"Data leave {primary} for {fallback}."
