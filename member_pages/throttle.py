"""How often one address may try to join (enough for a shop's own Wi-Fi, too little for trying out phone numbers), and
how often a card page may show a code for the till."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute

from common.throttle import Throttle, address_of
from merchants.facts import MerchantFacts

__all__ = ["JoinThrottle", "address_of", "code_throttle", "join_throttle"]

ATTEMPTS: Final[tuple[RateLimitItem, ...]] = (
    RateLimitItemPerMinute(30, 10, namespace="join"),
    RateLimitItemPerDay(300, namespace="join"),
)


class JoinThrottle:
    """Counts by merchant and address."""

    def __init__(self, redis_url: str) -> None:
        self._throttle = Throttle(ATTEMPTS, redis_url)

    def allows(self, merchant: MerchantFacts, address: str) -> bool:
        """Count one attempt; return False when the address has had its share."""
        return self._throttle.allows(str(merchant.id), address)

    def forget(self) -> None:
        """Drop all counts."""
        self._throttle.forget()


@lru_cache(maxsize=1)
def join_throttle() -> JoinThrottle:
    return JoinThrottle(settings.REDIS_URL)


CODES: Final[tuple[RateLimitItem, ...]] = (RateLimitItemPerHour(20, namespace="shown-codes"),)


@lru_cache(maxsize=1)
def code_throttle() -> Throttle:
    """Return the throttle that counts codes shown, by merchant and member."""
    return Throttle(CODES, settings.REDIS_URL)
