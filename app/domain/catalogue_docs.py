"""The catalogue as Markdown that can be published: the same bytes for the same catalogue, and the rules behind it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

from app.domain.catalogue import Hardware
from app.domain.catalogue_whole import WholeEntry, WholeModel
from app.domain.features import Column
from app.domain.markdown import link, plain, table
from app.domain.ratings import (
    HALF_AT,
    HALF_LIFE_DAYS,
    LEAST,
    OLD_AFTER_DAYS,
    VALUES,
    WEIGHTS,
    Answer,
    Grade,
    Rated,
    rating,
)
from app.domain.tiers import INSTALLATIONS_NEEDED

CATALOGUE, RULES = "catalogue.md", "rules.md"
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_GRADES = {
    Grade.CLAIM: "a report without a test",
    Grade.TESTED: "a report with a test attached",
    Grade.CURATED: "a report of those who keep the catalogue",
}


def documents(models: Sequence[WholeModel]) -> dict[str, str]:
    """The pages by the names of their files; `models` in the order of queries.catalogue_whole."""
    return {CATALOGUE: "\n".join(_catalogue(models)), RULES: "\n".join(_rules())}


def _catalogue(models: Sequence[WholeModel]) -> Iterator[str]:
    entries = sum(len(model.entries) for model in models)
    yield "# Models and platforms for GitLab Duo\n"
    yield (
        f"{len(models)} models in {entries} entries, each a model on the platform or server that runs it. The tier is "
        "a promise of support; the rating is how well it works for those who reported it, and the confidence how "
        f"sure that is. [How they are worked out]({RULES}).\n"
    )
    for group, of_group in groupby(models, key=lambda model: model.group):
        yield f"## {plain(group)}\n"
        for model in of_group:
            yield from _model(model)


def _model(model: WholeModel) -> Iterator[str]:
    yield f"### {plain(model.name)}\n"
    if model.deprecated_since:
        instead = f" Use {plain(model.replacement)} instead." if model.replacement else ""
        yield f"GitLab gave this model up in {plain(model.deprecated_since)}.{instead}\n"
    for label, value in _facts(model):
        yield f"- {label}: {value}"
    yield ""
    heads = ("Platform", "Variant", "Tier", *(column.label for column in Column), "Rating", "Confidence", "Reports")
    yield table(heads, (_row(entry) for entry in model.entries)) + "\n"
    for entry in model.entries:
        variant = f" ({plain(entry.variant)})" if entry.variant else ""
        words = " ".join((*entry.tier_reasons, *entry.rating_words))
        yield f"- {plain(entry.host_label)}{variant}: {plain(words)}"
    yield ""
    if model.hardware:
        yield "Hardware that was stated to be enough:\n"
        yield table(("GPUs", "Memory in all", "Context", "Requests at once", "Source"), map(_hardware, model.hardware))
        yield ""


def _facts(model: WholeModel) -> Iterator[tuple[str, str]]:
    if model.maker:
        yield "Maker", plain(model.maker)
    yield "Prompt family", plain(model.family_label)
    if model.size:
        active = f", of which {model.active:g} at work at a time" if model.active else ""
        yield "Size", f"{model.size:g} billion parameters{active}"
    if model.context:
        yield "Context", f"{model.context:,} tokens"
    if model.licence:
        yield "Licence", plain(model.licence)
    if model.open_weights:
        yield "Weights", "open"
    if model.note:
        yield "Note", plain(model.note)
    if model.source.get("title"):
        version = model.source.get("version", "")
        title = f"{model.source['title']}, GitLab {version}" if version else model.source["title"]
        yield "Source", link(title, model.source.get("page") or "")


def _row(entry: WholeEntry) -> tuple[str, ...]:
    return (
        plain(entry.host_label),
        plain(entry.variant),
        entry.tier.capitalize(),
        *(entry.levels.get(column.value, "").capitalize() for column in Column),
        f"{entry.stars:.1f} of 5" if entry.stars is not None else "",
        f"{entry.sureness.capitalize()} ({entry.confidence:.0%})" if entry.stars is not None else "",
        f"{entry.reports} from {entry.installations}" if entry.reports else "",
    )


def _hardware(each: Hardware) -> tuple[str, ...]:
    return (
        f"{each.count} x {plain(each.card)} {each.memory} GB",
        f"{each.need or each.count * each.memory} GB",
        f"{each.context:,} tokens" if each.context else "",
        str(each.requests or ""),
        link(each.source.title, each.source.page),
    )


def _rules() -> Iterator[str]:
    yield "# How tier, rating and confidence are worked out\n"
    yield "## Tier\n"
    yield "A promise of support for a model on a platform, for one feature. Nobody types it in.\n"
    yield "- Supported: GitLab lists the model there with full or partial functionality for the feature's column."
    yield (
        "- Compatible: GitLab lists it as a compatible model or with limited functionality, or "
        f"{INSTALLATIONS_NEEDED} installations that are trusted confirm it with a test and none reported against it "
        "since. There is no vendor support; quality, cost and residency are yours to validate."
    )
    yield "- Other: everything else. The best tier over all features is the one of the entry.\n"
    yield "## Rating\n"
    values = ", ".join(f"{answer.label.lower()} {VALUES[answer]:g}" for answer in Answer)
    yield (
        "A report answers for the features that were tried, and is worth the mean of its answers: "
        f"{values}. Of each installation the newest report counts. The rating is 1 plus 4 times the weighted mean, in "
        f"stars; with fewer than {LEAST} installations there is none. It does not fall with age. The weights:\n"
    )
    for grade, weight in WEIGHTS.items():
        yield f"- {_GRADES[grade]}: {weight:g}"
    yield "\n## Confidence\n"
    yield (
        f"Each weight halves in {HALF_LIFE_DAYS:g} days; their sum is the evidence. The confidence is evidence ÷ "
        f"(evidence + {HALF_AT:g}), times 1 minus twice the spread of what the reports are worth: where half of "
        f"them are for and half against, nothing is left. An entry whose newest report is older than {OLD_AFTER_DAYS} "
        "days needs a new test. Votes count for neither.\n"
    )
    yield "## Three examples\n"
    yield table(("Reports", "Rating", "Confidence"), (_example(words, reports) for words, reports in EXAMPLES.items()))
    yield ""


def _told(installation: str, *answers: Answer, days: int = 0, grade: Grade = Grade.TESTED) -> Rated:
    found: Mapping[str, Answer] = {str(number): answer for number, answer in enumerate(answers)}
    return Rated(installation, found, grade, _NOW - timedelta(days=days))


# Worked out by the rule itself, so that the page cannot say anything else.
EXAMPLES: Mapping[str, tuple[Rated, ...]] = {
    "Two installations tested it today, and everything works.": (
        _told("a", Answer.WORKS),
        _told("b", Answer.WORKS),
    ),
    "Two tested it today: it works with notes for one, and for the other one feature of two fails.": (
        _told("a", Answer.NOTES),
        _told("b", Answer.WORKS, Answer.FAILS),
    ),
    "Two tested it 180 days ago and it works; a third says today, without a test, that it fails.": (
        _told("a", Answer.WORKS, days=180),
        _told("b", Answer.WORKS, days=180),
        _told("c", Answer.FAILS, grade=Grade.CLAIM),
    ),
}


def _example(words: str, reports: Iterable[Rated]) -> tuple[str, ...]:
    found = rating(reports, _NOW)
    return words, f"{found.stars} of 5", f"{found.sureness.capitalize()} ({found.confidence:.0%})"
