"""`demo`: `run` with a real model server beside it and a database that has something to show.

With --embed, a page like GitLab's admin area on another origin frames it, over https.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli import run
from app.cli.console import Refused, say

if TYPE_CHECKING:
    from app.cli.embedding import Embedding
    from app.config import Settings

SERVED_NAME = "tiny-random"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments; settings say the rest."""
    parser.add_argument(
        "--embed",
        nargs="?",
        const="same-site",
        choices=("same-site", "cross-site"),
        help="show it in a frame of another page, over https; the frame's page on the same site (default) or another",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Start the model server, fill an empty database, then do what `run` does."""
    from app.cli import model_server
    from app.cli.child import ChildError
    from app.cli.migrate import bring_up_to_date
    from app.cli.settings import own_settings

    settings = own_settings()
    key = _key(settings.data_dir / "demo-key")
    try:
        server = model_server.start(settings.data_dir, settings.bind_port + 2, SERVED_NAME, key)
    except ChildError as error:
        raise Refused(str(error)) from error
    here = os.getpid()
    frame = None
    try:
        if arguments.embed:
            frame = _framed(settings, arguments)
            settings = own_settings()
        bring_up_to_date(settings)
        _fill(server.url.removesuffix("/v1"), key)
        say(f"\nThe demo's model server: {server.url}, model {SERVED_NAME}, key {key}")
        return run.execute(arguments)
    finally:
        # Workers leave through here as well; the server is not theirs to stop.
        if os.getpid() == here:
            server.stop()
            if frame:
                frame.child.stop()


def _framed(settings: "Settings", arguments: argparse.Namespace) -> "Embedding":
    from app.cli import embedding

    frame = embedding.start(settings, arguments.embed)
    arguments.serving = frame.serving
    return frame


def _fill(origin: str, key: str) -> None:
    given = json.dumps({"origin": origin, "key": key})
    done = subprocess.run([sys.executable, "-P", "-m", "app.cli.samples"], input=given, text=True, check=False)
    if done.returncode:
        raise Refused("The samples could not be added, see above.")


def _key(path: Path) -> str:
    """The model server's key, made once: the samples keep it too."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(f"sk-demo-{secrets.token_urlsafe(12)}")
    return path.read_text(encoding="ascii")
