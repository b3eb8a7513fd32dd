"""The endpoint's form: parses types and holds the words; the rules of the fields are in app/domain."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import (
    Field,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from app.data.facts import Facts
from app.domain.credentials import Auth
from app.domain.endpoints import EndpointDraft, is_pattern
from app.domain.families import GENERAL, ReleaseState
from app.domain.platforms import OPENAI_COMPATIBLE, Platform
from app.domain.roles import Role
from app.domain.suggestions import Suggestion
from app.lib.certificates import MAX_PEM
from app.queries import catalogue_names
from app.queries.endpoints import EndpointRecord
from app.web.access import may
from app.web.context import ports
from app.web.forms.endpoint_access import KEY_WORDS, PLAIN, AccessFields, access_values, chosen_auth
from app.web.numbers import whole_number


@dataclass(frozen=True, slots=True)
class Cure:
    """A field that a remedy changed; `filled` is False for one that waits for somebody to fill it."""

    name: str
    label: str
    filled: bool


class EndpointForm(AccessFields, FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Names are those of the JSON API. `version` is hidden; `api_key` is never filled in from what is stored."""

    platform = RadioField("Platform", validators=[Optional()], default=OPENAI_COMPATIBLE)
    server = SelectField(
        "Server", description="What answers behind the address. GitLab validated vLLM.", default="other"
    )
    name = StringField("Name", description="Shown wherever a model is chosen. Unique.")
    base_url = StringField("Base URL")
    api_version = StringField(
        "API version", description="For example 2024-10-21; empty at an address that ends in /openai/v1."
    )
    api_key = PasswordField(
        "API key", description="Sent only to the host above. Sealed when saved and never shown again."
    )
    models = SelectMultipleField("Models on the server")
    identifier = StringField("Model name", description="The name under which the server serves it.")
    family = SelectField("Prompt family", default="other")
    model = SelectField("Catalogue model", description="Decides the tier. Leave it open when none is this very model.")
    owner = StringField("Owner", description="The group to call when it breaks. It grants nothing.")
    key_header = SelectField("Header for the key")
    headers = TextAreaField(
        "Extra headers",
        description="One a line, such as X-Tenant: platform-team. Values are sealed; a name alone keeps its own.",
    )
    quirks = SelectMultipleField("Left out or renamed for this server")
    remove_key = SelectField("Stored key", choices={"": "Keep it", "y": "Remove it"})
    version = HiddenField("Version")
    # What was suggested last: a choice that still equals it follows the next suggestion.
    suggested_family = HiddenField("Suggested family")
    suggested_model = HiddenField("Suggested model")

    REQUIRED = ("name", "base_url", "identifier")

    def __init__(self, facts: Facts, **kwargs: Any) -> None:
        # The form alone: left to itself, Flask-WTF would take files and JSON for fields, of whatever type they are.
        super().__init__(request.form if request.method == "POST" else None, **kwargs)
        for name in self.REQUIRED:
            self[name].flags.required = True
        self.platform.choices = {each.slug: each.label for each in facts.platforms.values()}
        self.server.choices = {each.slug: each.label for each in facts.servers.values()}
        self.family.choices = _family_choices(facts)
        added = catalogue_names.listed(ports().store)
        self.model.choices = {"": "None of these", **{name: name for name in (*facts.models, *added)}}
        if self.model.data and self.model.data not in self.model.choices:
            # A model that the catalogue no longer has.
            self.model.choices[self.model.data] = self.model.data
        self.key_header.choices = KEY_HEADER_WORDS
        self.models.choices = {name: name for name in self.models.data or ()}
        self.quirks.choices = QUIRK_WORDS
        self._follow_platform(facts.platforms.get(self.platform.data or ""))
        self.platform_hints = {each.slug: each.hint for each in facts.platforms.values()}
        self.address_example = self._address_example(facts)
        self.base_url.description = self._address_hint(facts)
        self._patterns = {each.url_pattern for each in facts.platforms.values()}
        self._patterns |= {each.url_pattern for each in facts.servers.values()}
        for field in self:
            # The choices above are for showing; whether a value is known is a rule, told in the rule's words.
            if hasattr(field, "validate_choice"):
                field.validate_choice = False

    def _follow_platform(self, platform: Platform | None) -> None:
        """Draw what the platform asks for to authorise. With a region the address is known."""
        self._platform = platform
        self.auth_shown = chosen_auth(self.auth.data or "", platform)
        own = {Auth.AMBIENT} if may(Role.ADMIN) or self.auth_shown is Auth.AMBIENT else set()
        offered = [each for each in (platform.auths if platform else ()) if each is not Auth.AMBIENT or each in own]
        self.auth.choices = {each.value: each.label for each in offered}
        self.api_key.label.text = KEY_WORDS[self.auth_shown] or "API key"
        in_region = bool(platform and platform.needs_region)
        self.base_url.flags.required, self.region.flags.required = not in_region, in_region
        self.project.flags.required = bool(platform and platform.needs_project)
        self.access_key_id.flags.required = self.auth_shown is Auth.ACCESS_KEY
        self.role_arn.flags.required = True

    def draft(self, *, keep_key: bool) -> EndpointDraft:
        """What was typed. A blank key keeps the stored one when `keep_key`, else it means none."""
        typed = (self.api_key.data or "").strip()
        blank = None if keep_key and not self.remove_key.data else ""
        compatible = self.platform.data == OPENAI_COMPATIBLE
        return EndpointDraft(
            name=self.name.data or "",
            platform=self.platform.data or "",
            server=(self.server.data or "") if compatible else "",
            base_url=self.base_url.data or "",
            identifier=self.ticked[0] if self.ticked else self.identifier.data or "",
            model=self.model.data or "",
            family=self.family.data or "",
            owner=self.owner.data or "",
            api_version=(self.api_version.data or "").strip() if self.platform.data == "azure_openai" else "",
            key_header=self.key_header.data or "",
            headers=parse_headers(self.headers.data or "", keep=keep_key),
            quirks=tuple(self.quirks.data or ()),
            api_key="" if self.auth_shown is Auth.AMBIENT else typed or blank,
            **access_values(self, self._platform, keep=keep_key),
        )

    def acts(self, written: Markup) -> dict[str, Markup]:
        """The same hx attributes for every platform's radio button."""
        return dict.fromkeys(self.platform_hints, written)

    def _address_example(self, facts: Facts) -> str:
        if self.platform.data == OPENAI_COMPATIBLE and self.server.data in facts.servers:
            return facts.servers[self.server.data].url_pattern
        platform = facts.platforms.get(self.platform.data or "")
        return platform.address_in((self.region.data or "").strip()) if platform else ""

    def _address_hint(self, facts: Facts) -> str:
        platform = facts.platforms.get(self.platform.data or "")
        if platform and platform.needs_region:
            return "Leave it empty for the region's own address; a private one of your network goes in here."
        if platform and platform.completed_path:
            return f"As in the example; {platform.completed_path} at its end is not needed."
        return "As the server documents it; it usually ends in /v1."

    @property
    def ticked(self) -> list[str]:
        """The served names chosen from the server's list; they go before what was typed by hand."""
        return [name for name in dict.fromkeys(self.models.data or ()) if name]

    @property
    def seen_version(self) -> int:
        """The version that the form was filled from, 0 for none."""
        return whole_number(self.version.data, 0)

    def fill_pattern(self) -> None:
        """Put the preset's address in, unless somebody typed one of their own."""
        if is_pattern(self.base_url.data or "", self._patterns):
            self.base_url.data = "" if self._platform and self._platform.needs_region else self.address_example

    def follow(self, family: Suggestion, model: Suggestion | None) -> None:
        """Take over what is suggested where nobody has chosen otherwise."""
        if (self.family.data or GENERAL) in (GENERAL, self.suggested_family.data):
            self.family.data = family.value
        if (self.model.data or "") in ("", self.suggested_model.data):
            self.model.data = model.value if model else ""

    def apply_fix(self, name: str, value: str) -> "Cure | None":
        """Put a proposed cure into its field; None for a field that no cure changes.

        Without a value the field stays as it is, for somebody to fill it.
        """
        if name not in FIXED_FIELDS:
            return None
        if name == "quirks":
            self.quirks.data = [each for each in value.split(",") if each]
        elif value:
            self[name].data = value
        if name == "identifier":
            self.models.data = []
        return Cure(name, str(self[name].label.text), bool(value))

    def take(self, faults: Mapping[str, tuple[str, ...]]) -> None:
        """Put the rules' sentences at their fields; a name that was ticked stands in another one than a typed one."""
        for name, sentences in faults.items():
            shown = "models" if name == "identifier" and self.ticked else name
            field: Field = self._fields.get(shown, self.name)
            field.errors = [*field.errors, *sentences]

    def first_wrong(self) -> str:
        """The name of the first field with an error, in the form's order; "" for none."""
        return next((field.name for field in self if field.errors), "")


# Fields that a remedy may fill.
FIXED_FIELDS = (
    "base_url", "identifier", "key_header", "api_version", "quirks", "region", "tls_server_name", "ca_pem",
)  # fmt: skip
FIX_MAX = MAX_PEM
KEY_HEADER_WORDS = {
    "": "The platform's own",
    "authorization": "Authorization: Bearer",
    "api-key": "api-key",
    "x-api-key": "x-api-key",
}
QUIRK_WORDS = {
    "max_completion_tokens": "Send max_completion_tokens in place of max_tokens",
    "no_temperature": "Leave the temperature out",
    "no_system": "Put system text before the first user turn",
    "no_stop": "Leave stop words out",
    "strip_reasoning": "Cut reasoning out of the answers",
}


def parse_headers(text: str, *, keep: bool) -> dict[str, str | None]:
    """`Name: value` a line. A name without a value keeps the stored one when `keep`; else the rules refuse it.

    Lines of the very same name are one header with a comma between its values (RFC 9110 5.3).
    """
    headers: dict[str, str] = {}
    for line in text.splitlines():
        if line.strip():
            name, _, value = (part.strip() for part in line.partition(":"))
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return {name: value or (None if keep else "") for name, value in headers.items()}


def filled_from(facts: Facts, record: EndpointRecord) -> EndpointForm:
    """The form with a stored endpoint's values, secrets left blank."""
    values = {name: getattr(record, name) for name in _AS_STORED}
    values |= {name: getattr(record, name) for name in PLAIN}
    values["headers"] = "\n".join(f"{name}:" for name in record.headers)
    return EndpointForm(facts, data={**values, "quirks": list(record.quirks), "version": str(record.version)})


_AS_STORED = (
    "platform", "server", "name", "base_url", "api_version", "identifier", "family", "model", "owner", "key_header",
)  # fmt: skip


def _family_choices(facts: Facts) -> dict[str, str]:
    return {
        each.slug: each.label if each.state is ReleaseState.GA else f"{each.label} ({each.state.label.lower()})"
        for each in facts.families.values()
    }
