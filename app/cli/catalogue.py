"""`catalogue`: this portal's reports for others, theirs for this one, its documentation and texts for GitLab."""

import argparse
import difflib
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from app.cli.console import OK, WRONG, Refused, answer, say
from app.cli.installation import installation, operator

if TYPE_CHECKING:
    from app.domain.catalogue_whole import WholeEntry, WholeModel
    from app.services.ports import Ports

STDOUT = "-"


def configure(parser: argparse.ArgumentParser) -> None:
    """Take one act with its own arguments."""
    acts = parser.add_subparsers(dest="act", metavar="act", required=True, title="acts")
    export = acts.add_parser("export", help="write what this portal reports as a signed bundle", allow_abbrev=False)
    export.add_argument("file", nargs="?", default=STDOUT, metavar="FILE", help="where to; - is stdout (-)")
    export.add_argument("--csv", action="store_true", help="the whole catalogue as a sheet, not a bundle")
    taking = acts.add_parser("import", help="look at another portal's bundle, and take it", allow_abbrev=False)
    taking.add_argument("file", metavar="FILE|URL", help="a file, - for stdin, or the address of a bundle")
    following, ending = _following(acts)
    for each in (taking, following):
        each.add_argument("--yes", action="store_true", help="take it; without this it is only looked at")
        each.add_argument("--trust", action="store_true", help="trust who signed it: their reports may lift a tier")
        told = "take new reports also where one of theirs was refused here"
        each.add_argument("--again", action="store_true", help=told)
    docs = acts.add_parser("docs", help="write the catalogue down in Markdown", allow_abbrev=False)
    submit = acts.add_parser("submit", help="write the texts to propose a model to GitLab", allow_abbrev=False)
    submit.add_argument("model", metavar="MODEL", help="its name in the catalogue")
    submit.add_argument("--host", default="", help="one platform or server; all of its entries where none is named")
    renew = acts.add_parser("renew-key", help="sign with a new key; others have to trust it anew", allow_abbrev=False)
    renew.add_argument("--yes", action="store_true", help="do it; without this it is only told what that means")
    for each in (docs, submit):
        each.add_argument("--output", default=STDOUT, metavar="FOLDER", help="where to; - is stdout (-)")
    for each in (export, taking, following, ending, docs, submit, renew):
        each.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON on stdout")


def _following(acts: Any) -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    told = "list the catalogues that are followed, or look at one, and take it again and again"
    following = acts.add_parser("follow", help=told, allow_abbrev=False)
    where = "another portal's address, or that of a bundle; all that are followed are listed without one"
    following.add_argument("address", nargs="?", default="", metavar="ADDRESS", help=where)
    read = "a viewer's token of the other portal, in a file; - is stdin"
    following.add_argument("--token-file", metavar="FILE|-", help=read)
    ending = acts.add_parser("unfollow", help="follow one no longer; what was taken stays", allow_abbrev=False)
    ending.add_argument("address", metavar="ADDRESS", help="as the list has it")
    return following, ending


def execute(arguments: argparse.Namespace) -> int:
    """Do what was asked for. Raises Refused."""
    with installation() as app:
        from app.cli import catalogue_follow
        from app.factory import ports_of
        from app.services import catalogue_seed

        following = {"follow": catalogue_follow.follow, "unfollow": catalogue_follow.unfollow}
        acts = {"export": _export, "import": _import, "docs": _docs, "submit": _submit, **following}
        acts["renew-key"] = _renew_key
        catalogue_seed.seed(ports_of(app))
        return acts[arguments.act](ports_of(app), arguments)


def _export(ports: "Ports", arguments: argparse.Namespace) -> int:
    from app.domain.catalogue_sheet import lines
    from app.queries.catalogue_whole import whole
    from app.services import bundle_export

    with _written(arguments.file) as file:
        if arguments.csv:
            for line in lines(whole(ports.store, ports.facts)):
                file.write(line.encode())
            return OK
        header = bundle_export.export(ports, file)
    signer = header["installation"]["id"]
    say(f"{header['entries']} entries of {header['models']} models, signed as installation {signer}.")
    if arguments.json and arguments.file != STDOUT:
        answer({"file": arguments.file, **header})
    return OK


@contextmanager
def _written(name: str) -> Iterator[IO[bytes]]:
    """Stdout, or a file that takes its name only when it is whole. Raises Refused."""
    if name == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(name)
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            try:
                yield file
            except BaseException:
                os.unlink(file.name)
                raise
        os.replace(file.name, path)
    except OSError as problem:
        raise Refused(f"{name} cannot be written: {problem.strerror}.") from problem


def _import(ports: "Ports", arguments: argparse.Namespace) -> int:
    from app.cli import catalogue_look as looks
    from app.domain.errors import Invalid
    from app.services import bundles

    choice = bundles.Choice(trust=arguments.trust, again=arguments.again)
    with _opened(ports, arguments.file) as file:
        try:
            look = bundles.look(ports, file, choice)
            if not arguments.json:
                looks.show(look)
            taken = bundles.take(ports, operator(), file, choice, looks.progress) if arguments.yes else None
        except Invalid as refusal:
            return looks.refused(refusal, json=arguments.json)
    if arguments.json:
        answer(looks.data(look, taken))
    else:
        looks.conclude(look, taken)
    return OK


@contextmanager
def _opened(ports: "Ports", name: str) -> Iterator[IO[bytes]]:
    """A file that can be read twice, from wherever it is. Raises Refused, Invalid and Unavailable."""
    from app.services import bundle_fetch, bundle_files
    from app.services.bundle_fetch import Source

    if name.startswith(("http://", "https://")):
        with bundle_fetch.fetched(ports, Source(name)).file as file:
            yield file
    elif name == STDOUT:
        with tempfile.TemporaryFile() as file:
            bundle_files.save(iter(lambda: sys.stdin.buffer.read(bundle_files.CHUNK), b""), file)
            yield file
    else:
        try:
            opened = open(name, "rb")  # noqa: SIM115 (what happens inside the block is no failure to open)
        except OSError as problem:
            raise Refused(f"{name} cannot be read: {problem.strerror}.") from problem
        with opened:
            yield opened


def _docs(ports: "Ports", arguments: argparse.Namespace) -> int:
    from app.domain.catalogue_docs import documents
    from app.queries.catalogue_whole import whole

    return _give(documents(whole(ports.store, ports.facts)), arguments)


def _submit(ports: "Ports", arguments: argparse.Namespace) -> int:
    from app.domain.catalogue_submission import texts
    from app.queries.catalogue_whole import reports_on, whole

    model = _named(whole(ports.store, ports.facts), arguments.model)
    entries = _on_host(model, arguments.host)
    reports = [report for entry in entries for report in reports_on(ports.store, entry.id)]
    return _give(texts(model, entries, reports), arguments)


def _renew_key(ports: "Ports", arguments: argparse.Namespace) -> int:
    from app.services import installations

    if not arguments.yes:
        say("Bundles would be signed with a new key. Portals that trust this installation are asked about it and count")
        say("nothing new of it until they trust it again; tell their people the new fingerprint. Add --yes to do it.")
        return WRONG
    made = installations.renew_key(ports, operator())
    if arguments.json:
        answer({"fingerprint": made})
    else:
        say(f"Bundles are signed with a new key from now on. Its fingerprint, for those who trusted the former: {made}")
    return OK


def _named(models: Sequence["WholeModel"], name: str) -> "WholeModel":
    from app.domain.endpoints import name_key

    by_name = {model.slug: model for model in models} | {name_key(model.name): model for model in models}
    if found := by_name.get(name_key(name)):
        return found
    near = dict.fromkeys(by_name[each].name for each in difflib.get_close_matches(name_key(name), by_name, n=3))
    hint = f" Near to it: {', '.join(near)}." if near else ""
    raise Refused(f"The catalogue has no model {name}.{hint}")


def _on_host(model: "WholeModel", host: str) -> Sequence["WholeEntry"]:
    entries = [entry for entry in model.entries if host in ("", entry.host)]
    if not entries:
        hosts = ", ".join(dict.fromkeys(entry.host for entry in model.entries))
        raise Refused(f"{model.name} has no entry on {host}. It has entries on {hosts}.")
    return entries


def _give(texts: Mapping[str, str], arguments: argparse.Namespace) -> int:
    """Print the texts, or write each to its file in a folder. Raises Refused."""
    if arguments.output != STDOUT:
        folder = Path(arguments.output)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, text in texts.items():
                (folder / name).write_text(text, encoding="utf-8")
        except OSError as problem:
            raise Refused(f"{folder} cannot be written: {problem.strerror}.") from problem
        for name in texts:
            say(f"Wrote {folder / name}")
    if arguments.json:
        answer({"files": dict(texts)})
    elif arguments.output == STDOUT:
        print("\n".join(texts.values()), flush=True)
    return OK
