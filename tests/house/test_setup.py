"""Set-up: done once, noticed when out of date, and told in one line when it cannot be."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.commands import COMMANDS
from app.cli.prepare import packages, places, start, state, web
from app.cli.prepare.programs import Programs, SetupError, last_words

ROOT = places.ROOT
SYSTEM_PYTHON = Path(sys.base_prefix, "bin", "python3")


@pytest.mark.parametrize("arguments", [["--help"], [], *([name, "--help"] for name in COMMANDS)], ids=" ".join)
def test_help_needs_no_set_up(arguments: list[str]):
    shown = subprocess.run(
        [SYSTEM_PYTHON, "-I", ROOT / "portal", *arguments], capture_output=True, text=True, check=False
    )
    assert shown.stdout.startswith("usage: ./portal")
    assert (shown.returncode, shown.stderr) == (0 if arguments else 2, "")


def test_an_unknown_command_sets_nothing_up():
    said = subprocess.run([SYSTEM_PYTHON, "-I", ROOT / "portal", "srve"], capture_output=True, text=True, check=False)
    assert said.returncode == 2
    assert "invalid choice: 'srve'" in said.stderr


def test_an_old_python_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    with pytest.raises(SystemExit) as left:
        runpy.run_path(str(ROOT / "portal"), run_name="__main__")
    assert left.value.code == 2
    assert re.fullmatch(r"Modelport needs Python 3\.11 or newer, .*\n", capsys.readouterr().err)


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_names_the_package(missing: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == missing else object())
    with pytest.raises(SetupError, match="install the package python3-venv"):
        packages.require_venv()


@pytest.mark.parametrize(
    ("arguments", "sections"),
    [
        (["serve"], {"production"}),
        (["setup"], {"production"}),
        (["setup", "--for", "run"], {"production", "evaluation"}),
        (["run"], {"production", "evaluation"}),
        (["demo"], {"production", "evaluation", "demo"}),
        (["test", "-k", "run"], {"production", "evaluation", "demo", "test"}),
    ],
)
def test_a_command_gets_what_it_needs(arguments: list[str], sections: set[str]):
    assert set(start.wanted_sections(arguments[0], arguments)) == sections


def test_serve_never_sets_up(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(start, "is_ready", lambda *_: False)
    monkeypatch.setattr(start, "_set_up", lambda _: pytest.fail("serve set up"))
    assert start.main(["serve"]) == 2
    assert "run ./portal setup first" in capsys.readouterr().err


def test_set_up_uses_the_standard_library_alone():
    program = """if True:
        import sys
        sys.path.insert(0, sys.argv[1])
        import app.cli.parser, app.cli.prepare.install, app.cli.prepare.start
        print(*{name.partition(".")[0] for name in sys.modules})
    """
    command = [SYSTEM_PYTHON, "-I", "-S", "-c", program, ROOT]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert set(loaded) - sys.stdlib_module_names == {"__main__", "app"}


class Checkout:
    """A folder that set-up finished; what it was made from can be changed."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lock, self.packages, self.script = root / "lock", root / "packages", root / "app.js"
        self.vendor = root / "vendor"
        self.python = root / "python"
        paths = {"REQUIREMENTS": self.lock, "PACKAGES": self.packages, "SCRIPTS": (self.script,), "VENDOR": self.vendor}
        for name, path in {**paths, "PYTHON": self.python, "STAMP": root / "stamp"}.items():
            monkeypatch.setattr(state, name, path)
        self.vendor.mkdir()
        for path in (self.packages, self.script, self.python, self.vendor / "bundle.js"):
            path.write_text("as it was")
        for name in places.FILES:
            (self.vendor / name).touch()
        self.lock.write_text("# section: production\na\n# section: test\nb\n")
        installed = {"production": state.locked()["production"]}
        state.save_state(state.State(installed, state.npm_wanted(["production"])[0], state.digest(self.script)))

    def is_ready(self, *sections: str) -> bool:
        return state.is_ready(state.load_state(), sections)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    return Checkout(tmp_path, monkeypatch)


def test_a_finished_set_up_is_not_done_again(checkout: Checkout):
    assert checkout.is_ready("production")
    assert not checkout.is_ready("production", "test")


def test_changed_requirements_are_installed(checkout: Checkout):
    checkout.lock.write_text("# section: production\na newer\n# section: test\nb\n")
    assert not checkout.is_ready("production")


@pytest.mark.parametrize("changed", ["packages", "script"])
def test_changed_web_files_are_joined_again(checkout: Checkout, changed: str):
    getattr(checkout, changed).write_text("changed")
    assert not checkout.is_ready("production")


@pytest.mark.parametrize("name", [*places.FILES, "bundle.js"])
def test_a_missing_file_is_put_back(checkout: Checkout, name: str):
    (checkout.vendor / name).unlink()
    assert not checkout.is_ready("production")


def test_a_python_that_moved_on_is_noticed(checkout: Checkout, tmp_path: Path):
    (tmp_path / "python3.99").touch()
    checkout.python.unlink()
    checkout.python.symlink_to(tmp_path / "python3.99")
    assert not checkout.is_ready("production")


def test_a_broken_stamp_counts_as_none(checkout: Checkout, tmp_path: Path):
    (tmp_path / "stamp").write_text('{"python": ')
    assert not checkout.is_ready("production")


def test_scripts_are_joined_with_the_guard_before_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    sources = {**dict.fromkeys(places.FILES.values(), "x"), places.BUNDLED[0]: "htmx()", places.BUNDLED[1]: "guard()"}
    for name, text in sources.items():
        (tmp_path / "modules" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "modules" / name).write_text(f"{text}\n//# sourceMappingURL={name}.map\n")
    scripts = tuple(tmp_path / f"{name}.js" for name in ("own", "more"))
    for script in scripts:
        script.write_text(f"{script.stem}()\n")
    for name, path in {"MODULES": tmp_path / "modules", "VENDOR": tmp_path / "vendor", "SCRIPTS": scripts}.items():
        monkeypatch.setattr(web, name, path)
    web.fill_vendor()
    assert (tmp_path / "vendor" / "bundle.js").read_text() == "htmx();\nguard();\nown();\nmore()\n"


def test_style_sheets_bring_no_images_that_the_policy_refuses():
    sheet = b"""a{mask:url("data:x,%3Csvg width='8'%3E")}b{background:url('data:x,"(1)"') top}c{src:url(x.svg)}"""
    assert web._style_sheet(sheet) == b"a{mask:none}b{background:none top}c{src:url(x.svg)}"
    assert not any(b"data:" in path.read_bytes() for path in places.VENDOR.glob("*.css"))


def run(programs: Programs, code: str) -> None:
    programs.run([sys.executable, "-c", code], "Mend the network.", ROOT)


def test_a_failing_program_gives_one_line_with_its_cure(tmp_path: Path):
    with Programs(tmp_path / "log", 0) as programs, pytest.raises(SetupError) as failed:
        run(programs, "print('ERROR: no such wheel'); print('a notice'); raise SystemExit(1)")
    assert str(failed.value).startswith("Mend the network. It said: ERROR: no such wheel (")
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (b"ERROR: first\nERROR: last\n[notice] more\n", "ERROR: last"),
        (b"npm error code E404\nnpm error 404 Not Found\n", "npm error code E404"),
        (b"killed\n\n", "killed"),
        (b"", "nothing"),
    ],
)
def test_the_line_that_tells_most_is_quoted(output: bytes, words: str):
    assert last_words(output) == words


def test_nothing_is_started_once_set_up_has_ended(tmp_path: Path):
    with Programs(tmp_path / "log", 0) as programs:
        pass
    with pytest.raises(SetupError, match="stopped"):
        run(programs, "open('started', 'w')")


def test_a_program_holds_the_lock_of_the_set_up_that_started_it(tmp_path: Path):
    with (tmp_path / "lock").open("w") as lock, Programs(tmp_path / "log", lock.fileno()) as programs:
        run(programs, f"import os; assert os.path.samestat(os.fstat({lock.fileno()}), os.stat({lock.name!r}))")


@pytest.mark.parametrize(("version", "command"), [("v12.22.9", []), ("v22.1.0", ["npm"])])
def test_an_old_node_counts_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, command: list[str]):
    for name in ("node", "npm"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(web, "NODE", tmp_path / "none")
    assert web.npm() == command
