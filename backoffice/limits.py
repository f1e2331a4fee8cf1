"""Limits of what strangers may do on staff pages, and of the mail that staff send to strangers."""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour

from common.throttle import Throttle, address_of

CODE_LOOK_UPS: Final[tuple[RateLimitItem, ...]] = (RateLimitItemPerHour(60, namespace="code-look-ups"),)
INVITATIONS: Final[tuple[RateLimitItem, ...]] = (
    RateLimitItemPerHour(20, namespace="invitation"),
    RateLimitItemPerDay(60, namespace="invitation"),
)
SIGN_UPS: Final[tuple[RateLimitItem, ...]] = (RateLimitItemPerHour(10, namespace="sign-up"),)
SIGN_UP_MAILS: Final[tuple[RateLimitItem, ...]] = (
    RateLimitItemPerHour(3, namespace="sign-up-mail"),
    RateLimitItemPerDay(6, namespace="sign-up-mail"),
)


@lru_cache(maxsize=1)
def _sign_ups() -> Throttle:
    return Throttle(SIGN_UPS, settings.REDIS_URL)


def sign_up_allowed(request: HttpRequest) -> bool:
    """Count one sign-up from this address; return False when it has asked for enough stores."""
    return _sign_ups().allows(address_of(request))


@lru_cache(maxsize=1)
def _sign_up_mails() -> Throttle:
    return Throttle(SIGN_UP_MAILS, settings.REDIS_URL)


def sign_up_mail_allowed(email: str) -> bool:
    """Count one link to this mailbox; return False when strangers have had enough sent there."""
    return _sign_up_mails().allows(email)


@lru_cache(maxsize=1)
def _code_look_ups() -> Throttle:
    return Throttle(CODE_LOOK_UPS, settings.REDIS_URL)


def code_look_up_allowed(user_id: UUID) -> bool:
    """Count one look at a code that is worth money; return False when this person has tried enough."""
    return _code_look_ups().allows(str(user_id))


@lru_cache(maxsize=1)
def _invitation_throttle() -> Throttle:
    return Throttle(INVITATIONS, settings.REDIS_URL)


def invitation_allowed(merchant_id: UUID) -> bool:
    """Count one invitation by this merchant; return False when it has sent enough mail to people it may not know."""
    return _invitation_throttle().allows(str(merchant_id))
