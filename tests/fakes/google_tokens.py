"""Google's token endpoint: service accounts with their key files, and who gets a token for one."""

import json
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

AUDIENCE = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
EMAIL = "duo@test-project.iam.gserviceaccount.com"
TOKEN = "ya29.token-of-the-tests-0123456789"


@cache
def private_key(name: str = "duo") -> rsa.RSAPrivateKey:
    """One key per name, made once."""
    assert name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    """As Google writes it into a key file."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def account(**more: Any) -> dict[str, Any]:
    """A key file's fields, all of them."""
    return {
        "type": "service_account",
        "project_id": "test-project",
        "private_key_id": "0123456789abcdef0123456789abcdef01234567",
        "private_key": pem(private_key()),
        "client_email": EMAIL,
        "client_id": "104000000000000000000",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": AUDIENCE,
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url": f"https://www.googleapis.com/robot/v1/metadata/x509/{EMAIL}",
        "universe_domain": "googleapis.com",
        **more,
    }


def key_file(**more: Any) -> str:
    """A key file as it is downloaded."""
    return json.dumps(account(**more), indent=2)


def token_answer(form: str, lifetime: int) -> tuple[int, dict[str, Any]]:
    """What the endpoint answers to a form: the signature first, then whom it names and what it asks for."""
    asked = {name: values[0] for name, values in parse_qs(form).items()}
    if asked.get("grant_type") != GRANT:
        return _refusal("unsupported_grant_type", "Invalid grant_type")
    public = private_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        claims = jwt.decode(asked["assertion"], RSAKey.import_key(public), algorithms=["RS256"]).claims
    except JoseError:
        return _refusal("invalid_grant", "Invalid JWT Signature.")
    if claims["iss"] != EMAIL:
        return _refusal("invalid_grant", "Invalid grant: account not found")
    if claims["aud"] != AUDIENCE or not 0 < claims["exp"] - claims["iat"] <= 3600:
        return _refusal("invalid_grant", "Invalid JWT: token must be a short-lived token")
    if claims.get("scope") != SCOPE:
        return _refusal("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
    return 200, {"access_token": TOKEN, "expires_in": lifetime, "token_type": "Bearer"}


def _refusal(error: str, words: str) -> tuple[int, dict[str, Any]]:
    return 400, {"error": error, "error_description": words}
