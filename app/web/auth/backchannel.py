"""Where the provider says, from server to server, that a session is over (OpenID Connect Back-Channel Logout 1.0).

No cookie counts here and no CSRF token is asked for: the logout token is signed by the provider, and works once.
"""

from flask import Blueprint, Response, jsonify, request

from app.domain.errors import Busy, ModelportError
from app.domain.sessions import network_of
from app.services.sign_ins import check_pace, count_failure
from app.services.signing_out import Spent, end_for_provider
from app.web.access import public
from app.web.auth.client import SignInFailed
from app.web.auth.desk import desk
from app.web.context import ports

backchannel = Blueprint("backchannel", __name__, url_prefix="/auth")


@backchannel.post("/backchannel-logout")
@public
def logout() -> Response:
    """End what the token names; the answer does not tell whether anything was there to end."""
    # Counted apart from the sign-ins of that network, so that neither can shut out the other.
    network = f"logout {network_of(request.remote_addr or '')}"[:64]
    check_pace(ports(), network)
    sent = request.form.getlist("logout_token")
    try:
        if len(sent) != 1:
            raise SignInFailed("Send one logout_token in a form.")
        order = desk().provider.logout_order(sent[0])
        end_for_provider(ports(), order.issuer, order.subject, order.provider_session, order.token_id, order.until)
    except SignInFailed as error:
        return _refused(network, error.message)
    except Spent:
        return _refused(network, "This token was used before.")
    return _answer(200)


@backchannel.errorhandler(ModelportError)
def unable(error: ModelportError) -> Response:
    """Say in JSON that it has to be sent again later."""
    response = _answer(error.status, error=error.code, error_description=error.message)
    response.headers["Retry-After"] = str(error.retry_after if isinstance(error, Busy) else 5)
    return response


def _refused(network: str, message: str) -> Response:
    count_failure(ports(), network)
    return _answer(400, error="invalid_request", error_description=message)


def _answer(status: int, **body: str) -> Response:
    response = jsonify(body) if body else Response()
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
