"""The files of others that pages load: installed by npm as locked, copied and joined into static/vendor."""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Collection
from pathlib import Path

from app.cli.prepare import packages
from app.cli.prepare.places import BUNDLE, BUNDLED, FILES, MODULES, NODE, ROOT, SCRIPTS, VENDOR, VENV
from app.cli.prepare.programs import Programs
from app.cli.prepare.state import replace

NODE_SINCE = 18
CURE = (
    "The files for the pages could not be installed: see that this machine reaches an npm registry "
    "(npm's own settings or HTTPS_PROXY say how), then start again."
)
QUIETLY = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
# The wheel's Node trusts only its own list of authorities, not the system's, unless told so.
TRUST = {"NODE_USE_SYSTEM_CA": "1"}
_IMAGES_INSIDE = re.compile(rb"""url\((?:"data:[^"]*"|'data:[^']*'|data:[^)"']*)\)""")
_SOURCE_MAP = re.compile(rb"//# sourceMappingURL=\S*|/\*# sourceMappingURL=[^*]*\*/")


def npm() -> list[str]:
    """How to call npm: that of the wheel where it was needed, else the machine's; empty where there is neither."""
    own = NODE / "bin/node"
    if own.exists():
        # The wheel holds copies where npm expects links, so that its bin/npm does not run.
        return [str(own), str(NODE / "lib/node_modules/npm/bin/npm-cli.js")]
    return ["npm"] if _has_node() else []


def _has_node() -> bool:
    if not (shutil.which("npm") and shutil.which("node")):
        return False
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    major = said.strip().removeprefix("v").partition(".")[0]
    return major.isdigit() and int(major) >= NODE_SINCE


def install(programs: Programs, sections: Collection[str], pip_ready: threading.Event) -> None:
    """Fill node_modules as package-lock.json says; where there is no Node, one is installed first, which waits for pip.

    Nothing that a package brings is run.
    """
    if not npm():
        pip_ready.wait()
        packages.install_node(programs)
    command = install_command()
    if "test" not in sections:
        command.append("--omit=dev")
    programs.run(command, CURE, ROOT, TRUST)


def install_command() -> list[str]:
    """What fills the node_modules of the folder it is run in, exactly as locked there."""
    command = [*npm(), "ci", *QUIETLY]
    # Without these an unreachable registry is noticed after more than a minute.
    command += ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
    if not os.access(os.path.expanduser("~"), os.W_OK):
        command.append(f"--cache={VENV / 'npm-cache'}")
    return command


def _style_sheet(content: bytes) -> bytes:
    """Without images that lie inside it: the content policy lets none in, and a browser would report each."""
    return _IMAGES_INSIDE.sub(b"none", _SOURCE_MAP.sub(b"", content))


def take_vendor(folder: Path) -> None:
    """Write static/vendor from files that were made elsewhere by `fill_vendor`."""
    VENDOR.mkdir(exist_ok=True)
    for source in folder.iterdir():
        replace(VENDOR / source.name, source.read_bytes())


def fill_vendor() -> None:
    """Write static/vendor from node_modules and our own scripts."""
    VENDOR.mkdir(exist_ok=True)
    for name, source in FILES.items():
        content = (MODULES / source).read_bytes()
        replace(VENDOR / name, _style_sheet(content) if name.endswith(".css") else content)
    scripts = [(MODULES / name).read_bytes() for name in BUNDLED]
    scripts += [path.read_bytes() for path in SCRIPTS]
    replace(VENDOR / BUNDLE, b";\n".join(_SOURCE_MAP.sub(b"", each).rstrip() for each in scripts) + b"\n")
