"""One set-up: Python packages and web files side by side, one at a time on a machine, repaired when interrupted."""

import contextlib
import fcntl
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from app.cli.prepare import pack, packages, web
from app.cli.prepare.places import LOG, MODULES, ROOT, SCRIPTS
from app.cli.prepare.programs import Programs
from app.cli.prepare.state import State, digest, is_current, is_ready, load_state, locked, npm_wanted, save_state

Say = Callable[[str], None]
TICK_SECONDS = 10.0
PRODUCTION = ("production",)


def set_up(sections: Collection[str], say: Say) -> None:
    """Bring everything in place that `sections` stand for. Raises SetupError."""
    begin = time.monotonic()
    packages.require_venv()
    with _alone(say) as lock:
        state = load_state()
        if is_ready(state, sections):
            return
        say("Setting up Modelport ...")
        _set_up(state, sections, lock, say)
        say(f"Set up in {time.monotonic() - begin:.0f} s.")


def set_up_from(path: Path, say: Say) -> None:
    """Bring in place what production needs, out of a pack and without a network. Raises SetupError."""
    begin = time.monotonic()
    packages.require_venv()
    with _alone(say) as lock, tempfile.TemporaryDirectory(dir=ROOT) as folder:
        if is_ready(load_state(), PRODUCTION):
            return
        say(f"Setting up Modelport from {path} ...")
        # All of it is looked at before anything here is touched.
        pack.unpack(path, Path(folder))
        packages.make_folder()
        with Programs(LOG, lock) as programs:
            packages.add_pip(programs)
            packages.install_packed(programs, PRODUCTION, Path(folder, pack.WHEELS))
        web.take_vendor(Path(folder, pack.PAGES))
        save_state(State({name: locked()[name] for name in PRODUCTION}, npm_wanted(PRODUCTION)[0], digest(*SCRIPTS)))
        say(f"Set up in {time.monotonic() - begin:.0f} s.")


@contextlib.contextmanager
def _alone(say: Say) -> Iterator[int]:
    """Hold the set-up's lock and yield its descriptor; it goes with the last process that has it open."""
    with (ROOT / "portal").open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another start is setting up; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def _set_up(state: State, sections: Collection[str], lock: int, say: Say) -> None:
    now = locked()
    if not (state.sections and is_current(state, now)):
        packages.make_folder()
        state = State(npm=state.npm)
    missing = [name for name in sections if name not in state.sections]
    npm_wanted_now = npm_wanted(sections)
    has_npm = state.npm in npm_wanted_now and MODULES.is_dir()
    # Until the end the stamp tells of nothing that is being changed, so that the next start does it again.
    save_state(State({} if missing else state.sections, state.npm if has_npm else ""))
    pip_ready = threading.Event()
    with ThreadPoolExecutor(2) as pool, Programs(LOG, lock) as programs:
        work = {}
        if missing:
            fresh = not state.sections
            work[pool.submit(_packages, programs, missing, fresh, pip_ready)] = "Python packages"
        else:
            pip_ready.set()
        work[pool.submit(_web, programs, sections, has_npm, pip_ready)] = "files for the pages"
        _follow(work, say)
    installed = state.sections | {name: now[name] for name in missing}
    save_state(State(installed, state.npm if has_npm else npm_wanted_now[0], digest(*SCRIPTS)))


def _packages(programs: Programs, missing: Collection[str], fresh: bool, pip_ready: threading.Event) -> None:
    try:
        if fresh:
            packages.add_pip(programs)
    finally:
        pip_ready.set()
    packages.install(programs, missing)


def _web(programs: Programs, sections: Collection[str], has_npm: bool, pip_ready: threading.Event) -> None:
    if not has_npm:
        web.install(programs, sections, pip_ready)
    web.fill_vendor()


def _follow(work: dict[Future[None], str], say: Say) -> None:
    """Wait for all work, saying what is done; raises what the first failing piece raised."""
    begin = time.monotonic()
    open_work = set(work)
    while open_work:
        done, open_work = wait(open_work, TICK_SECONDS, FIRST_COMPLETED)
        for each in done:
            each.result()
            say(f"  {work[each]}: {time.monotonic() - begin:.0f} s")
        if not done:
            say(
                f"  still working on {' and '.join(work[each] for each in open_work)}, {time.monotonic() - begin:.0f} s"
            )
