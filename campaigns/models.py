"""Tables of campaigns. `Delivery` is the frozen audience: who was drawn for what."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from campaigns.facts import CampaignKind, CampaignState, DeliveryPlace, TriggerName
from common.models import MerchantOwned, MerchantReference


def _values_of(kind: type[CampaignKind | CampaignState | DeliveryPlace]) -> list[str]:
    return [member.value for member in kind]


class Campaign(MerchantOwned):
    """What is sent to whom and when. An automation has a `trigger` instead of a segment, and never freezes.

    Each treated member gets a coupon of `batch`; the coupon's source is the campaign, so that batches may be shared.
    Its messages go out by the dispatch of the same id (messaging), which follows the state.
    """

    kind = models.CharField(max_length=10, default=CampaignKind.CAMPAIGN.value)
    trigger = models.CharField(max_length=16, default="", db_default="", blank=True)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=9, default=CampaignState.DRAFT.value)
    segment = models.CharField(max_length=16, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    preview_text = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    control_percent = models.PositiveSmallIntegerField(default=10)
    frequency_cap_days = models.PositiveSmallIntegerField(default=7)
    measure_days = models.PositiveSmallIntegerField(default=14)
    scheduled_at = models.DateTimeField(null=True)
    zone = models.CharField(max_length=64, blank=True)
    batch_id = models.UUIDField(null=True)
    batch = MerchantReference("rewards.CouponBatch", "batch_id", null=True)
    frozen_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=16, blank=True)
    last_error = models.CharField(max_length=120, blank=True)
    tested_at = models.DateTimeField(null=True)
    test_outcome = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "trigger"], condition=~Q(trigger=""), name="one_automation_of_a_trigger"
            ),
            models.CheckConstraint(
                condition=Q(kind=CampaignKind.CAMPAIGN.value, trigger="")
                | Q(kind=CampaignKind.AUTOMATION.value, trigger__in=[name.value for name in TriggerName]),
                name="campaign_kind",
            ),
            models.CheckConstraint(condition=Q(state__in=_values_of(CampaignState)), name="campaign_state"),
            models.CheckConstraint(condition=Q(control_percent__lte=50), name="campaign_control_percent"),
            models.CheckConstraint(
                condition=~Q(state=CampaignState.SCHEDULED.value) | Q(scheduled_at__isnull=False),
                name="campaign_scheduled_has_time",
            ),
            models.CheckConstraint(
                condition=Q(kind=CampaignKind.AUTOMATION.value)
                | ~Q(state__in=[CampaignState.RUNNING.value, CampaignState.FINISHED.value])
                | Q(frozen_at__isnull=False),
                name="campaign_runs_frozen",
            ),
            models.CheckConstraint(
                condition=(~Q(state=CampaignState.PAUSED.value) & Q(pause_reason=""))
                | (Q(state=CampaignState.PAUSED.value) & ~Q(pause_reason="")),
                name="campaign_pause_has_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "state"],
                condition=Q(state__in=["scheduled", "preparing", "running"]),
                name="campaign_at_work",
            ),
        ]


class Automation(MerchantOwned):
    """How long after its trigger an automation writes; `on_since` None while it is off.

    Only what happened after `on_since` counts: switching it on does not reach back.
    """

    campaign_id = models.UUIDField()
    campaign = MerchantReference("campaigns.Campaign", "campaign_id", indexed=False)
    delay_minutes = models.PositiveIntegerField(default=60)
    on_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "campaign_id"], name="automation_once")]


class Delivery(MerchantOwned):
    """One member in one campaign on one occasion. Excluded members have no address here: two may share an inbox.

    A treated member gets one message, with this row's id (messaging). `measured_from` starts the window in which
    purchases count, the same for treated and control. `occasion_key` is empty in a campaign, which has one occasion;
    in an automation it names what made the member due.
    """

    campaign_id = models.UUIDField()
    campaign = MerchantReference("campaigns.Campaign", "campaign_id", indexed=False)
    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id", indexed=False)
    occasion_key = models.CharField(max_length=64, blank=True, default="", db_default="")
    address_hash = models.BinaryField(max_length=32, null=True)
    place = models.CharField(max_length=8)
    reason = models.CharField(max_length=20, blank=True)
    measured_from = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "campaign_id", "member_id", "occasion_key"], name="delivery_member_once"
            ),
            models.UniqueConstraint(
                fields=["merchant", "campaign_id", "address_hash", "occasion_key"], name="delivery_address_once"
            ),
            models.CheckConstraint(condition=Q(place__in=_values_of(DeliveryPlace)), name="delivery_place"),
            models.CheckConstraint(
                condition=(Q(place=DeliveryPlace.EXCLUDED.value) & Q(address_hash__isnull=True) & ~Q(reason=""))
                | (~Q(place=DeliveryPlace.EXCLUDED.value) & Q(reason="")),
                name="delivery_excluded_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "campaign_id", "place"], name="delivery_by_place"),
            models.Index(fields=["merchant", "member_id"], name="delivery_of_member"),
        ]
