"""Azure, Amazon Bedrock and Google Vertex AI: names, versions, regions, rights, and credentials to be obtained."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.clients.granting import Outlet
from app.clients.target import AccessToken, AwsKeys, Cloud
from app.domain.credentials import Auth
from app.domain.steps import StepResult
from tests.fakes import bedrock_server, vertex_server
from tests.fakes.bedrock_server import EXTERNAL_ID, KEYS, NAME, REGION, ROLE, ROLE_KEYS, SPREAD, BedrockServer
from tests.fakes.google_tokens import TOKEN, key_file
from tests.fakes.probe import KEY, target_at
from tests.fakes.refusals import Style
from tests.fakes.vertex_server import GOOGLES, PROJECT, VertexServer
from tests.fakes.wire_faults.scene import Bench, Broken, Case, Scene, by_click, by_hand, outside

PAIR = Cloud(region=REGION, auth=Auth.ACCESS_KEY, access_key_id=KEYS.access_key_id)
ASSUMING = replace(PAIR, auth=Auth.ROLE, role_arn=ROLE, external_id=EXTERNAL_ID)
ACCOUNT = Cloud(region=vertex_server.REGION, project=PROJECT, auth=Auth.SERVICE_ACCOUNT)


def _azure(bench: Bench, name: str = "dep", **more: Any) -> Scene:
    server = bench.server(style=Style.AZURE, models=("dep",), api_key=KEY)
    return Scene(target_at(server.url, name, "azure_openai", key_header="api-key", **more))


def _bedrock(server: BedrockServer, name: str = NAME, **more: Any) -> Scene:
    own = {"cloud": PAIR, "api_key": KEYS.secret_access_key, **more}
    return Scene(target_at(server.origin, name, "bedrock", **own))


def _aws(bench: Bench, *arguments: Any, **script: Any) -> BedrockServer:
    return bench.stack.enter_context(BedrockServer(*arguments, **script))


def _refused(code: str, step: str, status: int, kind: str, words: str) -> Case:
    """Bedrock refuses a chat until somebody has given the account what it lacks."""

    def build(bench: Bench) -> Broken:
        server = _aws(bench, chat=bedrock_server.error(status, kind, words))
        return outside(_bedrock(server), server.script.clear)

    return Case(code, step, build)


def _spread(bench: Bench) -> Broken:
    return by_click(_bedrock(_aws(bench), SPREAD), "identifier")


def _other_region(bench: Bench) -> Broken:
    """AWS's own hosts, which lie on loopback here."""
    server = _aws(bench)
    for host in ("bedrock", "bedrock-runtime"):
        bench.names.say(f"{host}.{REGION}.amazonaws.com", ["127.0.0.1"])
    port = server.origin.rpartition(":")[2]
    url = f"http://bedrock-runtime.{REGION}.amazonaws.com:{port}"
    wrong = {"cloud": replace(PAIR, region="us-east-1"), "api_key": KEYS.secret_access_key}
    return by_click(Scene(target_at(url, NAME, "bedrock", **wrong)), "region")


def _skewed(bench: Bench) -> Broken:
    server = _aws(bench, ahead=timedelta(minutes=10))

    def set_right() -> None:
        server.gate.ahead = timedelta()

    return outside(_bedrock(server), set_right)


def _expired(bench: Bench) -> Broken:
    old = AwsKeys(KEYS.access_key_id, KEYS.secret_access_key, "old")
    return by_hand(_bedrock(_aws(bench), granted=old), granted=None)


def _no_identity(bench: Bench) -> Broken:
    bench.patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    scene = _bedrock(_aws(bench), cloud=Cloud(region=REGION, auth=Auth.AMBIENT), api_key=None)
    return by_hand(scene, cloud=PAIR, api_key=KEYS.secret_access_key)


def _role(bench: Bench, **change: str) -> Scene:
    scene = _bedrock(_aws(bench, ROLE_KEYS), cloud=replace(ASSUMING, **change))
    return replace(scene, outlet=Outlet(address=_aws(bench).origin))


def _untrusting_role(bench: Bench) -> Broken:
    return by_hand(_role(bench, external_id="of-somebody-else"), cloud=ASSUMING)


def _no_token_service(bench: Bench) -> Broken:
    right = _role(bench, external_id=EXTERNAL_ID)
    wrong = replace(right, outlet=Outlet(address="http://127.0.0.1:9"))
    return Broken(wrong, lambda _: right)


def _vertex(bench: Bench, name: str = GOOGLES, **script: Any) -> tuple[VertexServer, Scene]:
    server = bench.stack.enter_context(VertexServer(**script))
    more = {"cloud": ACCOUNT, "granted": AccessToken(TOKEN), "api_key": "{}"}
    return server, Scene(target_at(server.origin, name, "vertex_ai", **more))


def _switched_on(code: str, status: int, kind: str, words: str, reason: str = "") -> Case:
    """Vertex AI refuses every call until somebody has changed something in Google Cloud."""

    def build(bench: Bench) -> Broken:
        server, scene = _vertex(bench, always=vertex_server.error(status, kind, words, reason))
        return outside(scene, server.script.clear)

    return Case(code, "chat", build)


def _placed(**change: str) -> Any:
    """A cloud's field that is wrong, and then as it should be."""

    def build(bench: Bench) -> Broken:
        _, scene = _vertex(bench)
        return by_hand(scene.at(cloud=replace(ACCOUNT, **change)), cloud=ACCOUNT)

    return build


def _deleted_account(bench: Bench) -> Broken:
    server, scene = _vertex(bench)
    asking = replace(scene.at(granted=None), outlet=Outlet(address=server.token_url))
    wrong = asking.at(api_key=key_file(client_email="gone@test-project.iam.gserviceaccount.com"))

    def renewed(_: StepResult) -> Scene:
        return asking.at(api_key=key_file())

    return Broken(wrong, renewed)


DENIED = "User: arn:aws:iam::1:user/ada is not authorized to perform: bedrock:InvokeModel on resource: a"
CASES = (
    Case("deployment_missing", "model", lambda bench: by_hand(_azure(bench, "gpt-4o"), served_name="dep")),
    Case("api_version_wrong", "auth", lambda bench: by_click(_azure(bench, api_version="1999"), "api_version")),
    Case("needs_inference_profile", "model", _spread),
    _refused(
        "use_case_missing", "chat", 404, "ResourceNotFoundException", "Model use case details have not been submitted."
    ),
    _refused(
        "model_access_missing", "chat", 403, "AccessDeniedException", "You don't have access to the model with that ID."
    ),
    _refused("invoke_denied", "chat", 403, "AccessDeniedException", DENIED),
    Case("region_wrong", "auth", _other_region),
    Case("clock_skew", "auth", _skewed),
    Case("key_expired", "auth", _expired),
    Case("credentials_missing", "auth", _no_identity),
    Case("role_refused", "auth", _untrusting_role),
    Case("credentials_unreachable", "auth", _no_token_service),
    _switched_on("api_disabled", 403, "PERMISSION_DENIED", "Vertex AI API has not been used.", "SERVICE_DISABLED"),
    _switched_on("billing_disabled", 403, "PERMISSION_DENIED", "This requires billing.", "BILLING_DISABLED"),
    _switched_on("terms_not_accepted", 400, "FAILED_PRECONDITION", "1 is not allowed to use Publisher Model `c`"),
    Case("project_wrong", "chat", _placed(project="other")),
    Case("model_not_in_region", "chat", _placed(region="us-central1")),
    Case("service_account_refused", "auth", _deleted_account),
)
