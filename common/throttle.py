"""How often one address may try something: counted in Redis for all processes, in the process while Redis is away."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

log = structlog.get_logger("loyalty.throttle")


class Throttle:
    """Windows that all have to allow an attempt. Never simply open: without Redis each process counts for itself."""

    def __init__(self, windows: Sequence[RateLimitItem], redis_url: str) -> None:
        self._windows = tuple(windows)
        timeouts: dict[str, Any] = {"socket_connect_timeout": 0.25, "socket_timeout": 0.5}
        self._shared = MovingWindowRateLimiter(RedisStorage(redis_url, key_prefix="throttle", **timeouts))
        self._local = MovingWindowRateLimiter(MemoryStorage())

    def allows(self, *names: str) -> bool:
        """Count one attempt under `names`; return False when they have had their share."""
        try:
            return self._count_attempt(self._shared, names)
        except RedisError:
            log.warning("redis is away, attempts are counted inside the process")
            return self._count_attempt(self._local, names)

    def has_room(self, *names: str) -> bool:
        """Return whether one more attempt would be allowed; counts nothing."""
        try:
            return all(self._shared.test(window, *names) for window in self._windows)
        except RedisError:
            return all(self._local.test(window, *names) for window in self._windows)

    def forgive(self, *names: str) -> None:
        """Drop the counts of `names`."""
        for limiter in (self._shared, self._local):
            with suppress(RedisError):
                for window in self._windows:
                    limiter.clear(window, *names)

    def forget(self) -> None:
        """Drop all counts."""
        for limiter in (self._shared, self._local):
            limiter.storage.reset()

    def _count_attempt(self, limiter: MovingWindowRateLimiter, names: Sequence[str]) -> bool:
        allowed = [limiter.hit(window, *names) for window in self._windows]  # every window counts the attempt
        return all(allowed)


def address_of(request: HttpRequest) -> str:
    """Return the caller's address; of a proxy's list only the entry that our own outermost proxy wrote."""
    proxies = settings.TRUSTED_PROXY_COUNT
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if proxies and len(forwarded) >= proxies:
        return forwarded[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))
