"""Frozen values about campaigns that cross the app's border."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final, NamedTuple
from uuid import UUID

from merchants.facts import WorkKind
from rewards.coupons.facts import BatchFacts

CAMPAIGN_WORK: Final = WorkKind("campaign", time_limit=900)
"""Work of a campaign, its subject: its start time, its senders, its end."""


class CampaignKind(StrEnum):
    """A campaign is sent once to a frozen audience; an automation, while it is on, to each member who becomes due."""

    CAMPAIGN = "campaign"
    AUTOMATION = "automation"


class TriggerName(StrEnum):
    """The event that starts an automation; `campaigns.queries.triggers` says which members are due then."""

    JOINED = "joined"


class CampaignState(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PREPARING = "preparing"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class PauseReason(StrEnum):
    """Why a campaign is paused; all but the first wait for a person to look into it."""

    BY_HAND = "by_hand"
    SENDER_REFUSED = "sender_refused"
    NEEDS_REVIEW = "needs_review"
    STALE = "stale"
    COUPON_OVER = "coupon_over"


class DeliveryPlace(StrEnum):
    """What was drawn for a member of a campaign, for ever: only treated members get a message."""

    TREATED = "treated"
    CONTROL = "control"
    EXCLUDED = "excluded"


class DeliveryState(StrEnum):
    """The state of a member's place in a campaign: held back, left out, or the state of the message."""

    CONTROL = "control"
    EXCLUDED = "excluded"
    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"


class MemberOccasion(NamedTuple):
    """What a campaign may write about once: a member and the occasion (empty where there is only one)."""

    member_id: UUID
    occasion_key: str


class ExclusionReason(StrEnum):
    """Why a member of the segment was left out, or why a delivery did not end in `accepted`."""

    BLOCKED = "blocked"
    NO_ADDRESS = "no_address"
    NO_CONSENT = "no_consent"
    SUPPRESSED = "suppressed"
    MAILED_RECENTLY = "mailed_recently"
    DUPLICATE_ADDRESS = "duplicate_address"
    MEMBER_GONE = "member_gone"
    ADDRESS_CHANGED = "address_changed"
    BAD_ADDRESS = "bad_address"
    HARD_BOUNCE = "hard_bounce"
    REJECTED = "rejected"
    GAVE_UP = "gave_up"
    REFUSED_BY_POLICY = "refused_by_policy"
    COUPON_MISSING = "coupon_missing"
    CARD_MISSING = "card_missing"
    CAMPAIGN_CANCELLED = "campaign_cancelled"
    STALE = "stale"


EXCLUSIONS = (
    ExclusionReason.BLOCKED,
    ExclusionReason.NO_ADDRESS,
    ExclusionReason.NO_CONSENT,
    ExclusionReason.SUPPRESSED,
    ExclusionReason.MAILED_RECENTLY,
    ExclusionReason.DUPLICATE_ADDRESS,
)
"""Reasons why a matched member gets no mail, in the order in which they are checked."""


class CouponsOnCancel(StrEnum):
    """What happens to coupons already given out when a campaign is cancelled."""

    HONOUR = "honour"
    VOID = "void"


@dataclass(frozen=True)
class MailContent:
    """Subject, preview text and body are templates: `{{ field | fallback }}`, see `campaigns.rules.merge_fields`."""

    subject: str = ""
    preview_text: str = ""
    body: str = ""


@dataclass(frozen=True)
class CampaignDraft:
    """What a marketer fills in. `segment` is a lifecycle segment's code; `control_percent` 0 to 50.

    `frequency_cap_days`: members who got another promotional mail within this many days are left out (0 = no cap).
    `measure_days`: purchases within this many days after the start count in the report. `batch_id` names the personal
    coupons of which each treated member gets one; None: no coupon.
    """

    name: str
    segment: str = "lapsed"
    content: MailContent = field(default_factory=MailContent)
    batch_id: UUID | None = None
    control_percent: int = 10
    frequency_cap_days: int = 7
    measure_days: int = 14


@dataclass(frozen=True)
class AutomationDraft:
    """What an automation says, after how long, with which coupon, to how many."""

    content: MailContent = field(default_factory=MailContent)
    batch_id: UUID | None = None
    control_percent: int = 5
    delay_minutes: int = 60
    measure_days: int = 30


@dataclass(frozen=True)
class CampaignFacts:
    """One campaign as pages show it. `at` fields are instants; `zone` is the zone in which it was scheduled.

    `trigger` is what sets an automation off, None for a campaign. `last_error` names what last kept it from sending
    (a code, empty when nothing does); `test_outcome` is empty, "accepted" or the refusal of the last test. `coupon` is
    what each treated member gets, None where nothing is given.
    """

    id: UUID
    kind: CampaignKind
    trigger: TriggerName | None
    name: str
    state: CampaignState
    segment: str
    content: MailContent
    coupon: BatchFacts | None
    control_percent: int
    frequency_cap_days: int
    measure_days: int
    scheduled_at: datetime | None
    zone: str
    frozen_at: datetime | None
    finished_at: datetime | None
    pause_reason: str
    last_error: str
    tested_at: datetime | None
    test_outcome: str
    created_at: datetime
    created_by: str

    @property
    def batch_id(self) -> UUID | None:
        return self.coupon.id if self.coupon else None

    @property
    def is_standing(self) -> bool:
        """Return whether it writes to each member who becomes due, with a coupon each, never late or at night."""
        return self.kind is CampaignKind.AUTOMATION


@dataclass(frozen=True)
class CampaignRow:
    """A line of the campaign list: the campaign and its counts so far (all 0 before the audience is frozen)."""

    campaign: CampaignFacts
    matched: int
    treated: int
    control: int
    accepted: int
    redeemed: int


@dataclass(frozen=True)
class AutomationFacts:
    """The automation of one trigger; `on_since` None while it is off."""

    campaign: CampaignFacts
    delay_minutes: int
    is_on: bool
    on_since: datetime | None


@dataclass(frozen=True)
class AudienceEstimate:
    """Whom a campaign would reach if it froze now.

    matched = sum(excluded) + reachable; reachable = treated + control. `max_coupon_cost` in the currency's smallest
    unit, None where the coupon has no upper bound. `detectable_points`: the smallest difference in conversion
    (percentage points) that the control group could show, None without a control group or recipients, or where the
    groups are too small to show any.
    """

    matched: int
    excluded: Mapping[ExclusionReason, int]
    reachable: int
    treated: int
    control: int
    max_coupon_cost: int | None
    detectable_points: float | None
    assumed_conversion: float


@dataclass(frozen=True)
class Interval:
    """A difference with its 95 % interval; the bounds are None where there are too few numbers to compute one."""

    value: float
    low: float | None
    high: float | None

    @property
    def proven(self) -> bool:
        """Return whether the interval is wholly above 0."""
        return self.low is not None and self.low > 0


@dataclass(frozen=True)
class GroupResult:
    """What one group did in the measured days; `conversion` is buyers / members (0 for an empty group)."""

    members: int
    buyers: int
    revenue_amount: int

    @property
    def conversion(self) -> float:
        return self.buyers / self.members if self.members else 0.0


@dataclass(frozen=True)
class CampaignReport:
    """The result of a campaign, compared as drawn: all treated members, mailed or not, against all held back.

    `states` counts treated deliveries by state, `reasons` those of them that name a reason; `conversion_uplift` is a
    difference of shares (0.02 = 2 points); amounts per head and `incremental_amount` in the currency's smallest unit,
    all of them after returns.

    `measured_until` is when the last member's window closes: before it the figures are provisional and prove nothing.
    """

    campaign: CampaignFacts
    matched: int
    excluded: Mapping[ExclusionReason, int]
    states: Mapping[DeliveryState, int]
    reasons: Mapping[tuple[DeliveryState, ExclusionReason], int]
    treated: GroupResult
    control: GroupResult
    coupons_issued: int
    coupons_redeemed: int
    coupon_discount_amount: int
    coupon_sales_amount: int
    conversion_uplift: Interval
    revenue_uplift_per_head: Interval
    incremental_amount: int
    detectable_points: float | None
    measured_until: datetime | None
    as_of: datetime

    @property
    def measured_day(self) -> int | None:
        """Return which of the `measure_days` is running, from 1; None once all are over, and for an automation."""
        if self.campaign.is_standing or self.measured_until is None:
            return None
        left = self.measured_until - self.as_of
        if left <= timedelta(0):
            return None
        days = self.campaign.measure_days
        return min(days, max(1, days - ceil(left / timedelta(days=1)) + 1))

    @property
    def proven(self) -> bool:
        """Return whether the interval of the incremental revenue excludes 0; until then pages say 'Belum terbukti'."""
        return self.revenue_uplift_per_head.proven

    @property
    def accepted(self) -> int:
        return self.states.get(DeliveryState.ACCEPTED, 0)

    @property
    def uncertain(self) -> int:
        return self.states.get(DeliveryState.UNCERTAIN, 0)


@dataclass(frozen=True)
class MemberMail:
    """A line of a member's timeline: one campaign's mail to this member."""

    campaign_id: UUID
    campaign_name: str
    state: DeliveryState
    reason: str
    at: datetime
