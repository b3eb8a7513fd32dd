"""How requests to a platform are authorised, beyond a plain key."""

from enum import StrEnum


class Auth(StrEnum):
    """The kinds; each platform takes some of them, the first of its list is its own."""

    KEY = "key"
    ACCESS_KEY = "access_key"
    ROLE = "role"
    SERVICE_ACCOUNT = "service_account"
    AMBIENT = "ambient"

    @property
    def label(self) -> str:
        """The words on a form."""
        return _LABELS[self]


_LABELS = {
    Auth.KEY: "A key",
    Auth.ACCESS_KEY: "An access key pair",
    Auth.ROLE: "A role to assume",
    Auth.SERVICE_ACCOUNT: "A service-account file",
    Auth.AMBIENT: "What Modelport's own process has",
}


def uses_own_identity(auth: str, access_key_id: str) -> bool:
    """Whether requests are made in the name of Modelport's own process, which only admins may choose.

    A role that is assumed without an access key pair is assumed by the process.
    """
    return auth == Auth.AMBIENT or (auth == Auth.ROLE and not access_key_id)
