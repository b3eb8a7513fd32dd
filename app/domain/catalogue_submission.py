"""Texts to take a catalogue entry to GitLab: a row for its documentation, and an answer for its request threads.

The fields of the answer are those that GitLab asks for in issues 526144 (platforms) and 526751 (models); what a
portal cannot know is left to be filled in.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.domain.catalogue_whole import ToldReport, WholeEntry, WholeModel
from app.domain.features import Column
from app.domain.markdown import plain, table
from app.domain.ratings import Answer, Grade
from app.domain.reports import AIR_GAPPED, VERSIONS

MERGE_REQUEST, MODEL_THREAD, PLATFORM_THREAD = "merge-request.md", "request-model.md", "request-platform.md"
THREADS = {
    MODEL_THREAD: "https://gitlab.com/gitlab-org/gitlab/-/issues/526751",
    PLATFORM_THREAD: "https://gitlab.com/gitlab-org/gitlab/-/issues/526144",
}
DOCUMENT = "doc/administration/gitlab_duo_self_hosted/supported_models_and_hardware_requirements.md"
_LEVELS = {
    "full": '{{< icon name="check-circle-filled" >}} Full functionality',
    "partial": '{{< icon name="check-circle-dashed" >}} Partial functionality',
    "limited": '{{< icon name="dash-circle" >}} Limited functionality',
    "": "Not tested",
}
_OPEN = "(please fill in)"


def texts(model: WholeModel, entries: Sequence[WholeEntry], reports: Sequence[ToldReport]) -> dict[str, str]:
    """The texts by the names of their files, for a model on one or more hosts with the live reports on those."""
    return {
        MERGE_REQUEST: "\n".join(_merge_request(model, entries, reports)) + "\n",
        MODEL_THREAD: "\n".join(_thread(MODEL_THREAD, model, entries, reports)) + "\n",
        PLATFORM_THREAD: "\n".join(_thread(PLATFORM_THREAD, model, entries, reports)) + "\n",
    }


def proposed(answers: Mapping[str, int]) -> str:
    """The level that reports on one column speak for: full where all works, limited where most fails, else partial.

    "" where nobody tried it.
    """
    total = sum(answers.values())
    if not total:
        return ""
    if answers.get(Answer.WORKS, 0) == total:
        return "full"
    return "limited" if 2 * answers.get(Answer.FAILS, 0) >= total else "partial"


def _merge_request(model: WholeModel, entries: Sequence[WholeEntry], reports: Sequence[ToldReport]) -> Iterator[str]:
    yield f"## Add {plain(model.name)} to the models for GitLab Duo\n"
    yield f"File: `{DOCUMENT}`\n"
    heads = ("Model family", "Model", *(column.label for column in Column), "Platforms")
    answers = _answers(entries)
    levels = [_LEVELS[proposed(answers.get(column.value, {}))] for column in Column]
    hosts = ", ".join(dict.fromkeys(plain(entry.host_label) for entry in entries))
    yield "The row, with levels as the reports below speak for them:\n"
    yield table(heads, [(plain(model.group), plain(model.name), *levels, hosts)]) + "\n"
    yield "### What stands behind it\n"
    yield from _evidence(entries, reports)
    yield ""
    yield "### Versions\n"
    yield from _versions(reports)


def _thread(
    name: str, model: WholeModel, entries: Sequence[WholeEntry], reports: Sequence[ToldReport]
) -> Iterator[str]:
    wanted = plain(model.name)
    hosts = ", ".join(dict.fromkeys(plain(entry.host_label) for entry in entries))
    asked = f"the model {wanted} on {hosts}" if name == MODEL_THREAD else f"the platform {hosts}, with {wanted}"
    yield f"For {THREADS[name]}\n"
    yield f"We ask for {asked}.\n"
    air_gapped = sum(bool(each.versions.get(AIR_GAPPED)) for each in reports)
    fields = (
        ("Seats", _OPEN),
        ("Plan", _OPEN),
        ("Installation type", _OPEN),
        ("GitLab version", _said(reports, "gitlab") or _OPEN),
        ("Air-gapped", f"{air_gapped} of {len(reports)} installations" if reports else _OPEN),
        ("Models hosted now", _OPEN),
        ("Models wanted", wanted),
        ("Clouds", _OPEN),
        ("Serving framework", _said(reports, "server") or hosts),
        ("Prompt family", plain(model.family_label)),
    )
    for label, value in fields:
        yield f"- {label}: {value}"
    yield "\nWhat we found:\n"
    yield from _evidence(entries, reports)


def _evidence(entries: Sequence[WholeEntry], reports: Sequence[ToldReport]) -> Iterator[str]:
    if not reports:
        yield "Nobody has reported it yet."
        return
    tested = sum(each.grade >= Grade.TESTED for each in reports)
    count = len({each.installation for each in reports})
    yield f"{_number(len(reports), 'report')} from {_number(count, 'installation')}, {tested} with a test attached.\n"
    answers = _answers(entries)
    rows = [
        (column.label, *(str(answers.get(column.value, {}).get(answer.value, 0)) for answer in Answer))
        for column in Column
    ]
    yield table(("Features under", *(answer.label for answer in Answer)), rows)
    yield ""
    yield f"The newest is of {max(each.at for each in reports):%Y-%m-%d}."


def _number(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _versions(reports: Sequence[ToldReport]) -> Iterator[str]:
    said = False
    for name, label in VERSIONS.items():
        if words := _said(reports, name):
            said = True
            yield f"- {label}: {words}"
    if not said:
        yield "The reports state none."


def _said(reports: Iterable[ToldReport], name: str) -> str:
    """What reports state of one version, the most frequent first."""
    counts = Counter(str(each.versions[name]) for each in reports if each.versions.get(name))
    ordered = sorted(counts, key=lambda text: (-counts[text], text))
    return ", ".join(f"{plain(text)} ({counts[text]})" if counts[text] > 1 else plain(text) for text in ordered)


def _answers(entries: Iterable[WholeEntry]) -> Mapping[str, Mapping[str, int]]:
    """What the reports on all these entries say, by column."""
    found: dict[str, Counter[str]] = {}
    for entry in entries:
        for column, answers in entry.answers.items():
            found.setdefault(column, Counter()).update(answers)
    return found
