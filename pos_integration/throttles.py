"""Guessing codes. Of coupons and gift cards: 10 unknown codes a minute or 50 an hour from one till close unknown ones
for 15 minutes: codes that exist go on, each other one is refused and counts. 100 an hour close all codes of a till for
15 minutes. A code whose check symbol is wrong does not count: it was misread, and no guess is won by it.
Codes of the card page: 5 failures in 15 minutes for one member, or 20 from one till, close them for 15 minutes.
Look-ups of members: 30 unknown phones, numbers or addresses in 5 minutes or 200 an hour from one till close them for 15
minutes; a card's QR, which cannot be guessed, is looked up all the same.
Searches by name, found or not: 20 in 5 minutes or 100 an hour from one till close them for 15 minutes.
Beyond 1,000 unknown codes an hour at one merchant the alarm is raised and, while it lasts, one more closes all codes of
its till.

Counted in Redis for all processes together and in this process besides: while Redis is away the local count
goes on, so the gate is never simply open. Buckets carry the merchant; occurred_at plays no part.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

import structlog
from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from merchants.facts import TillCredential

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """Windows of failures; the one that runs full closes the codes. `alarm` is for all of a merchant's together."""

    name: str
    windows: tuple[RateLimitItem, ...]
    alarm: RateLimitItem | None = None


COUPON_CODES: Final = Limits(
    "codes",
    (RateLimitItemPerMinute(10, namespace="codes"), RateLimitItemPerHour(50, namespace="codes")),
)
ALL_CODES: Final = Limits(
    "all-codes",
    (RateLimitItemPerHour(100, namespace="all-codes"),),
    RateLimitItemPerHour(1000, namespace="codes-alarm"),
)
CODES_OF_MEMBER: Final = Limits("member-codes", (RateLimitItemPerMinute(5, 15, namespace="member-codes"),))
CODES_AT_TILL: Final = Limits("till-codes", (RateLimitItemPerMinute(20, 15, namespace="till-codes"),))
LOOK_UPS: Final = Limits(
    "look-ups",
    (RateLimitItemPerMinute(30, 5, namespace="look-ups"), RateLimitItemPerHour(200, namespace="look-ups")),
    RateLimitItemPerHour(2000, namespace="look-ups-alarm"),
)
NAME_SEARCHES: Final = Limits(
    "name-searches",
    (RateLimitItemPerMinute(20, 5, namespace="name-searches"), RateLimitItemPerHour(100, namespace="name-searches")),
)
COOL_DOWN_SECONDS: Final = 15 * 60
ALARM_SECONDS: Final = 60 * 60
PAUSE_SECONDS: Final = 5.0

log = structlog.get_logger("loyalty.api")


class Counted(NamedTuple):
    """What a failure brought about: it closed the codes, it raised the merchant's alarm."""

    closed: bool
    alarmed: bool


class FailureCounter:
    """One place to count in: Redis or this process. `names` say whose failures, the merchant's first."""

    def __init__(self, storage: Any) -> None:
        self._storage: Storage = storage
        self._windows = MovingWindowRateLimiter(storage)

    def seconds_closed(self, limits: Limits, names: tuple[str, ...]) -> int:
        """Return how many seconds the codes stay closed; 0 when they are open."""
        key = _cool_down_key(limits, names)
        if not self._storage.get(key):
            return 0
        return max(1, int(self._storage.get_expiry(key) - time.time()) + 1)

    def count_failure(self, limits: Limits, names: tuple[str, ...]) -> Counted:
        too_many = limits.alarm is not None and not self._windows.hit(limits.alarm, names[0])
        alarmed = too_many and self._storage.incr(_alarm_key(limits, names), ALARM_SECONDS) == 1
        for window in limits.windows:
            self._windows.hit(window, *names)
        spare = all(self._windows.get_window_stats(window, *names).remaining > 0 for window in limits.windows)
        if spare and not too_many:
            return Counted(closed=False, alarmed=False)
        return Counted(self._storage.incr(_cool_down_key(limits, names), COOL_DOWN_SECONDS) == 1, alarmed)

    def forget(self) -> None:
        self._storage.reset()


class Guard:
    """Counts in Redis and in the process; whichever says closed is right."""

    def __init__(self, redis_url: str) -> None:
        timeouts: dict[str, Any] = {"socket_connect_timeout": 0.25, "socket_timeout": 0.5}
        self._shared = FailureCounter(RedisStorage(redis_url, key_prefix="throttle", **timeouts))
        self._local = FailureCounter(MemoryStorage())
        self._ask_redis_again_at = 0.0

    def forget(self) -> None:
        """Open all codes and drop the counts."""
        self._with_redis(self._shared.forget, None)
        self._local.forget()

    def _seconds_closed(self, limits: Limits, names: tuple[str, ...]) -> int:
        shared = self._with_redis(lambda: self._shared.seconds_closed(limits, names), 0)
        return max(shared, self._local.seconds_closed(limits, names))

    def _count_failure(self, limits: Limits, names: tuple[str, ...]) -> Counted:
        shared: Counted | None = self._with_redis(lambda: self._shared.count_failure(limits, names), None)
        local = self._local.count_failure(limits, names)
        return local if shared is None else shared

    def _with_redis(self, ask: Callable[[], T], away: T) -> T:
        if time.monotonic() < self._ask_redis_again_at:
            return away
        try:
            return ask()
        except RedisError:
            self._ask_redis_again_at = time.monotonic() + PAUSE_SECONDS
            log.warning("redis is away, codes are counted inside the process", pause_seconds=PAUSE_SECONDS)
            return away


class CodeGuard(Guard):
    """The gate before every look at a coupon code."""

    def seconds_closed(self, till: TillCredential) -> int:
        """Return for how many seconds unknown codes are refused; those that exist go on."""
        return self._seconds_closed(COUPON_CODES, _of_till(till))

    def seconds_closed_for_all(self, till: TillCredential) -> int:
        """Return for how many seconds every code is refused."""
        return self._seconds_closed(ALL_CODES, _of_till(till))

    def count_failure(self, till: TillCredential) -> Counted:
        """Count one unknown code."""
        unknown = self._count_failure(COUPON_CODES, _of_till(till))
        every = self._count_failure(ALL_CODES, _of_till(till))
        return Counted(closed=unknown.closed or every.closed, alarmed=every.alarmed)


class MemberCodeGuard(Guard):
    """The gate before the code that a member reads out: per member, so that no till can guess, and per till."""

    def seconds_closed(self, till: TillCredential, member_id: UUID) -> int:
        of_member = self._seconds_closed(CODES_OF_MEMBER, (str(till.merchant.id), str(member_id)))
        return max(of_member, self._seconds_closed(CODES_AT_TILL, _of_till(till)))

    def count_failure(self, till: TillCredential, member_id: UUID) -> bool:
        """Count one wrong code; return True when it closed the codes of the member or of the till."""
        of_member = self._count_failure(CODES_OF_MEMBER, (str(till.merchant.id), str(member_id)))
        return self._count_failure(CODES_AT_TILL, _of_till(till)).closed or of_member.closed


class LookUpGuard(Guard):
    """The gate before a look-up by what can be guessed: a phone, a number, an address."""

    def seconds_closed(self, till: TillCredential) -> int:
        return self._seconds_closed(LOOK_UPS, _of_till(till))

    def count_failure(self, till: TillCredential) -> Counted:
        """Count one identifier that no one has."""
        return self._count_failure(LOOK_UPS, _of_till(till))


class NameSearchGuard(Guard):
    """The gate before a search by name: each one counts, for each shows members whom the till did not name."""

    def seconds_closed(self, till: TillCredential) -> int:
        return self._seconds_closed(NAME_SEARCHES, _of_till(till))

    def count_search(self, till: TillCredential) -> Counted:
        return self._count_failure(NAME_SEARCHES, _of_till(till))


@lru_cache(maxsize=1)
def name_search_guard() -> NameSearchGuard:
    return NameSearchGuard(settings.REDIS_URL)


@lru_cache(maxsize=1)
def look_up_guard() -> LookUpGuard:
    return LookUpGuard(settings.REDIS_URL)


@lru_cache(maxsize=1)
def code_guard() -> CodeGuard:
    return CodeGuard(settings.REDIS_URL)


@lru_cache(maxsize=1)
def member_code_guard() -> MemberCodeGuard:
    return MemberCodeGuard(settings.REDIS_URL)


def _of_till(till: TillCredential) -> tuple[str, str]:
    return str(till.merchant.id), str(till.till_id)


def _cool_down_key(limits: Limits, names: tuple[str, ...]) -> str:
    return f"{limits.name}-closed/{'/'.join(names)}"


def _alarm_key(limits: Limits, names: tuple[str, ...]) -> str:
    return f"{limits.name}-alarm-raised/{names[0]}"
