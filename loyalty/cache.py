"""The cache: Redis, and while Redis is away a cache inside the process.

Throttles count in the cache. A stopped Redis must neither stop a till or a login nor open the gates:
each process then counts for itself until Redis answers again.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import redis
import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

log = structlog.get_logger("loyalty.cache")

AWAY = (redis.ConnectionError, redis.TimeoutError)
PAUSE_SECONDS = 5.0


class JsonSerializer:
    """Values as JSON, never as pickles: anyone who can write to Redis must not be able to run code here.

    Whole numbers stay as they are, so that Redis can count them up itself.
    """

    def dumps(self, value: Any) -> bytes | int:
        """Write the value as JSON. Raises TypeError for what JSON cannot hold."""
        return value if type(value) is int else json.dumps(value).encode()

    def loads(self, stored: bytes) -> Any:
        return json.loads(stored)


def _with_fallback(name: str) -> Callable[..., Any]:
    def method(self: "RedisOrLocalCache", *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= self.ask_redis_again_at:
            try:
                return getattr(RedisCache, name)(self, *args, **kwargs)
            except AWAY:
                self.ask_redis_again_at = time.monotonic() + PAUSE_SECONDS
                log.warning("redis is away, counting inside the process", pause_seconds=PAUSE_SECONDS)
        return getattr(self.local, name)(*args, **kwargs)

    method.__name__ = name
    return method


class RedisOrLocalCache(RedisCache):
    """After a failed call Redis is left alone for PAUSE_SECONDS, so that no request waits for it twice."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.local = LocMemCache("redis-is-away", {**params, "OPTIONS": {}})
        self.ask_redis_again_at = 0.0

    add = _with_fallback("add")
    get = _with_fallback("get")
    set = _with_fallback("set")
    touch = _with_fallback("touch")
    delete = _with_fallback("delete")
    get_many = _with_fallback("get_many")
    set_many = _with_fallback("set_many")
    delete_many = _with_fallback("delete_many")
    has_key = _with_fallback("has_key")
    incr = _with_fallback("incr")
    clear = _with_fallback("clear")
