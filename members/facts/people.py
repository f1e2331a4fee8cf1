"""Members as other apps see them, and what is asked about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from common.errors import FieldError
from members.facts.consents import CONSENT_TEXT_VERSION
from members.facts.kinds import ConsentSource, MemberSource, MemberStatus
from members.facts.tiers import MoveByHand, NextTier, TierFacts, TierFigures


@dataclass(frozen=True)
class MemberFacts:
    """One member as other apps see them; never a merged row (its survivor answers instead).

    `phone` is E.164 and `email` is as it was written: show them through `members.rules.mask_phone` / `mask_email`.
    `spend_amount` is net of returned goods; `purchase_count` counts sales over 0 that were not fully returned.
    """

    id: UUID
    number: str
    status: MemberStatus
    name: str
    phone: str | None
    email: str | None
    birth_date: date | None
    joined_at: datetime
    joined_on: date
    source: MemberSource
    outlet_id: UUID | None
    language: str
    attributes: Mapping[str, Any]
    notes: str
    segment: str | None
    referral_code: str
    referred_by_id: UUID | None
    external_ref: str | None
    promo_email: bool
    first_purchase_at: datetime | None
    last_purchase_at: datetime | None
    purchase_count: int
    spend_amount: int
    tier: TierFacts | None
    tier_since_on: date | None
    tier_protected_until: date | None
    tier_figures: TierFigures
    next_tier: NextTier | None
    ladder: tuple[TierFacts, ...] = ()
    tier_window_days: int = 365
    has_card_in_force: bool = False
    area: str = ""
    birth_date_changed_on: date | None = None
    household_of_id: UUID | None = None
    shares_wallet: bool = False
    """Who shares this member's phone redeems from one wallet with them; said of the holder only."""
    restricted_at: datetime | None = None

    @property
    def is_blocked(self) -> bool:
        return self.status in (MemberStatus.BLOCKED, MemberStatus.ERASED)

    @property
    def is_restricted(self) -> bool:
        """Return whether the data is only kept: it says nothing of offers, segments and birthdays."""
        return self.restricted_at is not None

    @property
    def referred(self) -> bool:
        return self.referred_by_id is not None

    @property
    def display_name(self) -> str:
        """Return the name, or the number of a member without a name."""
        return self.name or self.number


@dataclass(frozen=True)
class EnrolDraft:
    """Someone who wants to join; texts as they were typed, `enrol` normalises and checks them.

    `referral_code`, the friend's, is left out when no one has it, or a blocked member. `device_id` is what they joined
    on. `joined_at` None means now. `consent_source` None follows `source`. Phone or e-mail is needed, or an import's
    `external_ref` (the customer number elsewhere), or `household_of_id`: the member whose phone is shared.
    """

    name: str = ""
    phone: str | None = None
    email: str | None = None
    birth_date: date | None = None
    promo_consent: bool = False
    consent_source: ConsentSource | None = None
    consent_text_version: str = CONSENT_TEXT_VERSION
    source: MemberSource = MemberSource.TILL
    outlet_id: UUID | None = None
    language: str | None = None
    referral_code: str | None = None
    device_id: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    external_ref: str | None = None
    joined_at: datetime | None = None
    household_of_id: UUID | None = None


@dataclass(frozen=True)
class EnrolResult:
    """What became of one draft of many: created, or found to exist already, or refused with `errors`."""

    member_id: UUID | None
    created: bool
    errors: tuple[FieldError, ...] = ()
    needs_guardian: bool = False
    """A child joined without the consent that was asked for."""


@dataclass(frozen=True)
class MemberSimilarity:
    """What two members have in common, as far as it is known; `device_members`: how many joined on that device."""

    same_member: bool = False
    same_phone: bool = False
    same_email: bool = False
    same_birth_and_surname: bool = False
    same_address: bool = False
    joined_on_same_device: bool = False
    device_members: int = 0
    circle: int = 0
    """Steps from referrer to referrer that lead back to the friend; 0 when none do."""


@dataclass(frozen=True)
class ProfileChanges:
    """None leaves a field alone, "" (or `clear_...`) empties it, and an attribute that is None goes."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    birth_date: date | None = None
    clear_birth_date: bool = False
    language: str | None = None
    notes: str | None = None
    area: str | None = None
    outlet_id: UUID | None = None
    clear_outlet: bool = False
    attributes: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class PurchaseDates:
    """First and last purchase counted again, after a return emptied a sale."""

    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True)
class ContactFacts:
    """What a mailer needs of one member."""

    member_id: UUID
    status: MemberStatus
    name: str
    email: str | None
    language: str
    promo_email: bool


@dataclass(frozen=True)
class MembersPage:
    """One page of the staff list; `next_after` continues it, `total` counts up to 10,000."""

    members: tuple[MemberFacts, ...]
    next_after: str | None
    total: int


class PastMember(NamedTuple):
    """A member as they stood at an instant. `segment` is today's label: history comes from segments."""

    id: str
    birth_date: date | None
    referred: bool
    segment: str | None
    name: str
    number: str
    tier_id: UUID | None
    tier_since_on: date | None
    tier_protected_until: date | None
    by_hand: tuple[MoveByHand, ...]
