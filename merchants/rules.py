"""Pure rules of tenancy: business days, roles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from merchants.facts import Permission, Role

P = Permission

ROLE_PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.OWNER: frozenset(Permission),
    Role.MANAGER: frozenset(Permission) - {P.MANAGE_STAFF},
    Role.MARKETER: frozenset({P.SEE_FIGURES, P.SEE_MEMBERS, P.SEE_CAMPAIGNS, P.EDIT_CAMPAIGNS, P.EDIT_SEGMENTS}),
    Role.CASHIER: frozenset(),
    Role.CARE: frozenset({P.SEE_MEMBERS, P.EDIT_MEMBERS, P.ADJUST_POINTS}),
    Role.ANALYST: frozenset({P.SEE_FIGURES, P.SEE_CAMPAIGNS, P.EXPORT}),
    Role.INTEGRATOR: frozenset({P.MANAGE_TILLS}),
}

ADJUSTMENT_LIMITS: Final[Mapping[Role, tuple[int, int]]] = {
    Role.OWNER: (100_000, 500_000),
    Role.MANAGER: (10_000, 50_000),
    Role.CARE: (500, 5_000),
}
"""Points a role may move by hand: (at once, per business day). Above it somebody else has to approve."""

TILL_SCOPES: Final = frozenset({"read_members", "record_sales", "redeem"})


def may(role: Role, permission: Permission) -> bool:
    return permission in ROLE_PERMISSIONS[role]


def business_date(at: datetime, zone: str, day_starts_at: time) -> date:
    """The merchant's day that the instant belongs to: a café whose day starts at 04:00 counts 02:30 to yesterday."""
    local = at.astimezone(ZoneInfo(zone))
    return local.date() if local.time() >= day_starts_at else local.date() - timedelta(days=1)


def day_bounds(day: date, zone: str, day_starts_at: time) -> tuple[datetime, datetime]:
    """First instant of the business day and first instant after it (23 or 25 hours apart when clocks change)."""
    tz = ZoneInfo(zone)
    start = datetime.combine(day, day_starts_at, tzinfo=tz)
    return start, datetime.combine(day + timedelta(days=1), day_starts_at, tzinfo=tz)


def last_ended_day(now: datetime, zone: str, day_starts_at: time) -> date:
    """The latest business day that is over at `now`."""
    return business_date(now, zone, day_starts_at) - timedelta(days=1)
