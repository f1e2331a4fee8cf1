"""How often one address may try to join: enough for a shop's own Wi-Fi, too little for trying out phone numbers.

Counted in Redis for all processes together; while Redis is away the process counts for itself, so the gate is never
simply open.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import structlog
from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from merchants.facts import MerchantFacts

ATTEMPTS: Final[tuple[RateLimitItem, ...]] = (
    RateLimitItemPerMinute(30, 10, namespace="join"),
    RateLimitItemPerDay(300, namespace="join"),
)

log = structlog.get_logger("loyalty.member_pages")


class JoinThrottle:
    def __init__(self, redis_url: str) -> None:
        timeouts: dict[str, Any] = {"socket_connect_timeout": 0.25, "socket_timeout": 0.5}
        self._shared = MovingWindowRateLimiter(RedisStorage(redis_url, key_prefix="throttle", **timeouts))
        self._local = MovingWindowRateLimiter(MemoryStorage())

    def allows(self, merchant: MerchantFacts, address: str) -> bool:
        """Counts one attempt; False when the address has had its share."""
        try:
            return _hit(self._shared, merchant, address)
        except RedisError:
            log.warning("redis is away, attempts to join are counted inside the process")
            return _hit(self._local, merchant, address)

    def forget(self) -> None:
        """Drops all counts."""
        for limiter in (self._shared, self._local):
            limiter.storage.reset()


def _hit(limiter: MovingWindowRateLimiter, merchant: MerchantFacts, address: str) -> bool:
    return all(limiter.hit(window, str(merchant.id), address) for window in ATTEMPTS)


@lru_cache(maxsize=1)
def join_throttle() -> JoinThrottle:
    return JoinThrottle(settings.REDIS_URL)


def address_of(request: HttpRequest) -> str:
    """The caller's address; of a proxy's list only the entry that our own outermost proxy wrote."""
    proxies = settings.TRUSTED_PROXY_COUNT
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if proxies and len(forwarded) >= proxies:
        return forwarded[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))
