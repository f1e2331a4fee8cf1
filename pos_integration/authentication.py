"""Who is calling: the bearer key of a till."""

from __future__ import annotations

from typing import Any, Final

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from common.senders import prove_sender
from merchants.facts import TillCredential
from merchants.queries import till_for_key
from pos_integration.problems import ProblemError
from pos_integration.retries import run_retrying

CHALLENGE: Final = 'Bearer realm="till"'
_LONGEST_KEY: Final = 200


class TillKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <till key>`. A missing, malformed, unknown and revoked key all get the same 401."""

    def authenticate(self, request: Request) -> tuple[TillCredential, str]:
        credential = till_of_header(request.META.get("HTTP_AUTHORIZATION", ""))
        if credential is None:
            raise ProblemError("not_authenticated", headers={"WWW-Authenticate": CHALLENGE})
        prove_sender(f"till {credential.merchant.id} {credential.till_id}")
        return credential, "till"

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def till_of_header(header: str) -> TillCredential | None:
    """Return the till of an Authorization header; None for a missing, malformed, unknown or revoked key."""
    scheme, _, key = header.partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key.isascii() or not key.isprintable() or len(key) > _LONGEST_KEY:
        return None
    return run_retrying(lambda: till_for_key(key))


def require_scope_of_key(credential: TillCredential, scope: str | None) -> None:
    """Raise the 403 problem unless the till's key has the scope; None asks for no scope."""
    if scope is not None and scope not in credential.scopes:
        raise ProblemError("scope_missing", scope=scope)


def credential_of(request: Request) -> TillCredential:
    """Return the credential of an authenticated request."""
    user: Any = request.user
    assert isinstance(user, TillCredential)
    return user
