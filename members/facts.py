"""Frozen values about members that cross app borders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from common.errors import FieldError

CONSENT_TEXT_VERSION: Final = "promo-1"
"""The wording shown beside today's consent boxes (`members.wording.consent_text`); a new wording is a new version."""


class MemberStatus(StrEnum):
    ACTIVE = "active"
    BLOCKED = "blocked"
    MERGED = "merged"


class MemberSource(StrEnum):
    """Through which door the member came."""

    TILL = "till"
    PUBLIC = "public"
    IMPORT = "import"
    STAFF = "staff"


class Topic(StrEnum):
    """What a message is about; consent is given per topic and channel."""

    PROMO = "promo"


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"


class ConsentSource(StrEnum):
    """Where a consent was given or withdrawn."""

    TILL = "till"
    PUBLIC = "public"
    IMPORT = "import"
    STAFF = "staff"
    PREFERENCES = "preferences"
    ONE_CLICK = "one_click"
    COMPLAINT = "complaint"


class StopReason(StrEnum):
    """Why someone stopped messages, if they cared to say."""

    TOO_MANY = "too_many"
    NOT_INTERESTING = "not_interesting"
    NEVER_ASKED = "never_asked"
    OTHER = "other"


class TierMeasure(StrEnum):
    """What a tier asks for within the program's window of days."""

    SPEND = "spend"
    POINTS = "points"
    VISITS = "visits"


class DownPolicy(StrEnum):
    """What the night does with a member who no longer earns the tier held."""

    EARNED = "earned"
    ONE_STEP = "one_step"
    NEVER = "never"


class TierCause(StrEnum):
    PURCHASE = "purchase"
    NIGHT = "night"
    MANUAL = "manual"
    IMPORT = "import"
    MERGE = "merge"


@dataclass(frozen=True)
class TierFacts:
    """One level of the program; `threshold` is in the measure's unit (minor money units, points or visits)."""

    id: UUID
    code: str
    name: str
    rank: int
    measure: TierMeasure
    threshold: int


@dataclass(frozen=True)
class TierProgramFacts:
    """How tiers are held: a rolling window of business days, and what happens at night to who falls short."""

    window_days: int = 365
    down_policy: DownPolicy = DownPolicy.EARNED
    keep_days: int = 0


@dataclass(frozen=True)
class TierFigures:
    """What counts towards tiers now. `counted_since_on`: the oldest business day still within the window."""

    spend_amount: int = 0
    points: int = 0
    visits: int = 0
    counted_since_on: date | None = None

    def of(self, measure: TierMeasure) -> int:
        return {
            TierMeasure.SPEND: self.spend_amount,
            TierMeasure.POINTS: self.points,
            TierMeasure.VISITS: self.visits,
        }[measure]


@dataclass(frozen=True)
class NextTier:
    """The level above. `by`: the last day on which all of `progress` still counts; None while nothing counts."""

    code: str
    name: str
    measure: TierMeasure
    progress: int
    threshold: int
    by: date | None


@dataclass(frozen=True)
class TierChange:
    from_tier: TierFacts | None
    to_tier: TierFacts


@dataclass(frozen=True)
class TierMoveFacts:
    id: UUID
    at: datetime
    business_date: date
    from_code: str | None
    to_code: str
    cause: TierCause
    measured: int | None
    actor_id: UUID | None
    reason: str


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

    @property
    def is_blocked(self) -> bool:
        return self.status is MemberStatus.BLOCKED

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
    """None leaves a field alone, "" (or `clear_birth_date`) empties it, and an attribute that is None goes."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    birth_date: date | None = None
    clear_birth_date: bool = False
    language: str | None = None
    notes: str | None = None
    area: str | None = None
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
class ConsentFacts:
    """One row of the consent history, the proof of a yes or a no."""

    id: UUID
    at: datetime
    topic: Topic
    channel: Channel
    granted: bool
    source: ConsentSource
    text_version: str
    actor_id: UUID | None
    reason: StopReason | None = None


@dataclass(frozen=True)
class CardFacts:
    """`shown_name`: what was typed on the public page, while the card waits."""

    id: UUID
    number: str
    issued_at: datetime
    confirmed_at: datetime | None
    shown_name: str
    revoked_at: datetime | None
    revoked_reason: str

    @property
    def is_in_force(self) -> bool:
        return self.revoked_at is None and self.confirmed_at is not None

    @property
    def is_waiting(self) -> bool:
        return self.revoked_at is None and self.confirmed_at is None


@dataclass(frozen=True)
class ShownCard:
    """The member whom a look-up found, and whether it was a waiting card that found them."""

    member_id: UUID
    is_waiting: bool


@dataclass(frozen=True)
class TagFacts:
    id: UUID
    name: str


@dataclass(frozen=True)
class TaggingFacts:
    """One action that gave a tag: `count` members have it from there, and would lose it if it were taken back."""

    batch_id: UUID
    tag: TagFacts
    count: int
    at: datetime


@dataclass(frozen=True)
class MembersPage:
    """One page of the staff list; `next_after` continues it, `total` counts up to 10,000."""

    members: tuple[MemberFacts, ...]
    next_after: str | None
    total: int


@dataclass(frozen=True, slots=True)
class MoveByHand:
    """A tier that neither a purchase nor a night gave."""

    at: datetime
    on: date
    tier_id: UUID


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


@dataclass(frozen=True, slots=True)
class VerificationCodeFacts:
    """A code to be read out at the till; readable only here, once, and never logged."""

    code: str
    expires_at: datetime
