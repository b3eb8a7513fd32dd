"""What people read when the provider refuses, fails, or answers wrongly."""

from urllib.parse import urlsplit

import requests

from app.web.auth.metadata import MetadataError

ERRORS = {
    "access_denied": "The identity provider did not let you in, or you cancelled.",
    "login_required": "The identity provider asks you to sign in there first.",
    "invalid_scope": "The identity provider does not know a scope that Modelport asks for (OIDC_SCOPES).",
    "unauthorized_client": "The identity provider does not allow this client to sign people in.",
    "server_error": "The identity provider reports a fault of its own.",
    "temporarily_unavailable": "The identity provider is busy. Try again in a moment.",
}


def refusal(error: Exception) -> str:
    """Which check an answer did not pass."""
    claim = str(getattr(error, "claim", "") or getattr(error, "error", "") or type(error).__name__)[:60]
    clocks = " Compare the clocks of both servers." if claim in ("exp", "iat", "nbf", "expired_token") else ""
    return f"The identity provider's answer did not pass our checks ({claim}).{clocks}"


def failure(error: Exception) -> str:
    """Why the provider could not be asked, in one line."""
    match error:
        case requests.exceptions.SSLError():
            return "Its certificate is not trusted here. An authority of your own goes into CA_FILE."
        case requests.exceptions.Timeout():
            return "It took longer than 5 seconds to answer."
        case requests.exceptions.TooManyRedirects():
            return "Its answer was a redirect, which is not followed."
        case requests.exceptions.HTTPError() if error.response is not None:
            return f"It answered with status {error.response.status_code}."
        case requests.exceptions.JSONDecodeError():
            return "Its answer was not JSON."
        case requests.exceptions.RequestException():
            address = urlsplit(str(error.request.url)).netloc if error.request and error.request.url else ""
            return f"No connection to {address or 'it'}."
        case MetadataError():
            return f"I{str(error)[1:]}."
        case _:
            return "Its answer could not be read."
