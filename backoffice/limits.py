"""Limits of what strangers may do on staff pages."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem, RateLimitItemPerHour

from common.throttle import Throttle, address_of

SIGN_UPS: Final[tuple[RateLimitItem, ...]] = (RateLimitItemPerHour(10, namespace="sign-up"),)


@lru_cache(maxsize=1)
def _sign_ups() -> Throttle:
    return Throttle(SIGN_UPS, settings.REDIS_URL)


def sign_up_allowed(request: HttpRequest) -> bool:
    """Counts one opened store from this address; False when it has opened enough."""
    return _sign_ups().allows(address_of(request))
