"""What htmx 4 sends and what it is sent."""

import json
from collections.abc import Iterator
from typing import cast

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from jinja2 import DictLoader

from app.web import headers, htmx

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}
WHOLE = {"HX-Request": "true", "HX-Request-Type": "full"}
RESTORED = {"HX-Request-Type": "full", "HX-History-Restore-Request": "true"}


def mirror() -> dict[str, str | None]:
    asked = cast(htmx.PartRequest, request).htmx
    return {"source": asked.source, "target": asked.target, "path": htmx.current_path()}


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    app.config["SECRET_KEY"] = "for the token of one test"
    app.jinja_loader = DictLoader({"page.html": "page {{ n }}", "_part.html": "part {{ n }}"})
    headers.setup(app)
    htmx.setup(app)
    app.add_url_rule("/list", view_func=lambda: htmx.page_or_fragment("page.html", "_part.html", n=7), endpoint="list")
    app.add_url_rule("/away", view_func=lambda: htmx.redirect("/list"), endpoint="away")
    app.add_url_rule("/mirror", view_func=mirror)
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def answer(app: Flask) -> Iterator[Response]:
    with app.test_request_context("/list"):
        yield Response("")


def events(response: Response) -> dict[str, object]:
    found: dict[str, object] = json.loads(response.headers["HX-Trigger"])
    return found


@pytest.mark.parametrize(
    ("sent", "body"),
    [({}, "page 7"), (PART, "part 7"), (WHOLE, "page 7"), (RESTORED, "page 7"), ({**PART, **RESTORED}, "page 7")],
    ids=["typed address", "htmx", "boosted link", "back button", "back button of an extension"],
)
def test_only_a_partial_request_gets_the_fragment(client: FlaskClient, sent: dict[str, str], body: str) -> None:
    assert client.get("/list", headers=sent).text == body


def test_caches_are_told_that_the_answer_depends_on_who_asks(client: FlaskClient) -> None:
    vary = client.get("/list").headers["Vary"]
    assert {"HX-Request", "HX-Request-Type", "HX-History-Restore-Request"} <= set(vary.split(", "))


def test_source_and_target_are_read_as_ids_even_when_encoded(client: FlaskClient) -> None:
    sent = {
        **PART,
        "HX-Source": "a#p3",
        "HX-Target": "div#r%C3%A9sultats",
        "HX-Current-URL": "http://localhost/list?q=a",
    }
    assert client.get("/mirror", headers=sent).json == {"source": "p3", "target": "résultats", "path": "/list?q=a"}


@pytest.mark.parametrize("url", ["", "http://evil.example/list", "javascript:alert(1)", "http://localhost"])
def test_an_address_that_is_not_ours_is_not_taken_as_where_the_person_is(client: FlaskClient, url: str) -> None:
    assert client.get("/mirror", headers={**PART, "HX-Current-URL": url}).get_json()["path"] is None


def test_hx_writes_escaped_attributes_with_the_nonce_of_the_answer(app: Flask) -> None:
    with app.test_request_context("/"):
        written = htmx.hx(get='/a?b="<c>', push_url="true", status__409="target:#conflict", confirm=None)
        assert written == (
            f'hx-nonce="{headers.csp_nonce()}" hx-get="/a?b=&#34;&lt;c&gt;" '
            'hx-push-url="true" hx-status:409="target:#conflict"'
        )


def test_events_of_one_answer_are_kept_beside_each_other_in_ascii(answer: Response) -> None:
    htmx.close_dialog(htmx.toast(answer, "Gespeichert, schön"))
    assert events(answer) == {"app:toast": {"text": "Gespeichert, schön"}, "app:close-dialog": {}}
    assert answer.headers["HX-Trigger"].isascii()


def test_secrets_and_tokens_have_events_of_their_own(answer: Response) -> None:
    sent = events(htmx.fresh_csrf(htmx.forget_secrets(answer)))
    assert sent["app:forget-secrets"] == {}
    assert isinstance(sent["app:csrf"], dict)
    assert len(sent["app:csrf"]["token"]) > 20


def test_an_answer_that_goes_elsewhere_leaves_the_address_alone(answer: Response) -> None:
    htmx.retarget(answer, "#alerts")
    assert (answer.headers["HX-Retarget"], answer.headers["HX-Reswap"]) == ("#alerts", "innerHTML")
    assert answer.headers["HX-Push-Url"] == "false"


def test_every_swap_style_and_modifier_of_htmx_4_may_be_sent(answer: Response) -> None:
    assert htmx.reswap(answer, "outerMorph show:top").headers["HX-Reswap"] == "outerMorph show:top"


def test_leaving_is_a_redirect_for_the_browser_and_a_header_for_htmx(client: FlaskClient) -> None:
    plain, part = client.get("/away"), client.get("/away", headers=PART)
    assert (plain.status_code, plain.headers["Location"]) == (303, "/list")
    assert (part.status_code, part.headers["HX-Redirect"]) == (204, "/list")
