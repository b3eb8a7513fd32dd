"""The watch over the browser itself: a page that misbehaves must fail its test."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.fixtures.browsers import Open

PAGES = {
    "/": "<h1>Quiet</h1>",
    "/console": "<script>console.error('broken')</script>",
    "/error": "<script>null.x</script>",
    "/policy": "<script src='/other.js'></script>",
    "/missing": "<img alt='' src='/nothing.png'>",
    "/outside": "<img alt='' src='https://gitlab.example/logo.png'>",
    "/unlabelled": "<h1>Form</h1><input name='a'>",
    "/wide": "<h1>Wide</h1><div style='width:2000px'>x</div>",
}


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PAGES.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        script = "'none'" if self.path == "/policy" else "'unsafe-inline'"
        self.send_header(
            "Content-Security-Policy",
            f"default-src 'self'; script-src {script}; style-src 'unsafe-inline'; img-src * data:;"
            " require-trusted-types-for 'script'; trusted-types htmx",
        )
        self.end_headers()
        head = '<!doctype html><html lang="en"><head><title>Page</title><link rel="icon" href="data:,"></head>'
        self.wfile.write(f"{head}<body><main>{body}</main></body></html>".encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_quiet_page_passes_and_axe_runs_under_a_strict_policy(browser: Open, site: str) -> None:
    visit = browser()
    visit.page.goto(site)
    visit.check_axe()
    visit.check_width()
    assert visit.problems == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/console", "broken"),
        ("/error", "error:"),
        ("/policy", "policy: script-src"),
        ("/missing", "status 404"),
        ("/outside", "left this machine"),
    ],
)
def test_each_kind_of_complaint_is_seen(browser: Open, site: str, path: str, words: str) -> None:
    visit = browser()
    visit.page.goto(f"{site}{path}")
    visit.page.wait_for_load_state("networkidle")
    seen, visit.problems[:] = "\n".join(visit.problems), []
    assert words in seen


def test_a_status_that_belongs_to_the_test_is_no_problem(browser: Open, site: str) -> None:
    visit = browser()
    visit.expect_status(404)
    visit.page.goto(f"{site}/nowhere")
    assert visit.problems == []


def test_axe_and_the_width_find_what_they_look_for(browser: Open, site: str) -> None:
    visit = browser(width=320)
    visit.page.goto(f"{site}/unlabelled")
    with pytest.raises(AssertionError, match="label"):
        visit.check_axe()
    visit.page.goto(f"{site}/wide")
    with pytest.raises(AssertionError, match="sideways"):
        visit.check_width()
