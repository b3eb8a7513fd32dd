"""`check`: what is wrong with this installation and how to mend it, and what to register at the provider."""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli import check_address
from app.cli.console import OK, ROOT, WRONG, Refused, answer, say
from app.cli.prepare.state import has_vendor, load_state

if TYPE_CHECKING:
    from app.config import Settings
    from app.services.checkup import Finding

MOUNTS = Path("/proc/mounts")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--address", help="only whether this address would be called, by which rule, what admits it")


def execute(arguments: argparse.Namespace) -> int:
    """Look at everything and say all that is wrong; a wrong setting does not hide the next one. Nothing is written."""
    if arguments.address is not None:
        return check_address.execute(arguments.address, json=arguments.json)
    problems: list[str] = []
    warnings: list[str] = []
    callback = secret = None
    try:
        settings = _settings()
    except Refused as refusal:
        problems += refusal.lines
    else:
        callback, secret = f"{settings.origin}/auth/callback", _alert_secret(settings)
        for finding in _findings(settings):
            (warnings if finding.warning else problems).append(finding.sentence)
    if not has_vendor(load_state()):
        problems.append("static/vendor is incomplete: run ./portal setup.")
    if arguments.json:
        answer(
            {
                "ok": not problems,
                "problems": problems,
                "warnings": warnings,
                "callback": callback,
                "alert_secret": secret,
            }
        )
    else:
        _print(problems, warnings, callback, secret)
    return WRONG if problems else OK


def _settings() -> "Settings":
    """The settings, with this installation's own key where `run` has made one."""
    from app.cli.settings import own_settings, read_settings

    settings = read_settings()
    made = settings.secret_keys or (settings.data_dir / "secret_key").exists()
    return own_settings() if made else settings


def _alert_secret(settings: "Settings") -> str | None:
    if not settings.alert_webhook:
        return None
    from app.parts import alert_secret

    return alert_secret(settings)


def _print(problems: list[str], warnings: list[str], callback: str | None, secret: str | None) -> None:
    for problem in problems:
        say(f"- {problem}")
    for warning in warnings:
        say(f"- Warning: {warning}")
    if callback:
        say(f"Address to register at the provider: {callback}")
        logout = callback.removesuffix("callback") + "backchannel-logout"
        say(f"Where it may say that a session is over (back-channel logout): {logout}")
    if secret:
        say(f"Secret with which the receiver of alerts verifies them: {secret}")
    say(f"{len(problems)} found wrong." if problems else "Nothing found wrong.")


def _findings(settings: "Settings") -> "Iterator[Finding]":
    from app.config import serving_problems
    from app.services.checkup import Finding

    for problem in serving_problems(settings):
        yield Finding(problem)
    yield from local_findings(settings)
    yield from _database(settings)
    yield from _provider(settings)


def local_findings(settings: "Settings") -> "Iterator[Finding]":
    """What is wrong on this machine, whatever the database and other servers say."""
    import sqlite3

    from app.config import PREFIX
    from app.config_values import exposure
    from app.key_files import too_open
    from app.services import checkup
    from app.services.checkup import Finding

    yield from checkup.unknown_names([name for name in os.environ if name.startswith(PREFIX)], _known_names())
    yield from checkup.framing(settings.origin, settings.embed_origins, settings.cookie_mode)
    if exposed := exposure(settings.proxy_hops, on_loopback=settings.on_loopback):
        yield Finding(exposed, warning=True)
    for sentence in too_open(settings, os.environ):
        yield Finding(sentence, warning=True)
    yield from checkup.proxies(settings.origin, settings.proxy_hops, on_loopback=settings.on_loopback)
    if not settings.database_url:
        yield from checkup.sqlite_version(sqlite3.sqlite_version_info)
        yield from checkup.filesystem(settings.data_dir, MOUNTS.read_text("utf-8") if MOUNTS.exists() else "")
    yield from checkup.prompts(ROOT / "prompts")


def _database(settings: "Settings") -> "Iterator[Finding]":
    """What only the database can tell."""
    from app.data.faults import FactsError
    from app.services import checkup
    from app.services.checkup import Finding

    if not settings.database_url and not Path(settings.database.removeprefix("sqlite:///")).exists():
        yield Finding("There is no database yet: run ./portal migrate.")
    elif settings.secret_keys:
        from app.factory import create_app, ports_of

        try:
            ports = ports_of(create_app(settings))
        except FactsError:
            return  # told with the prompts
        problems = list(checkup.database(ports))
        yield from problems or checkup.keys(ports)
        if not problems:
            yield from checkup.proofs(ports)
        yield from checkup.webhook(ports)
        yield from checkup.instance(ports)


def _provider(settings: "Settings") -> "Iterator[Finding]":
    """What only the identity provider can tell."""
    from app.lib.egress import Policy
    from app.lib.http import Door
    from app.services import checkup

    if settings.oidc_issuer:
        # The provider is named by the operator alone, so the rules for addresses that people type do not concern it.
        ca_file = str(settings.ca_file) if settings.ca_file else None
        door = Door(Policy(loopback_open=True), ca_file, settings.egress_proxy or None)
        yield from checkup.provider(door, settings.oidc_issuer)


def _known_names() -> list[str]:
    from app.config import PREFIX, Settings

    names = [PREFIX + name.upper() for name in Settings.model_fields]
    return [*names, *(f"{name}_FILE" for name in names), PREFIX + "CONFIG", PREFIX + "TEST_BROWSER"]
