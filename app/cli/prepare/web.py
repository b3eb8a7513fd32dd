"""The files of others that pages load: installed by npm as locked, copied and joined into static/vendor."""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Collection

from app.cli.prepare import packages
from app.cli.prepare.places import BUNDLE, BUNDLED, FILES, MODULES, NODE, ROOT, SCRIPT, VENDOR, VENV
from app.cli.prepare.programs import Programs
from app.cli.prepare.state import replace

NODE_SINCE = 18
CURE = (
    "The files for the pages could not be installed: see that this machine reaches an npm registry "
    "(npm's own settings or HTTPS_PROXY say how), then start again."
)
_SOURCE_MAP = re.compile(rb"//# sourceMappingURL=\S*|/\*# sourceMappingURL=[^*]*\*/")


def npm_command(programs: Programs, pip_ready: threading.Event) -> list[str]:
    """How to call npm: the machine's, else that of the wheel, which waits for pip."""
    if _has_node():
        return ["npm"]
    pip_ready.wait()
    packages.install_node(programs)
    return [str(NODE / "bin/node"), str(NODE / "lib/node_modules/npm/bin/npm-cli.js")]


def _has_node() -> bool:
    if not (shutil.which("npm") and shutil.which("node")):
        return False
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    major = said.strip().removeprefix("v").partition(".")[0]
    return major.isdigit() and int(major) >= NODE_SINCE


def install(programs: Programs, npm: list[str], sections: Collection[str]) -> None:
    """Fill node_modules as package-lock.json says; nothing that a package brings is run."""
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    # Without these an unreachable registry is noticed after more than a minute.
    command += ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
    if "test" not in sections:
        command.append("--omit=dev")
    if not os.access(os.path.expanduser("~"), os.W_OK):
        command.append(f"--cache={VENV / 'npm-cache'}")
    # The wheel's Node trusts only its own list of authorities, not the system's, unless told so.
    programs.run(command, CURE, ROOT, {"NODE_USE_SYSTEM_CA": "1"})


def fill_vendor() -> None:
    """Write static/vendor from node_modules and static/app.js."""
    VENDOR.mkdir(exist_ok=True)
    for name, source in FILES.items():
        content = (MODULES / source).read_bytes()
        replace(VENDOR / name, _SOURCE_MAP.sub(b"", content) if name.endswith(".css") else content)
    scripts = [(MODULES / name).read_bytes() for name in BUNDLED]
    scripts += [SCRIPT.read_bytes()] if SCRIPT.exists() else []
    replace(VENDOR / BUNDLE, b";\n".join(_SOURCE_MAP.sub(b"", each).rstrip() for each in scripts) + b"\n")
