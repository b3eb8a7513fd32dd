"""The child process of the evaluation: canaille, kept in memory and filled with three people and one client."""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from app.cli.child import end_with_parent

CLIENT_ID = "modelport"
CLIENT_AUTHENTICATION = "client_secret_basic"


def main() -> None:
    """Build the provider from the line on standard input, serve it, say so, stay until the parent ends."""
    options = json.loads(sys.stdin.readline())
    end_with_parent()

    from canaille import create_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Addresses carry states and token hints; they are not written down."""

    _ask_for_all_conditions()
    app = create_app(config=_configuration(options))
    with app.app_context():
        _fill(options)
    port = int(options["server_name"].rpartition(":")[2])
    house = _one_at_a_time(_asking_once(app.wsgi_app))
    server = make_server(options["host"], port, house, threaded=True, request_handler=Quiet)
    print("ready", flush=True)
    server.serve_forever()


def _configuration(options: dict[str, Any]) -> dict[str, Any]:
    # Nothing here may leave the machine: no mail, no password look-up, no image from elsewhere.
    return {
        "SECRET_KEY": options["cookie_secret"],
        "SERVER_NAME": options["server_name"],
        "PREFERRED_URL_SCHEME": "http",
        "CANAILLE": {
            "NAME": "Modelport evaluation",
            "DATABASE": "memory",
            "SMTP": None,
            "ENABLE_PASSWORD_RECOVERY": False,
            "CAPTCHA_ENABLED": False,
            "ACL": {"DEFAULT": {"PERMISSIONS": ["use_oidc"], "READ": ["user_name", "groups"], "WRITE": []}},
        },
        "CANAILLE_OIDC": {
            "ACTIVE_JWKS": [_signing_key(Path(options["folder"]))],
            "USERINFO_MAPPING": {"PREFERRED_USERNAME": "{{ user.user_name }}"},
        },
        "CANAILLE_SCIM": {"ENABLE_SERVER": False},
    }


def _signing_key(folder: Path) -> dict[str, str]:
    """The provider's RSA key as a JWK, made once: a new one would void every cached key set."""
    path = folder / "signing-key.json"
    if not path.exists():
        from joserfc.jwk import RSAKey

        key = RSAKey.generate_key(2048, private=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            json.dump(key.as_dict(private=True), handle)
    jwk: dict[str, str] = json.loads(path.read_text(encoding="ascii"))
    return jwk


def _fill(options: dict[str, Any]) -> None:
    from canaille.app import models
    from canaille.backends import Backend

    for name, login, group, password in options["people"]:
        given, _, family = name.partition(" ")
        person = models.User(
            user_name=login,
            formatted_name=name,
            given_name=given,
            family_name=family,
            display_name=name,
            emails=[f"{login}@modelport.example"],
            password=password,
        )
        Backend.instance.save(person)
        Backend.instance.save(models.Group(display_name=group, members=[person]))
    client = models.Client(
        client_id=CLIENT_ID,
        client_secret=options["client_secret"],
        client_name="Modelport",
        client_uri=options["portal_url"],
        redirect_uris=[f"{options['portal_url']}/auth/callback"],
        post_logout_redirect_uris=[f"{options['portal_url']}/"],
        grant_types=["authorization_code"],
        response_types=["code"],
        scope=["openid", "profile", "email", "groups"],
        token_endpoint_auth_method=CLIENT_AUTHENTICATION,
    )
    Backend.instance.save(client)
    client.audience = [client]
    Backend.instance.save(client)


def _ask_for_all_conditions() -> None:
    """Make the memory backend answer a query as the other backends do.

    It joins conditions with "or": asked for this code of this client it gives any pending code of the client, and after
    one sign-in that somebody left half-way every other one failed by chance.
    """
    from canaille.backends.memory.backend import MemoryBackend, listify

    any_of = MemoryBackend.do_query

    def all_of(self: Any, model: Any, *arguments: Any, **conditions: Any) -> list[Any]:
        found: list[Any] = any_of(self, model, *arguments, **conditions)
        for attribute, values in conditions.items():
            index = self.attribute_index(model, attribute)
            fitting = {each for value in model.serialize(listify(values)) for each in index.get(value, ())}
            found = [each for each in found if each.id in fitting]
        return found

    MemoryBackend.do_query = all_of


def _asking_once(inner: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Take max_age=0 out of a request where prompt=login says the same.

    Canaille holds it against the time of each request, that after the password included, and would ask for ever.
    """

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        if ("prompt", "login") in pairs and ("max_age", "0") in pairs:
            environ["QUERY_STRING"] = urlencode([pair for pair in pairs if pair != ("max_age", "0")])
        return inner(environ, start_response)

    return answer


def _one_at_a_time(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Canaille's memory backend is not made for threads; browsers need several connections."""
    lock = threading.Lock()

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with lock:
            answer = application(environ, start_response)
            body = list(answer)
            getattr(answer, "close", lambda: None)()
        return body

    return serve


if __name__ == "__main__":
    main()
