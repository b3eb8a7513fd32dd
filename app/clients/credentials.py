"""Live credentials for platforms that take more than a key, by the kind of their authorisation.

Each kind's own module asks its provider at fixed addresses, never at one from a form.
"""

from dataclasses import replace

from app.clients import aws_credentials, google_credentials
from app.clients.granting import Outlet
from app.clients.target import Target
from app.domain.credentials import Auth

_GOOGLE = "vertex_ai"
# These sign or are sent as they were entered.
_AS_ENTERED = frozenset({Auth.KEY, Auth.ACCESS_KEY})


def granted(target: Target, outlet: Outlet) -> Target:
    """The target with live credentials where it takes any; raises CredentialsRefused. Takes up to 10 s."""
    if target.granted or target.cloud.auth in _AS_ENTERED:
        return target
    obtain = google_credentials.obtain if target.platform == _GOOGLE else aws_credentials.obtain
    credentials, _ = obtain(target.cloud, target.api_key, outlet)
    return replace(target, granted=credentials)
