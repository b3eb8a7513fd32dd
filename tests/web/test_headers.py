"""The headers of every answer, whatever it is."""

from pathlib import Path

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.web import headers


def build(folder: Path, *origins: str, https: bool = False) -> FlaskClient:
    (folder / "app.css").write_text("a {}", encoding="utf-8")
    app = Flask(__name__, static_folder=str(folder), static_url_path="/static")
    headers.setup(app, origins, https=https)
    app.add_url_rule("/", view_func=lambda: f"{headers.csp_nonce()} {headers.csp_nonce()}", endpoint="home")
    app.add_url_rule("/alone", view_func=headers.unframed(lambda: ""), endpoint="alone")
    app.add_url_rule("/json", view_func=lambda: {"a": 1}, endpoint="json")
    app.add_url_rule("/popup", view_func=lambda: headers.allow_opener(Response("")), endpoint="popup")
    app.add_url_rule("/feed", view_func=lambda: Response("", headers={"Cache-Control": "max-age=60"}), endpoint="feed")
    app.add_url_rule("/css", view_func=lambda: headers.static_url("app.css"), endpoint="css")
    return app.test_client()


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return build(tmp_path)


def directives(response: TestResponse) -> dict[str, str]:
    policy = response.headers["Content-Security-Policy"]
    return {name: value for name, _, value in (part.strip().partition(" ") for part in policy.split(";"))}


@pytest.mark.parametrize("path", ["/", "/json", "/nowhere", "/static/app.css"])
def test_every_answer_carries_the_policy_and_its_companions(client: FlaskClient, path: str) -> None:
    response = client.get(path, buffered=True)
    policy = directives(response)
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in response.headers["Permissions-Policy"]


@pytest.mark.parametrize("path", ["/", "/nowhere"])
def test_a_page_loads_and_sends_to_its_own_origin_alone(client: FlaskClient, path: str) -> None:
    policy = directives(client.get(path))
    assert policy["base-uri"] == policy["object-src"] == "'none'"
    assert policy["form-action"] == policy["connect-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"


@pytest.mark.parametrize("path", ["/json", "/static/app.css"])
def test_what_is_no_page_may_do_nothing(client: FlaskClient, path: str) -> None:
    assert directives(client.get(path, buffered=True)) == {"default-src": "'none'", "frame-ancestors": "'none'"}


def test_a_page_that_is_unframed_is_so_whoever_may_frame_the_others(tmp_path: Path) -> None:
    framed = build(tmp_path, "https://gitlab.acme.example")
    answers = [framed.get(path) for path in ("/alone", "/", "/json")]
    assert [answer.headers.get("X-Frame-Options") for answer in answers] == ["DENY", None, "DENY"]


def test_a_nonce_holds_for_one_answer_and_is_the_one_in_its_policy(client: FlaskClient) -> None:
    first, second = client.get("/"), client.get("/")
    one, same = first.text.split()
    assert one == same
    assert directives(first)["script-src"] == f"'nonce-{one}'"
    assert one not in second.text


def test_a_nonce_is_new_even_inside_one_application_context(client: FlaskClient) -> None:
    with client.application.app_context():
        assert client.get("/").text != client.get("/").text


def test_no_frame_is_allowed_unless_its_origin_is_named(client: FlaskClient, tmp_path: Path) -> None:
    assert client.get("/").headers["X-Frame-Options"] == "DENY"
    framed = build(tmp_path, "https://gitlab.acme.example", "https://git.acme.example").get("/")
    assert directives(framed)["frame-ancestors"] == "https://gitlab.acme.example https://git.acme.example"
    assert "X-Frame-Options" not in framed.headers


def test_only_an_installation_on_https_binds_browsers_to_it(client: FlaskClient, tmp_path: Path) -> None:
    assert "Strict-Transport-Security" not in client.get("/").headers
    assert "max-age=31536000" in build(tmp_path, https=True).get("/").headers["Strict-Transport-Security"]


def test_the_sign_in_window_of_a_frame_keeps_its_opener(client: FlaskClient) -> None:
    assert client.get("/popup").headers["Cross-Origin-Opener-Policy"] == "unsafe-none"


@pytest.mark.parametrize("path", ["/", "/json", "/nowhere", "/static/gone.css?v=1"])
def test_what_a_person_sees_is_never_stored(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_a_view_may_say_for_itself_how_long_it_keeps(client: FlaskClient) -> None:
    assert client.get("/feed").headers["Cache-Control"] == "max-age=60"


def test_files_are_kept_for_a_year_under_an_address_that_changes_with_them(client: FlaskClient, tmp_path: Path) -> None:
    address = client.get("/css").text
    assert "immutable" in client.get(address, buffered=True).headers["Cache-Control"]
    (tmp_path / "app.css").write_text("b {}", encoding="utf-8")
    assert client.get("/css").text != address
    assert client.get("/static/app.css", buffered=True).headers["Cache-Control"] == "public, max-age=3600"
