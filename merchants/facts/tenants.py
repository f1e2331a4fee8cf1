"""Frozen values about tenants that cross app borders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID

from common.business_days import business_date, day_bounds, last_ended_day
from merchants.facts.excluded_goods import ExcludedGoods
from merchants.facts.expiry import ExpiryKind, ExpiryRounding, ExpiryRule
from merchants.facts.movement_limits import MovementLimits
from merchants.facts.roles import Role


@dataclass(frozen=True, slots=True)
class BillChoices:
    """Which of "tax", "service" and "tip" discounts reach, minimums count, and members earn on; by default none."""

    discounts: tuple[str, ...] = ()
    minimums: tuple[str, ...] = ()
    earning: tuple[str, ...] = ()

    def to_json(self) -> dict[str, list[str]]:
        return {
            "discounts": list(self.discounts),
            "minimums": list(self.minimums),
            "earning": list(self.earning),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> BillChoices:
        return cls(**{name: tuple(data.get(name, ())) for name in ("discounts", "minimums", "earning")})


_CHOICES: Final = ("money_rounding", "round_at", "remainder")


@dataclass(frozen=True, slots=True)
class PromotionSettings:
    """How a merchant's promotions are calculated (see the promotion engine); None: the engine's default.

    `groups`: group -> "best_only" or "all". `points_cap`: per_sale, per_member_day, per_member_month -> points.
    """

    groups: Mapping[str, str] = field(default_factory=dict)
    money_rounding: str | None = None
    round_at: str | None = None
    remainder: str | None = None
    points_cap: Mapping[str, int] = field(default_factory=dict)
    excluded: ExcludedGoods = field(default_factory=ExcludedGoods)
    bill: BillChoices = BillChoices()

    def to_json(self) -> dict[str, Any]:
        """Write only what the merchant has chosen."""
        named: dict[str, Any] = {name: getattr(self, name) for name in _CHOICES}
        named |= {"groups": dict(self.groups), "points_cap": dict(self.points_cap)}
        if self.bill != BillChoices():
            named["bill"] = self.bill.to_json()
        return {name: value for name, value in named.items() if value} | self.excluded.to_json()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PromotionSettings:
        """Read what `to_json` wrote; a missing key is the engine's default."""
        return cls(
            groups=dict(data.get("groups", {})),
            points_cap={name: int(points) for name, points in data.get("points_cap", {}).items()},
            excluded=ExcludedGoods.from_json(data),
            bill=BillChoices.from_json(data.get("bill", {})),
            **{name: str(data[name]) for name in _CHOICES if name in data},
        )


@dataclass(frozen=True)
class MerchantFacts:
    """One merchant and the settings of its program; passed as `merchant` to every operation and query."""

    id: UUID
    name: str
    slug: str
    currency: str
    currency_digits: int
    timezone: str
    day_starts_at: time
    language: str
    points_name: str
    points_valid_months: int | None
    pending_days: int
    join_bonus_points: int
    max_debt_points: int
    till_debt_limit_amount: int
    refund_policy: str
    return_grace_days: int
    claim_days: int
    stored_value_valid_months: int | None = None
    """How long money paid in by top-up or on a gift card lasts; None: it does not expire."""
    promotion_settings: PromotionSettings = field(default_factory=PromotionSettings)
    """As stored; the properties below give the value that applies where the merchant chose nothing."""
    points_expiry: str = ExpiryKind.FIXED.value
    points_rounding: str = ExpiryRounding.DAY.value
    points_end_month: int = 12
    points_kept_years: int = 1
    movement_limits: MovementLimits = field(default_factory=MovementLimits)
    """What people may move by hand, by role."""
    coupons_alone_amount: int | None = None
    """Codes that may cost more than this, or any amount, need a second person; None: never."""
    export_alone_members: int | None = None
    """A file with the contacts of more members than this needs a second person; None: never."""
    verify_above_points: int | None = None
    """Redeeming more points than this at once asks for a code from the member's card page; None: never."""
    sandbox_of: UUID | None = None
    """The shop whose sandbox this is, where its test keys lead; None: it is a shop."""

    @property
    def expiry_rule(self) -> ExpiryRule:
        """Return when points and cashback that are earned from now on lapse."""
        return ExpiryRule(
            ExpiryKind(self.points_expiry),
            self.points_valid_months,
            ExpiryRounding(self.points_rounding),
            self.points_end_month,
            self.points_kept_years,
        )

    def day_of(self, at: datetime) -> date:
        """Return the business day that the instant belongs to."""
        return business_date(at, self.timezone, self.day_starts_at)

    def bounds_of(self, day: date) -> tuple[datetime, datetime]:
        """Return the first instant of the business day and the first after it, in UTC."""
        return day_bounds(day, self.timezone, self.day_starts_at)

    def last_ended_day(self, now: datetime) -> date:
        """Return the latest business day that is over at `now`."""
        return last_ended_day(now, self.timezone, self.day_starts_at)

    @property
    def excluded_goods(self) -> ExcludedGoods:
        return self.promotion_settings.excluded

    @property
    def money_rounding(self) -> str:
        return self.promotion_settings.money_rounding or "half_up"

    @property
    def round_at(self) -> str:
        return self.promotion_settings.round_at or "line"

    @property
    def remainder(self) -> str:
        return self.promotion_settings.remainder or "largest"

    @property
    def adding_groups(self) -> list[str]:
        """Return the groups of promotions whose members all act together, instead of only the best one."""
        return sorted(name for name, mode in self.promotion_settings.groups.items() if mode == "all")

    @property
    def most_points_per_sale(self) -> int | None:
        return self.promotion_settings.points_cap.get("per_sale")

    @property
    def most_points_per_day(self) -> int | None:
        """Return the most points that one member can earn in a day; None: no limit."""
        return self.promotion_settings.points_cap.get("per_member_day")

    @property
    def most_points_per_month(self) -> int | None:
        """Return the most points that one member can earn in a month; None: no limit."""
        return self.promotion_settings.points_cap.get("per_member_month")


@dataclass(frozen=True)
class OutletFacts:
    """A place of the merchant's; `closed_at` is filled where nothing is sold any more."""

    id: UUID
    name: str
    timezone: str
    closed_at: datetime | None = None


@dataclass(frozen=True)
class TillFacts:
    """A till as its key identified it."""

    id: UUID
    name: str
    outlet: OutletFacts
    merchant: MerchantFacts
    scopes: frozenset[str]


@dataclass(frozen=True)
class TillPlace:
    """A till and its outlet; `kind` is pos, or import for sales that came by file."""

    id: UUID
    name: str
    kind: str
    outlet_id: UUID
    outlet_name: str
    zone: str


@dataclass(frozen=True)
class TillCredential:
    """What the key alone says, before any merchant's rows can be seen. `key_prefix` is the part that may be shown."""

    merchant: MerchantFacts
    till_id: UUID
    scopes: frozenset[str]
    key_prefix: str


@dataclass(frozen=True)
class Actor:
    """Who does something by hand: a member of staff, or a named part of the system (`user_id` None)."""

    user_id: UUID | None
    label: str
    role: Role | None = None


SYSTEM = Actor(user_id=None, label="system")


@dataclass(frozen=True)
class StaffFacts:
    """A person who has, had or was offered access. `last_login_at` counts from the day this merchant let them in.

    Not earlier: what an account did for other merchants is not shown to this one.
    """

    user_id: UUID
    name: str
    email: str
    role: Role
    is_active: bool
    since: datetime
    last_login_at: datetime | None
    invited_at: datetime | None = None
    """Since when an invitation waits for the person's answer; None: there is none."""
    outlet_ids: tuple[UUID, ...] = ()
    """The outlets that the person is tied to, by their names; none: they work at all."""


@dataclass(frozen=True)
class InvitationFacts:
    """A store that asks a person to work for it; `by` is the name of who asked."""

    id: UUID
    merchant: MerchantFacts
    role: Role
    by: str
    email: str
    invited_at: datetime


@dataclass(frozen=True)
class PlaceOfWork:
    """The stores of one person: where they have access, which invitations wait, how many stores they ever had.

    `is_confirmed`: a link sent to the account's address was opened. Without it there is no access anywhere.
    """

    memberships: tuple[tuple[MerchantFacts, Role], ...] = ()
    invitations: tuple[InvitationFacts, ...] = ()
    ever: int = 0
    is_confirmed: bool = False


@dataclass(frozen=True)
class SavedViewFacts:
    """`query` is the address's query string without the view itself; all staff see an `is_team` view."""

    id: UUID
    name: str
    query: str
    is_team: bool
    created_by: str


@dataclass(frozen=True)
class StoredAnswer:
    """The answer that a key got the first time; `id` is that of the claim."""

    id: UUID
    status: int
    body: str


@dataclass(frozen=True)
class ClaimedKeyFacts:
    """A key claimed by this transaction; pass it to `store_answer`."""

    id: UUID
    merchant_id: UUID


@dataclass(frozen=True)
class AuditFacts:
    """One thing done by hand; `reason` is a code or words, `before` and `after` what it changed."""

    at: datetime
    actor_id: UUID | None
    actor_label: str
    approver_id: UUID | None
    action: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    reason: str
    id: UUID | None = None
    subject_kind: str = ""
    subject_id: UUID | None = None


@dataclass(frozen=True)
class AuditFilter:
    """Filters of the audit trail; an empty field filters nothing. `actor` is a user's id, or "system".

    `since` is included, `until` is not.
    """

    action: str = ""
    actor: str = ""
    subject_kind: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class OutboxEventFacts:
    id: UUID
    merchant_id: UUID
    kind: str
    subject_id: UUID
    occurred_at: datetime
