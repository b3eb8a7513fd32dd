"""Keys and addresses: what is refused at the door, and what is not found behind it."""

from app.lib import urls
from tests.fakes.faults import Fault, Place
from tests.fakes.messages_server import MessagesServer
from tests.fakes.probe import KEY, target_at
from tests.fakes.raw_answers import RawAnswers
from tests.fakes.refusals import Refusal, Style
from tests.fakes.wire_faults.scene import Bench, Broken, Case, Scene, by_click, by_hand, served
from tests.lib.authority import Issuer

ROOT = Issuer.root()
LITELLM = "litellm.AuthenticationError: AuthenticationError: OpenAIException - Incorrect API key provided: sk-up***eam"
GATEWAYS_KEY = Refusal(401, {"error": {"message": LITELLM, "type": None, "param": None, "code": "401"}})
UNPAID = Refusal(402, {"error": {"message": "Insufficient credits. Add more and try again.", "code": 402}})


def _no_key(bench: Bench) -> Broken:
    return by_hand(Scene(target_at(bench.server(api_key=KEY).url, api_key=None)), api_key=KEY)


def _wrong_key(bench: Bench) -> Broken:
    return by_hand(Scene(target_at(bench.server(api_key=KEY).url, api_key="sk-of-somebody-else")), api_key=KEY)


def _other_header(bench: Bench) -> Broken:
    return by_click(Scene(target_at(bench.server(api_key=KEY, key_header="x-api-key").url)), "key_header")


def _anthropics_header(bench: Bench) -> Broken:
    server = bench.stack.enter_context(MessagesServer(KEY))
    return by_click(Scene(target_at(server.origin, "claude-opus-4-6", "anthropic")), "key_header")


def _azures_header(bench: Bench) -> Broken:
    server = bench.server(api_key=KEY, key_header="api-key", style=Style.AZURE)
    return by_click(Scene(target_at(server.url, platform="azure_openai")), "key_header")


def _typed(path: str) -> "Case":
    code = "no_v1" if not path else "pasted_path" if path.endswith("completions") else "wrong_path"

    def build(bench: Bench) -> Broken:
        return by_click(Scene(target_at(bench.server().origin + path)), "base_url")

    return Case(code, "auth", build)


def _both_places(bench: Bench) -> Broken:
    """Most of llama.cpp's addresses answer with /v1 and without."""

    def answer(path: str) -> tuple[int, str, str]:
        if path.endswith("/models"):
            return 200, "application/json", '{"data": [{"id": "alpha"}]}'
        return 200, "application/json", '{"choices": [{"message": {"content": "Works."}, "finish_reason": "stop"}]}'

    server = bench.stack.enter_context(RawAnswers(answer))
    return by_click(Scene(target_at(server.origin)), "base_url", whole=False)


def _moved(bench: Bench) -> Broken:
    """A plain address that sends callers on to the encrypted one."""
    folder, own = bench.folder, ROOT.server("localhost")

    class Shown:
        def server_context(self) -> object:
            return own.context(folder)

    secure = bench.server(certificate=Shown())
    (folder / "root.pem").write_text(ROOT.pem)
    plain = bench.server(Fault.REDIRECT, redirect_to=f"{secure.origin}/v1/chat/completions")
    scene = Scene(target_at(f"http://localhost:{plain.port}/v1"), ca_file=str(folder / "root.pem"))
    return by_click(scene, "base_url")


def _portal(bench: Bench) -> Broken:
    page = bench.server(Fault.HTML)
    return by_hand(Scene(target_at(page.url)), address=urls.parse(bench.server().url))


CASES = (
    Case("key_missing", "auth", _no_key),
    Case("key_wrong", "auth", _wrong_key),
    Case("key_header_wrong", "auth", _other_header),
    Case("key_header_wrong", "auth", _anthropics_header),
    Case("key_header_wrong", "auth", _azures_header),
    served("key_forbidden", "auth", Fault.FORBIDDEN),
    served("gateway_key_wrong", "auth", GATEWAYS_KEY, Place.CHAT),
    served("no_credit", "chat", UNPAID, Place.CHAT),
    _typed(""),
    _typed("/v1/chat/completions"),
    _typed("/api"),
    Case("v1_recommended", "model", _both_places),
    Case("redirect", "auth", _moved),
    Case("html_answer", "auth", _portal),
)
