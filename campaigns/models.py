"""Tables of campaigns. `Delivery` is the frozen audience and the queue at once; `Attempt` is each try to send."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from campaigns.facts import (
    AttemptState,
    CampaignKind,
    CampaignState,
    DeliveryState,
)
from common.models import MerchantOwned, MerchantReference


def _values(kind: type[AttemptState | CampaignKind | CampaignState | DeliveryState]) -> list[str]:
    return [member.value for member in kind]


class Campaign(MerchantOwned):
    """What is said to whom and when; a welcome is a campaign that never freezes.

    `retry_at`: the mail server did not answer, nothing is tried before. `link_failures` counts how often in a row.
    """

    kind = models.CharField(max_length=8, default=CampaignKind.CAMPAIGN.value)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=9, default=CampaignState.DRAFT.value)
    segment = models.CharField(max_length=16, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    preview_text = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    offer = models.JSONField(null=True)
    control_percent = models.PositiveSmallIntegerField(default=10)
    frequency_cap_days = models.PositiveSmallIntegerField(default=7)
    measure_days = models.PositiveSmallIntegerField(default=14)
    scheduled_at = models.DateTimeField(null=True)
    zone = models.CharField(max_length=64, blank=True)
    batch_id = models.UUIDField(null=True)
    frozen_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=16, blank=True)
    last_error = models.CharField(max_length=120, blank=True)
    retry_at = models.DateTimeField(null=True)
    link_failures = models.PositiveIntegerField(default=0)
    tested_at = models.DateTimeField(null=True)
    test_outcome = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "kind"], condition=~Q(kind=CampaignKind.CAMPAIGN.value), name="one_welcome"
            ),
            models.CheckConstraint(condition=Q(kind__in=_values(CampaignKind)), name="campaign_kind"),
            models.CheckConstraint(condition=Q(state__in=_values(CampaignState)), name="campaign_state"),
            models.CheckConstraint(condition=Q(control_percent__lte=50), name="campaign_control_percent"),
            models.CheckConstraint(
                condition=~Q(state=CampaignState.SCHEDULED.value) | Q(scheduled_at__isnull=False),
                name="campaign_scheduled_has_time",
            ),
            models.CheckConstraint(
                condition=Q(kind=CampaignKind.WELCOME.value)
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
    """What sets a standing campaign off, and how long after; `on_since` None while it is off.

    Only what happened after `on_since` counts: switching on never reaches back by itself.
    """

    campaign_id = models.UUIDField()
    campaign = MerchantReference("campaigns.Campaign", "campaign_id", indexed=False)
    delay_minutes = models.PositiveIntegerField(default=60)
    on_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "campaign_id"], name="automation_once")]


class Delivery(MerchantOwned):
    """One member in one campaign on one occasion. Excluded members have no address here: two may share an inbox.

    `occasion_key` tells apart what may come again to the same member ("2027" for a birthday); empty where it comes
    once, as in every campaign with a frozen audience. `measured_from` starts the window in which purchases count, the
    same for treated and control. `deferrals` counts temporary refusals; `tries` all attempts; `sent_at` is when it was
    accepted, or may have been.
    """

    campaign_id = models.UUIDField()
    campaign = MerchantReference("campaigns.Campaign", "campaign_id", indexed=False)
    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id", indexed=False)
    occasion_key = models.CharField(max_length=64, default="", db_default="", blank=True)
    address_hash = models.BinaryField(max_length=32, null=True)
    state = models.CharField(max_length=10)
    reason = models.CharField(max_length=20, blank=True)
    due_at = models.DateTimeField()
    measured_from = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    deferrals = models.PositiveSmallIntegerField(default=0)
    first_tried_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "campaign_id", "member_id", "occasion_key"], name="delivery_member_once"
            ),
            models.UniqueConstraint(
                fields=["merchant", "campaign_id", "address_hash", "occasion_key"], name="delivery_address_once"
            ),
            models.CheckConstraint(condition=Q(state__in=_values(DeliveryState)), name="delivery_state"),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.EXCLUDED.value) | (Q(address_hash__isnull=True) & ~Q(reason="")),
                name="delivery_excluded_has_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "campaign_id", "due_at", "id"],
                condition=Q(state__in=["queued", "deferred"]),
                name="delivery_waiting",
            ),
            models.Index(fields=["merchant", "campaign_id", "state"], name="delivery_by_state"),
            models.Index(fields=["merchant", "member_id", "sent_at"], name="delivery_of_member"),
            models.Index(fields=["merchant", "address_hash"], condition=Q(state="failed"), name="delivery_bounced"),
        ]


class Attempt(MerchantOwned):
    """One try. A worker that vanishes after `data_started_at` leaves it ambiguous; before, nothing was handed over.

    `reply_text` may name the recipient: erasure empties it.
    """

    delivery_id = models.UUIDField()
    delivery = MerchantReference("campaigns.Delivery", "delivery_id", indexed=False)
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9, default=AttemptState.SENDING.value)
    message_id = models.CharField(max_length=120)
    consent_id = models.UUIDField(null=True)
    started_at = models.DateTimeField()
    leased_until = models.DateTimeField()
    data_started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reply_code = models.PositiveSmallIntegerField(null=True)
    reply_text = models.CharField(max_length=300, blank=True, db_comment="personal")
    decided_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "delivery_id", "number"], name="attempt_number_once"),
            models.UniqueConstraint(
                fields=["merchant", "delivery_id"], condition=Q(state="accepted"), name="one_accepted_attempt"
            ),
            models.UniqueConstraint(
                fields=["merchant", "delivery_id"],
                condition=Q(state__in=["sending", "uncertain"]),
                name="one_open_attempt",
            ),
            models.CheckConstraint(condition=Q(state__in=_values(AttemptState)), name="attempt_state"),
            models.CheckConstraint(
                condition=Q(state="sending", ended_at__isnull=True) | ~Q(state="sending"),
                name="attempt_sending_is_open",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "uncertain", "overruled"]) | Q(data_started_at__isnull=False),
                name="attempt_handed_over_began",
            ),
            models.CheckConstraint(condition=Q(leased_until__gt=F("started_at")), name="attempt_lease"),
        ]
        indexes = [
            models.Index(fields=["merchant", "leased_until"], condition=Q(state="sending"), name="attempt_leases"),
            models.Index(fields=["merchant", "started_at"], name="attempt_by_time"),
        ]
