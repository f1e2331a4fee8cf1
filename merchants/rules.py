"""Pure rules of tenancy: roles and their rights, settings, waits after failures."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from common.quantities import currency_digits
from common.text import clean_address
from merchants.facts import (
    LoggedRequestFacts,
    MerchantFacts,
    MovementLimit,
    MovementLimits,
    Permission,
    PromotionSettings,
    Role,
    WorkKind,
)

P = Permission

ROLE_PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.OWNER: frozenset(Permission),
    Role.MANAGER: frozenset(Permission) - {P.MANAGE_STAFF},
    Role.MARKETER: frozenset(
        {
            P.SEE_FIGURES,
            P.SEE_MEMBERS,
            P.SEE_CAMPAIGNS,
            P.EDIT_CAMPAIGNS,
            P.EDIT_SEGMENTS,
            P.SEE_OFFERS,
            P.EDIT_OFFERS,
            P.LOOK_UP_CODES,
            P.SEE_PRODUCTS,
            P.EXPORT,
            P.SEE_JOBS,
            P.SEE_APPROVALS,
        }
    ),
    Role.CASHIER: frozenset(),
    Role.CARE: frozenset(
        {P.SEE_MEMBERS, P.EDIT_MEMBERS, P.ADJUST_POINTS, P.SEE_APPROVALS, P.LOOK_UP_CODES, P.SEE_JOBS}
    ),
    Role.ANALYST: frozenset(
        {
            P.SEE_FIGURES,
            P.SEE_MEMBERS,
            P.SEE_CAMPAIGNS,
            P.SEE_OFFERS,
            P.LOOK_UP_CODES,
            P.SEE_PRODUCTS,
            P.EXPORT,
            P.SEE_JOBS,
        }
    ),
    Role.INTEGRATOR: frozenset({P.MANAGE_TILLS, P.SEE_PRODUCTS, P.EDIT_PRODUCTS, P.SEE_JOBS}),
}
"""What each role opens. A role without any right has no page yet, so it is given to no one."""

_GIVEN_BY: Final[Mapping[Role, frozenset[Role]]] = {
    Role.OWNER: frozenset(Role),
    Role.MANAGER: frozenset({Role.MARKETER, Role.CASHIER, Role.CARE, Role.ANALYST}),
}

MOST_MOVED: Final = 1_000_000_000
"""No role's limit is above so many points a day."""


def limits_seen(limits: MovementLimits) -> str:
    """Return a short mark of the limits, for a form to carry: changes that it did not see are not overwritten."""
    return "|".join(map(str, limits.by_field().values()))


def needs_approval(limit: MovementLimit, *, size: int, used: int) -> bool:
    """Return whether a movement by hand is above what a person may move alone; `used`: what they moved that day."""
    return size > limit.at_once or used + size > limit.per_day


MOST_GOODS_NAMED: Final = 500
"""So many products, or categories, may be named among goods never discounted, and as many among those never earning."""

MOST_ALONE_AMOUNT: Final = 1_000_000_000_000
MOST_ALONE_MEMBERS: Final = 100_000_000
"""The highest limits of what one person may do alone with coupons and with files of members."""


def is_above(limit: int | None, size: int | None) -> bool:
    """Return whether something is above a limit of what one person may do alone; no limit: never.

    `size` None is without a bound, which is above every limit.
    """
    return limit is not None and (size is None or size > limit)


def alone_limits_seen(merchant: MerchantFacts) -> str:
    """Return a short mark of both limits, for a form to carry: changes that it did not see are not overwritten."""
    return f"{merchant.coupons_alone_amount}|{merchant.export_alone_members}"


TILL_SCOPES: Final = frozenset({"read_members", "members:write", "record_sales", "redeem"})
"""What a till's key may do by default; `write_products` is for an ERP and must be asked for by name."""

TEST_SCOPE: Final = "test"
"""What every key of a sandbox has, and no other key: it leads to the sandbox of the shop, not to the shop."""


ENGINE_SETTINGS: Final = (
    "money_rounding",
    "round_at",
    "remainder",
    "adding_groups",
    "most_points_per_sale",
    "most_points_per_day",
    "most_points_per_month",
)
"""Settings of the promotion engine; they are saved together (`promotion_settings_with`)."""
_CAPS: Final = {
    "most_points_per_sale": "per_sale",
    "most_points_per_day": "per_member_day",
    "most_points_per_month": "per_member_month",
}

SETTINGS: Final = (
    "name",
    "language",
    "day_starts_at",
    "points_name",
    "points_expiry",
    "points_valid_months",
    "points_rounding",
    "points_end_month",
    "points_kept_years",
    "stored_value_valid_months",
    "pending_days",
    "join_bonus_points",
    "max_debt_points",
    "till_debt_limit_amount",
    "refund_policy",
    "return_grace_days",
    "claim_days",
    *ENGINE_SETTINGS,
)
"""What a merchant may change; currency and zone never change, because past figures were counted in them."""


def settings_seen(merchant: MerchantFacts) -> str:
    """Return a short mark of all settings, for a form to carry: changes that it did not see are not overwritten."""
    shown = "|".join(repr(getattr(merchant, name)) for name in SETTINGS)
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


def usual_till_debt(currency: str) -> int:
    """Return how much members may come to owe by one till in a day, until the merchant says otherwise."""
    return 500_000 if currency == "IDR" else 50 * 10 ** currency_digits(currency)


def login_address(email: str) -> str:
    """Return the form in which an address signs in, is invited and is proved, however it was typed."""
    return clean_address(email).lower()


def promotion_settings_with(engine: PromotionSettings, changes: Mapping[str, Any]) -> PromotionSettings:
    """Return the engine settings with those replaced that `changes` names; the others stay."""
    made: dict[str, Any] = {"points_cap": dict(engine.points_cap)}
    for name, value in changes.items():
        if name == "adding_groups":
            made["groups"] = dict.fromkeys(value, "all")
        elif name not in _CAPS:
            made[name] = value
        elif value is None:
            made["points_cap"].pop(_CAPS[name], None)
        else:
            made["points_cap"][_CAPS[name]] = value
    return replace(engine, **made)


def may(role: Role, permission: Permission) -> bool:
    return permission in ROLE_PERMISSIONS[role]


def may_give(giver: Role | None, role: Role) -> bool:
    """Return whether someone of this role may give, change or end that one; None: the system, which may all.

    No one but an owner gives a role with rights that they do not have themselves, so no one can raise themselves.
    """
    return giver is None or role in _GIVEN_BY.get(giver, frozenset())


def roles_with(permission: Permission) -> list[Role]:
    """Return the roles that have a right, the widest first."""
    return [role for role in Role if permission in ROLE_PERMISSIONS[role]]


SENT_AGAIN: Final = frozenset(
    {
        ("GET", "/program"),
        ("GET", "/promotions"),
        ("GET", "/products"),
        ("GET", "/members"),
        ("POST", "/members"),
        ("GET", "/members/{member_id}"),
        ("PATCH", "/members/{member_id}"),
        ("GET", "/members/{member_id}/ledger"),
        ("GET", "/members/{member_id}/coupons"),
        ("POST", "/members/{member_id}/consents"),
        ("POST", "/members/{member_id}/top-ups"),
        ("POST", "/gift-cards"),
        ("POST", "/quotes"),
        ("GET", "/sales"),
        ("POST", "/sales"),
        ("GET", "/sales/{reference}"),
        ("POST", "/sales/{reference}/claim"),
        ("GET", "/sales/{reference}/refunds"),
        ("POST", "/sales/{reference}/refunds"),
        ("POST", "/sales/{reference}/void"),
        ("GET", "/rewards"),
        ("GET", "/redemptions"),
        ("POST", "/redemptions"),
    }
)
"""Calls that mean the same in a sandbox: all but those about a code, a card or a step of what only the shop has."""


def can_be_sent_again(request: LoggedRequestFacts) -> bool:
    """Return whether a logged request can be sent in test mode: its body was kept whole, and it is of such a call."""
    is_known = (request.method, request.route) in SENT_AGAIN
    return is_known and request.is_whole and bool(request.request_body or not request.request_bytes)


def wait_before_try(kind: WorkKind, attempts: int) -> timedelta:
    """Return how long work waits after its failed attempt number `attempts` (1, 2, ...)."""
    times: int = 2 ** min(attempts - 1, 30)
    return min(kind.first_wait * times, kind.longest_wait)
