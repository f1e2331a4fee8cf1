"""Frozen values about referrals: the program's terms, one friend's referral, what makes one doubtful."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID


class ReferralState(StrEnum):
    """The state of a friend's referral. Granted, refused, expired and clawed back are not left again,
    but for granted -> clawed back."""

    JOINED = "joined"
    QUALIFIED = "qualified"
    IN_REVIEW = "in_review"
    GRANTED = "granted"
    REFUSED = "refused"
    CLAWED_BACK = "clawed_back"
    EXPIRED = "expired"


class RewardKind(StrEnum):
    """What the referrer gets; `amount` is points, or money for the wallet, or 0 beside a coupon."""

    POINTS = "points"
    WALLET = "wallet"
    COUPON = "coupon"


class FriendPrice(StrEnum):
    """The friend's special price on the first purchase: percent, or money off."""

    NONE = "none"
    PERCENT = "percent"
    AMOUNT = "amount"


class FraudSignal(StrEnum):
    """Why a referral is looked at by a person before anything is granted; or, for caps, why nothing is."""

    SAME_MEMBER = "same_member"
    SAME_PHONE = "same_phone"
    SAME_EMAIL = "same_email"
    SAME_BIRTH_AND_SURNAME = "same_birth_and_surname"
    SAME_ADDRESS = "same_address"
    SAME_DEVICE = "same_device"
    DEVICE_JOINS = "device_joins"
    SAME_TENDER = "same_tender"
    SAME_TILL_MINUTES = "same_till_minutes"
    CASHIER_RING = "cashier_ring"
    JOINS_PER_DAY = "joins_per_day"
    CIRCLE = "circle"
    REFERRER_BLOCKED = "referrer_blocked"
    FRIEND_BLOCKED = "friend_blocked"
    MONTHLY_CAP = "monthly_cap"
    TOTAL_CAP = "total_cap"


CAPS: Final = frozenset({FraudSignal.MONTHLY_CAP, FraudSignal.TOTAL_CAP})


@dataclass(frozen=True, slots=True)
class MeasuredSignal:
    """One doubt with what was measured and what would have passed."""

    signal: FraudSignal
    measured: int = 0
    allowed: int = 0

    def to_json(self) -> dict[str, Any]:
        return {"doubt": self.signal.value, "measured": self.measured, "allowed": self.allowed}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> MeasuredSignal:
        return cls(FraudSignal(stored["doubt"]), int(stored.get("measured", 0)), int(stored.get("allowed", 0)))


@dataclass(frozen=True, kw_only=True)
class ReferralTerms:
    """One version of a merchant's program. Money in the currency's smallest unit; caps None: without limit.

    The version in force when a friend joins holds for that friend until the end. `waiting_days` is the return period
    after the friend's first paid sale; `qualify_days` is how long the friend may take for it.
    """

    is_open: bool = True
    minimum_amount: int = 0
    qualify_days: int = 90
    waiting_days: int = 7
    reward_kind: RewardKind = RewardKind.POINTS
    reward_amount: int = 0
    reward_batch_id: UUID | None = None
    friend_price: FriendPrice = FriendPrice.NONE
    friend_value: int = 0
    friend_batch_id: UUID | None = None
    monthly_cap: int | None = 10
    total_cap: int | None = None
    joins_per_day: int = 5


@dataclass(frozen=True)
class ReferralProgramFacts:
    """A version with its number, when it began, and who published it; `promotion_id` carries the friend's price."""

    id: UUID
    number: int
    starts_at: datetime
    created_at: datetime
    created_by: str
    terms: ReferralTerms
    promotion_id: UUID | None


@dataclass(frozen=True)
class ReferralFacts:
    """One friend's referral. `due_on`: the first day whose night may grant. `cleared`: a person has approved it."""

    id: UUID
    friend_id: UUID
    referrer_id: UUID
    state: ReferralState
    source: str
    joined_at: datetime
    joined_on: date
    sale_id: UUID | None
    sale_amount: int
    qualified_on: date | None
    due_on: date | None
    cleared: bool
    reasons: tuple[MeasuredSignal, ...]
    program_number: int
    terms: ReferralTerms


@dataclass(frozen=True)
class GrantFacts:
    """What the referrer got."""

    referrer_id: UUID
    kind: RewardKind
    amount: int
    coupon_id: UUID | None
    at: datetime


@dataclass(frozen=True)
class ReferralParties:
    """Both members of referrals, and the coupons that were granted to them."""

    member_ids: frozenset[UUID] = frozenset()
    coupon_ids: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class ClawbackFacts:
    """What was taken back, and what could not be (`missing`; a coupon used by then is `coupon_used`)."""

    taken: int
    missing: int
    coupon_used: bool
    at: datetime


@dataclass(frozen=True)
class ReferralStep:
    """One move of a referral: when, from where to where, by whom, why."""

    at: datetime
    from_state: ReferralState | None
    to_state: ReferralState
    actor_label: str
    reasons: tuple[MeasuredSignal, ...]
    note: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known about a friend and a referrer before a grant; counts and minutes, no contact and no token.

    `device_members`, `tender_members`: members who used the device or the means of payment that the two share, 0 when
    they share none. `device_joins`: members who joined on the friend's device.
    `till_minutes`: between the friend's sale and the nearest sale of the referrer at the same till; None: no such.
    `cashier_sales` of `referred_sales`: sales that fulfilled this referrer's referrals, rung up by one cashier.
    """

    same_member: bool = False
    same_phone: bool = False
    same_email: bool = False
    same_birth_and_surname: bool = False
    same_address: bool = False
    shared_device: bool = False
    device_members: int = 0
    device_joins: int = 0
    tender_members: int = 0
    till_minutes: int | None = None
    cashier_sales: int = 0
    referred_sales: int = 0
    joins_that_day: int = 0
    circle: int = 0


@dataclass(frozen=True)
class ReferralsPage:
    """One page of the staff's list, newest first; `next_after` continues it."""

    referrals: tuple[ReferralFacts, ...]
    next_after: UUID | None
    total: int


@dataclass(frozen=True)
class ReferralFigures:
    """What the referrals of friends who joined in a period became, and what they cost."""

    joined: int = 0
    waiting: int = 0
    qualified: int = 0
    in_review: int = 0
    granted: int = 0
    refused: int = 0
    clawed_back: int = 0
    expired: int = 0
    points_granted: int = 0
    wallet_granted: int = 0
    coupons_granted: int = 0
    friend_ids: tuple[UUID, ...] = field(default=(), repr=False)
