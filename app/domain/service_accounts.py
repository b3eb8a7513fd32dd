"""The key file of a Google service account: what is taken of it, and what is refused before anything is stored.

Source: Google Cloud IAM, "Create and delete service account keys"; "Validate credential configurations from external
sources", which is why no other kind of file is taken and no address in it is ever called.
"""

import json
import re
from typing import Any

SERVICE_ACCOUNT = "service_account"
FIELDS = ("type", "project_id", "private_key_id", "private_key", "client_email")
TEXT_MAX = 16_384
_FIELD_MAX = 8_192
_PEM = re.compile(
    r"-----BEGIN (RSA )?PRIVATE KEY-----\n"
    r"(?:[A-Za-z0-9+/]{1,76}\n)*[A-Za-z0-9+/]{1,76}={0,2}\n"
    r"-----END (RSA )?PRIVATE KEY-----\n"
)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.gserviceaccount\.com")
_CALLS = "It names addresses to be called for a token, and Modelport calls none that come from a form."
_REFUSED = {
    "authorized_user": "It is a person's own sign-in and ends with it.",
    "external_account": _CALLS,
    "external_account_authorized_user": _CALLS,
    "impersonated_service_account": _CALLS,
    "gdch_service_account": _CALLS,
}
_ASK = "Paste the whole JSON file that Google Cloud made for a key of the service account."


def read_service_account(text: str) -> dict[str, str]:
    """The five fields that are stored, everything else left behind; raises ValueError with a sentence for people.

    `token_uri` and the other addresses of the file are among what is left behind.
    """
    file = _object(text)
    kind = file.get("type")
    if kind != SERVICE_ACCOUNT:
        raise ValueError(_why_refused(kind))
    missing = [name for name in FIELDS if not (isinstance(file.get(name), str) and file[name].strip())]
    if missing:
        raise ValueError(f"The file lacks {', '.join(missing)}. {_ASK}")
    account = {name: file[name].strip() for name in FIELDS}
    if any(len(value) > _FIELD_MAX for value in account.values()):
        raise ValueError(f"A field of the file is too long to be one of a key. {_ASK}")
    if not _EMAIL.fullmatch(account["client_email"]):
        raise ValueError("The file's client_email is not that of a service account, which ends in gserviceaccount.com.")
    return {**account, "private_key": _private_key(account["private_key"])}


def _object(text: str) -> dict[str, Any]:
    stripped = text.strip()
    if stripped.startswith("-----BEGIN"):
        raise ValueError(f"This is the private key alone. {_ASK}")
    if len(stripped) > TEXT_MAX:
        raise ValueError(f"This is too long for a service account's file. {_ASK}")
    try:
        file = json.loads(stripped)
    except (ValueError, RecursionError):
        raise ValueError(f"This is not JSON. {_ASK}") from None
    if not isinstance(file, dict):
        raise ValueError(f"This is not a service account's file. {_ASK}")
    return file


def _why_refused(kind: object) -> str:
    if isinstance(kind, str) and kind in _REFUSED:
        return f"A file of the type {kind} is not taken. {_REFUSED[kind]} Use a service account's key file."
    return f"The file's type is not {SERVICE_ACCOUNT}. {_ASK}"


def _private_key(pem: str) -> str:
    """The key with real line breaks: files that went through a shell or a template often hold the two characters."""
    key = pem.replace("\\n", "\n").replace("\r\n", "\n").strip() + "\n"
    if "ENCRYPTED" in key:
        raise ValueError(f"The file's private_key is locked with a passphrase. {_ASK}")
    if not _PEM.fullmatch(key):
        raise ValueError(f"The file's private_key is not a whole private key in PEM form. {_ASK}")
    return key
