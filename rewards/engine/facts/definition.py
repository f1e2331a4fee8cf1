"""A promotion as its owner wrote it, parsed, and the shop-wide settings it runs under."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from rewards.engine.facts.bill import BillRules


@dataclass(frozen=True, slots=True)
class Filter:
    """Goods by sku or category; either list is enough to match, exclusions win, an empty filter matches all.

    The lists hold what names are compared by (`rewards.engine.names.name_key`); `spelling` has each as it was written.
    """

    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    exclude_skus: frozenset[str] = frozenset()
    exclude_categories: frozenset[str] = frozenset()
    spelling: Mapping[str, str] = field(default_factory=dict, compare=False, hash=False)

    def spelled(self, names: Iterable[str]) -> list[str]:
        """Return the names as they were written, in alphabetical order."""
        return sorted(self.spelling.get(name, name) for name in names)


@dataclass(frozen=True, slots=True)
class HourRange:
    """From `start` up to, not including, `end`; an `end` at or before `start` runs past midnight; end None is 24:00.

    Hours past midnight belong to the day they begin on.
    """

    start: time
    end: time | None

    @property
    def passes_midnight(self) -> bool:
        return self.end is not None and self.end <= self.start and self.end != time(0)


@dataclass(frozen=True, slots=True)
class When:
    """Conditions of a promotion. Days are in the outlet's zone, both ends included; weekdays 1-7, Monday is 1.

    Segments, target groups and tiers are held as what names are compared by, as in `Filter`.

    A moment's days are widened by `moment_days_before` and `moment_days_after`: 7 and 0 is from a week before it on.
    """

    min_subtotal: int | None = None
    subtotal_filter: Filter | None = None
    subtotal_basis: str = "remaining"
    min_qty: int | None = None
    qty_filter: Filter | None = None
    members_only: bool = False
    members_any: frozenset[str] | None = None
    segments_any: frozenset[str] | None = None
    personas_any: frozenset[str] | None = None
    tiers_any: frozenset[str] | None = None
    referred: bool | None = None
    code: str | bool | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    weekdays: frozenset[int] | None = None
    hours: tuple[HourRange, ...] = ()
    outlets: frozenset[str] | None = None
    first_purchase: bool | None = None
    birthday_window_days: int | None = None
    moment: str | None = None
    moment_days_before: int = 0
    moment_days_after: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """How often the promotion may be used: by everybody together and by one member, ever and in one business day."""

    limit: int | None = None
    used: int = 0
    per_member_limit: int | None = None
    per_day_limit: int | None = None
    used_today: int = 0
    per_member_day_limit: int | None = None

    @property
    def limits_members(self) -> bool:
        return self.per_member_limit is not None or self.per_member_day_limit is not None


@dataclass(frozen=True, slots=True)
class Budget:
    """What the promotion may cost. `spend` counts money given (points for point rules), `uses` counts sales."""

    type: str
    limit: int
    used: int = 0
    on_exceed: str = "reject"

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class PointsCap:
    """At most so many points: of one sale, and of one member in one business day and one calendar month."""

    per_sale: int | None = None
    per_member_day: int | None = None
    per_member_month: int | None = None

    @property
    def counts_members(self) -> bool:
        """Return whether it has to be known what a member was given before."""
        return self.per_member_day is not None or self.per_member_month is not None


PROGRAM = "program"
"""Under which what all promotions gave together is counted."""


@dataclass(frozen=True, slots=True)
class PromotionFunding:
    """A partner's share of what the promotion costs; it never changes what a cart is given."""

    partner_id: str
    percent: Decimal

    @property
    def basis_points(self) -> int:
        """Return hundredths of a percent, 1 to 10,000."""
        return int(self.percent * 100)


# What a definition without these parts has; one object each, so that their absence is seen at a glance.
NO_CONDITIONS = When()
NO_LIMITS = Usage()


@dataclass(frozen=True, slots=True)
class Definition:
    """A validated promotion. `terms` are the parsed fields of its kind; `source` is the JSON it was written in.

    `version` is the number of the stored wording; None for one that is not stored. `on_return`: "share" gives the
    returned goods' part of the discount back, "reprice" prices what stays again. `coupon_on_return`: does the coupon
    come back when the sale is voided or all its goods came back: "comes_back" or "stays_used".
    """

    id: str
    title: str
    kind: str
    terms: Any
    source: Mapping[str, Any]
    priority: int = 100
    group: str | None = None
    exclusive: bool = False
    when: When = NO_CONDITIONS
    usage: Usage = NO_LIMITS
    budget: Budget | None = None
    version: int | None = None
    funding: PromotionFunding | None = None
    points_cap: PointsCap | None = None
    on_return: str = "share"
    coupon_on_return: str = "comes_back"

    def to_json(self) -> dict[str, Any]:
        return dict(self.source)


NOTHING_OF_THE_BILL = BillRules()


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one merchant that the engine obeys.

    `groups`: name, as names are compared, -> "best_only" or "all"; one that is not named is best_only.
    `moments`: name -> days on which it runs, as (first, last) pairs.
    Goods that `never_discounted` names are in no discount, gift or threshold of one, and points cannot pay them; those
    that `never_earns` names bring no points, cashback, stamps or coupons and count for no threshold of these.
    `money_rounding`: "half_up" or "down". `round_at`: "line", "total" or "total_then_share".
    `remainder`: "largest" or "last_line". `point_value`: what a point is worth as payment, as numerator and denominator
    of the currency's smallest unit; None: as the redemption rule among the promotions says. `points_cap` holds all
    promotions together. `bill`: which of tax, service charge and tip count.
    """

    groups: Mapping[str, str] = field(default_factory=dict)
    money_rounding: str = "half_up"
    round_at: str = "line"
    remainder: str = "largest"
    currency_digits: int = 0
    moments: Mapping[str, tuple[tuple[date, date], ...]] = field(default_factory=dict)
    point_value: tuple[int, int] | None = None
    never_discounted: Filter | None = None
    never_earns: Filter | None = None
    points_cap: PointsCap | None = None
    bill: BillRules = NOTHING_OF_THE_BILL


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """One wording of a published promotion, in force from `starts_at` until its next one.

    `needs_coupon`: it acts only where a coupon of its own is shown.
    """

    definition: Definition
    starts_at: datetime
    needs_coupon: bool


@dataclass(frozen=True, slots=True)
class TurnFacts:
    """From `starts_at` on the promotion is "live", "paused" or, for good, "ended"."""

    promotion_id: str
    starts_at: datetime
    state: str
