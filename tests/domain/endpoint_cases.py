"""What may be typed wrongly into an endpoint's fields, and the sentence that is told; every door is fed the same."""

from dataclasses import dataclass, field
from typing import Any

GOOD: dict[str, Any] = {
    "name": "Mistral Small",
    "platform": "openai_compatible",
    "server": "vllm",
    "base_url": "http://gpu-1.models.example:8000/v1",
    "identifier": "mistral-small-24b",
    "family": "mistral",
    "owner": "Platform team",
    "api_key": "sk-of-the-tests",
}
AZURE: dict[str, Any] = {
    "platform": "azure_openai",
    "server": "",
    "base_url": "https://company.openai.azure.com",
    "identifier": "gpt-4o",
    "api_version": "2024-10-21",
}
BEDROCK: dict[str, Any] = {
    "platform": "bedrock",
    "server": "",
    "base_url": "",
    "identifier": "eu.vendor.model-v1:0",
    "family": "other",
}
VERTEX: dict[str, Any] = {
    "platform": "vertex_ai",
    "server": "",
    "base_url": "",
    "identifier": "model@default",
    "family": "other",
    "region": "europe-west4",
    "project": "models-at-work",
}
INVISIBLE = "Remove the line breaks and invisible characters."
NO_KEY_TEXT = "A key has no spaces, line breaks or special characters. Copy it again."


@dataclass(frozen=True, slots=True)
class Case:
    """`typed` over GOOD gets `message` at `field`, and no other field a complaint."""

    title: str
    field: str
    message: str
    typed: dict[str, Any] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, Any]:
        """Everything that is typed."""
        return {**GOOD, **self.typed}


def bad(name: str, title: str, value: Any, message: str, **more: Any) -> Case:
    """One field's wrong value."""
    return Case(f"{name}: {title}", name, message, {**more, name: value})


CASES = (
    bad("name", "empty", "", "Give the endpoint a name."),
    bad("name", "blanks only", "  \u00a0 ", "Give the endpoint a name."),
    bad("name", "too long", "n" * 256, "Use 255 characters at most; these are 256."),
    bad("name", "a line break", "two\nlines", INVISIBLE),
    bad("name", "a NUL", "nul\0", INVISIBLE),
    bad("name", "text that turns around", "safe\u202eevil", INVISIBLE),
    bad("name", "a space without width", "admin\u200b", INVISIBLE),
    bad("owner", "too long", "o" * 256, "Use 255 characters at most; these are 256."),
    bad("owner", "a tab", "a\tteam", INVISIBLE),
    bad(
        "platform",
        "unknown",
        "skynet",
        "There is no platform “skynet”. Choose one of openai_compatible, azure_openai, openai, anthropic, "
        "bedrock, vertex_ai.",
        server="",
    ),
    bad("region", "missing", "", "Type the region, such as eu-central-1 or europe-west4.", **BEDROCK),
    bad(
        "access_key_id",
        "missing",
        "",
        "Type the access key id; it goes with the secret access key.",
        **{**BEDROCK, "region": "eu-central-1", "auth": "access_key"},
    ),
    bad(
        "api_key",
        "no service account's file",
        "{}",
        "The file's type is not service_account. Paste the whole JSON file that Google Cloud made for a key of the "
        "service account.",
        **VERTEX,
    ),
    bad(
        "ca_pem",
        "no certificate",
        "hello",
        "Paste a certificate in PEM form; it begins with -----BEGIN CERTIFICATE-----.",
    ),
    bad(
        "tls_server_name",
        "no name",
        "two words",
        "A host has letters, digits and hyphens, with dots between its parts.",
    ),
    bad(
        "client_key",
        "missing",
        "",
        "Paste the key that belongs to the client's certificate.",
        client_certificate="-----BEGIN CERTIFICATE-----",
    ),
    bad(
        "server",
        "unknown",
        "<b>vllm</b>",
        "There is no server “<b>vllm</b>”. Choose one of vllm, sglang, tgi, llama_cpp, ollama, litellm, lm_studio, nim,"
        " other.",
    ),
    bad("base_url", "empty", "", "Type the address of the model server."),
    bad("base_url", "no address", "gpu-1", "Begin the address with http:// or https://."),
    bad("base_url", "a script", "javascript:alert(1)", "Begin the address with http:// or https://."),
    bad("base_url", "too long", "https://a.example/" + "p" * 2048, "The address is longer than 2048 characters."),
    bad("base_url", "a pattern", "http://HOST:8000/v1", "Put your own value in place of HOST."),
    bad(
        "base_url",
        "a password",
        "https://ada:secret@a.example/v1",
        "Leave out the user name and password; put a key into the key's own field.",
    ),
    bad("base_url", "a query", "https://a.example/v1?key=1", "Leave out the ? and what follows it."),
    bad(
        "base_url",
        "a line break",
        "https://a.example\r\nX: y",
        "There is a space or line break in the address. Remove it.",
    ),
    bad(
        "base_url",
        "octal numbers",
        "http://0177.0.0.1/",
        "Write an IPv4 address as four decimal numbers, like 10.0.0.5.",
    ),
    bad(
        "identifier",
        "empty",
        "",
        "Type the name under which the server serves the model, or press Find models.",
    ),
    bad("identifier", "a prefix alone", "custom_openai/", "Type the served name after custom_openai/."),
    bad(
        "identifier",
        "a blank inside",
        "mistral small",
        "Remove the blanks and invisible characters from the served name.",
    ),
    bad("identifier", "a line break", "mistral\nsmall", INVISIBLE),
    bad(
        "identifier",
        "too long with its prefix",
        "m" * 255,
        "GitLab takes 255 characters; with custom_openai/ these are 269.",
    ),
    bad(
        "identifier",
        "another platform's prefix",
        "bedrock/gpt-4o",
        "bedrock/ belongs to Amazon Bedrock. Choose that platform, or leave the prefix out.",
        **{name: value for name, value in AZURE.items() if name != "identifier"},
    ),
    bad(
        "model",
        "unknown",
        "Mistral Gigantic",
        "The catalogue has no model “Mistral Gigantic”. Choose one of its models or leave the field empty.",
    ),
    bad(
        "api_version",
        "no version",
        "latest",
        "Type a version such as 2024-10-21 or 2025-04-01-preview, or v1.",
        **{name: value for name, value in AZURE.items() if name != "api_version"},
    ),
    bad("key_header", "unknown", "X-Secret", "Choose one of the listed headers."),
    bad("quirks", "unknown", ("no_manners",), "Choose from the listed ones."),
    bad("api_key", "too long", "k" * 4001, "Use 4000 characters at most; these are 4001."),
    bad("api_key", "a blank inside", "sk two", NO_KEY_TEXT),
    bad("api_key", "a line break inside", "sk\ntwo", NO_KEY_TEXT),
    bad("api_key", "letters beyond ASCII", "schlüssel", NO_KEY_TEXT),
    bad("headers", "no name", {"": "x"}, "“” is no header name."),
    bad("headers", "a blank in a name", {"X Tenant": "x"}, "“X Tenant” is no header name."),
    bad("headers", "one that carries a key", {"Authorization": "Bearer x"}, "Authorization cannot be set here."),
    bad("headers", "one that proxies believe", {"X-Forwarded-For": "10.0.0.1"}, "X-Forwarded-For cannot be set here."),
    bad(
        "headers",
        "one of another method",
        {"X-HTTP-Method-Override": "PUT"},
        "X-HTTP-Method-Override cannot be set here.",
    ),
    bad(
        "headers",
        "one for credentials",
        {"X-aws-ec2-metadata-token": "x"},
        "X-aws-ec2-metadata-token cannot be set here.",
    ),
    bad(
        "headers",
        "one of HTTP's own",
        {"Range": "bytes=0-"},
        "Range is not among the headers that can be set. Use one that begins with X-.",
    ),
    bad(
        "headers",
        "one that ends a connection",
        {"Keep-Alive": "0"},
        "Keep-Alive is not among the headers that can be set. Use one that begins with X-.",
    ),
    bad(
        "headers",
        "one that is never listed",
        {"Metadata-Flavor": "Google"},
        "Metadata-Flavor is not among the headers that can be set. Use one that begins with X-.",
    ),
    bad("headers", "one that the client owns", {"host": "evil.example"}, "host cannot be set here."),
    bad(
        "headers", "no value", {"X-Tenant": ""}, "X-Tenant has no value. Write a line such as X-Tenant: platform-team."
    ),
    bad(
        "headers",
        "a value beyond ASCII",
        {"X-Tenant": "ü"},
        "The value of X-Tenant has to be plain text of at most 1000 characters.",
    ),
    bad(
        "headers",
        "too many",
        {f"X-{number}": "x" for number in range(11)},
        "Use 10 headers at most; these are 11.",
    ),
    bad(
        "headers",
        "one twice",
        {"X-Tenant": "a", "x-tenant": "b"},
        "Name each header once; capitals make no difference.",
    ),
)
