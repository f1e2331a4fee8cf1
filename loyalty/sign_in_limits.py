"""How often someone may try to sign in: by address and account together, so that no one locks out another.

Five wrong passwords for an account from one address stop that pair for five minutes. A device on which the account
signed in before has a count of its own, so its owner comes in whatever strangers try. Beyond that, unknown devices
share two wide limits: of one account from all addresses, and of one address over all accounts.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from limits import RateLimitItemPerHour, RateLimitItemPerMinute

from common.throttle import Throttle, address_of
from merchants.rules import login_address

DEVICE_COOKIE: Final = "known_device"
DEVICE_SALT: Final = "loyalty.known_device"
DEVICE_SECONDS: Final = 180 * 24 * 3600
ACCOUNTS_OF_A_DEVICE: Final = 8


@lru_cache(maxsize=1)
def _throttle_of_pairs() -> Throttle:
    return Throttle((RateLimitItemPerMinute(5, 5, namespace="sign-in-pair"),), settings.REDIS_URL)


@lru_cache(maxsize=1)
def _throttle_of_devices() -> Throttle:
    return Throttle((RateLimitItemPerMinute(10, 5, namespace="sign-in-device"),), settings.REDIS_URL)


@lru_cache(maxsize=1)
def _throttle_of_accounts() -> Throttle:
    return Throttle((RateLimitItemPerHour(300, namespace="sign-in-account"),), settings.REDIS_URL)


@lru_cache(maxsize=1)
def _throttle_of_addresses() -> Throttle:
    return Throttle((RateLimitItemPerMinute(300, 5, namespace="sign-in-address"),), settings.REDIS_URL)


def may_try(request: HttpRequest, email: str) -> bool:
    """Count one attempt; return False when this pair of address and account, or this device, has had its share."""
    account, address = _account_key(email), address_of(request)
    device = _read_device_cookie(request).get(account)
    if device:
        return _throttle_of_devices().allows(device)
    if not _throttle_of_pairs().allows(address, account):
        return False
    return _throttle_of_addresses().has_room(address) and _throttle_of_accounts().has_room(account)


def note_failure(request: HttpRequest, email: str) -> None:
    """Count a wrong password of an unknown device toward the wide limits."""
    account = _account_key(email)
    if account not in _read_device_cookie(request):
        _throttle_of_addresses().allows(address_of(request))
        _throttle_of_accounts().allows(account)


def forgive(request: HttpRequest, email: str) -> None:
    """Begin to count from zero for a person who signed in."""
    account = _account_key(email)
    _throttle_of_pairs().forgive(address_of(request), account)
    if device := _read_device_cookie(request).get(account):
        _throttle_of_devices().forgive(device)


def know_device(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Leave the mark that distinguishes this browser from a stranger's; it opens nothing."""
    account, known = _account_key(email), _read_device_cookie(request)
    token = known.pop(account, None) or secrets.token_hex(8)
    latest = dict(list(known.items())[-(ACCOUNTS_OF_A_DEVICE - 1) :])
    response.set_cookie(
        DEVICE_COOKIE,
        signing.dumps({**latest, account: token}, salt=DEVICE_SALT),
        max_age=DEVICE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _account_key(email: str) -> str:
    return hashlib.sha256(login_address(email).encode()).hexdigest()[:24]


def _read_device_cookie(request: HttpRequest) -> dict[str, str]:
    try:
        found: Any = signing.loads(request.COOKIES.get(DEVICE_COOKIE, ""), salt=DEVICE_SALT, max_age=DEVICE_SECONDS)
    except signing.BadSignature:
        return {}
    return found if isinstance(found, dict) else {}
