"""The endpoint form's fields for cloud credentials and TLS; which of them are shown depends on the platform."""

from typing import Any

from wtforms import PasswordField, SelectField, StringField, TextAreaField

from app.domain.credentials import Auth
from app.domain.platforms import Platform
from app.queries.endpoints import EndpointRecord

KEY_WORDS = {
    Auth.KEY: "API key",
    Auth.ACCESS_KEY: "Secret access key",
    Auth.ROLE: "Secret access key",
    Auth.SERVICE_ACCOUNT: "Service-account file",
    Auth.AMBIENT: "",
}
# Stored as they are typed, whatever the platform.
TLS_TEXTS = ("ca_pem", "client_certificate", "tls_server_name")
PLAIN = ("auth", "region", "project", "access_key_id", "role_arn", "external_id", *TLS_TEXTS)


class SecretAreaField(TextAreaField):
    """A text area whose content never comes back to the page."""

    def _value(self) -> str:
        return ""


class AccessFields:
    """Mixed into the form; secrets are never filled in from what is stored."""

    auth = SelectField(
        "How to authorise",
        description="Tests use these rights. GitLab's AI Gateway has its own environment's, which may differ.",
        default="",
    )
    region = StringField("Region", description="Where the model is called, such as eu-central-1.")
    project = StringField("Project", description="The project's id in the cloud, not its name.")
    access_key_id = StringField("Access key id")
    session_token = PasswordField("Session token", description="Only for temporary keys. It ends with them.")
    role_arn = StringField("Role", description="Its ARN. Without a key pair Modelport's own process assumes it.")
    external_id = StringField("External id", description="If the role's trust policy asks for one.")
    ca_pem = TextAreaField(
        "CA certificates", description="Of a private authority, in PEM form; trusted for this endpoint alone."
    )
    client_certificate = TextAreaField(
        "Client certificate", description="If the server asks for one, in PEM form, with its chain below it."
    )
    client_key = SecretAreaField(
        "Client key", description="The certificate's key in PEM form, without a pass phrase. Never shown again."
    )
    tls_server_name = StringField(
        "TLS server name", description="The name in the server's certificate, where the address uses another."
    )


def chosen_auth(typed: str, platform: Platform | None) -> Auth:
    """The way to authorise that the form is drawn for: the chosen one where the platform takes it, else its own."""
    if platform is None:
        return Auth.KEY
    return Auth(typed) if typed in platform.auths else platform.auths[0]


def access_values(form: Any, platform: Platform | None, *, keep: bool) -> dict[str, Any]:
    """A draft's values; fields that the form does not show for this platform count as empty.

    `keep`: a blank secret keeps the stored one, else it means none.
    """
    auth = chosen_auth(form.auth.data or "", platform)
    pair = auth in (Auth.ACCESS_KEY, Auth.ROLE)
    shown = {
        "region": bool(platform and platform.needs_region),
        "project": bool(platform and platform.needs_project),
        "access_key_id": pair,
        "role_arn": auth is Auth.ROLE,
        "external_id": auth is Auth.ROLE,
    }
    blank = None if keep else ""
    has_certificate = bool((form.client_certificate.data or "").strip())
    return {
        "auth": form.auth.data if form.auth.data and platform and len(platform.auths) > 1 else auth.value,
        **{name: (form[name].data or "").strip() if given else "" for name, given in shown.items()},
        "session_token": ((form.session_token.data or "").strip() or blank) if pair else "",
        **{name: (form[name].data or "").strip() for name in TLS_TEXTS},
        "client_key": ((form.client_key.data or "").strip() or blank) if has_certificate else "",
    }


def access_facts(record: EndpointRecord) -> list[tuple[str, str]]:
    """What an endpoint's page says of it, as names and values."""
    auth = Auth(record.auth)
    return [
        ("Authorised by", "" if auth is Auth.KEY and not record.region else auth.label),
        ("Region", record.region),
        ("Project", record.project),
        ("Access key id", record.access_key_id),
        ("Role", record.role_arn),
        ("TLS server name", record.tls_server_name),
        ("Own authorities", "Set" if record.ca_pem else ""),
        ("Client certificate", "Set" if record.client_certificate else ""),
    ]
