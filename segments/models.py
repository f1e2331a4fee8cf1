"""Tables of segments.

A snapshot is stored as the difference to the one before: a `SegmentMembership` row holds for the runs from
`from_run` up to,
not including, `until_run`. On an ordinary night one buyer in ten gets a new row; a full copy would cost more than
the counting. The snapshot of run n is `from_run <= n < until_run`, and the pointer says which n everybody sees.
"""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference
from segments.facts import Occasion, Segment

STILL_STANDS: Final = 2**31 - 1
"""`until_run` of a row that no later run has replaced."""

SEGMENTS: Final = [segment.value for segment in Segment]


class LifecycleRule(MerchantOwned):
    """The merchant's own thresholds; without a row those of `segments.facts.Thresholds` hold."""

    new_within_days = models.PositiveSmallIntegerField()
    lapsed_after_days = models.PositiveSmallIntegerField()
    loyal_purchases = models.PositiveSmallIntegerField()
    loyal_window_days = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant"], name="lifecycle_rule_once"),
            models.CheckConstraint(
                condition=Q(new_within_days__gte=1, lapsed_after_days__gte=F("new_within_days")),
                name="lifecycle_rule_new_before_lapsed",
            ),
            models.CheckConstraint(
                condition=Q(loyal_purchases__gte=2, loyal_window_days__gte=1), name="lifecycle_rule_loyal"
            ),
        ]


class SegmentRun(MerchantOwned):
    """One counting of all buyers, with the thresholds it used. Append-only: written when it is published.

    A business day's night counts once; a changed rule or an import may have the same day counted again.
    """

    number = models.PositiveIntegerField()
    business_date = models.DateField()
    occasion = models.CharField(max_length=8)
    new_within_days = models.PositiveSmallIntegerField()
    lapsed_after_days = models.PositiveSmallIntegerField()
    loyal_purchases = models.PositiveSmallIntegerField()
    loyal_window_days = models.PositiveSmallIntegerField()
    buyer_count = models.PositiveIntegerField()
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "number"], name="segment_run_number_once"),
            models.UniqueConstraint(
                fields=["merchant", "business_date"],
                condition=Q(occasion=Occasion.NIGHT.value),
                name="segment_run_one_per_night",
            ),
            models.CheckConstraint(
                condition=Q(occasion__in=[occasion.value for occasion in Occasion]), name="segment_run_occasion"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="segment_run_number_positive"),
        ]
        indexes = [models.Index(fields=["merchant", "business_date", "number"], name="segment_run_by_day")]


class SegmentPointer(MerchantOwned):
    """Which run everybody sees; one row per merchant, moved by the one statement that publishes a run.

    `labelled_run`: up to this run, members' own labels have been brought along.
    """

    run_id = models.UUIDField()
    run = MerchantReference("segments.SegmentRun", "run_id", indexed=False)
    run_number = models.PositiveIntegerField()
    business_date = models.DateField()
    fence = models.PositiveIntegerField(default=0)
    labelled_run = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant"], name="segment_pointer_once"),
            models.CheckConstraint(condition=Q(labelled_run__lte=F("run_number")), name="segment_pointer_labels"),
        ]


class SegmentMembership(MerchantOwned):
    """The segment of one buyer, with all that the reason needs; holds for runs `from_run` <= n < `until_run`."""

    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id", indexed=False)
    from_run = models.PositiveIntegerField()
    until_run = models.PositiveIntegerField(default=STILL_STANDS)
    segment = models.CharField(max_length=6)
    first_purchase_on = models.DateField()
    last_purchase_on = models.DateField()
    purchase_count = models.PositiveIntegerField()
    window_purchases = models.PositiveIntegerField()
    spend_amount = models.BigIntegerField()
    recency = models.PositiveSmallIntegerField()
    frequency = models.PositiveSmallIntegerField()
    monetary = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "member_id", "until_run"], name="standing_one_at_a_time"),
            models.CheckConstraint(condition=Q(until_run__gt=F("from_run")), name="standing_from_before_until"),
            models.CheckConstraint(condition=Q(segment__in=SEGMENTS), name="standing_segment"),
            models.CheckConstraint(
                condition=Q(recency__range=(1, 5), frequency__range=(1, 5), monetary__range=(1, 5)),
                name="standing_scores",
            ),
            models.CheckConstraint(
                condition=Q(purchase_count__gte=1)
                & Q(window_purchases__lte=F("purchase_count"))
                & Q(first_purchase_on__lte=F("last_purchase_on")),
                name="standing_figures",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "segment", "last_purchase_on", "member_id"], name="standing_by_segment"),
            models.Index(
                fields=["merchant", "until_run"], condition=~Q(until_run=STILL_STANDS), name="standing_replaced"
            ),
        ]


class SegmentCount(MerchantOwned):
    """How many stood in a segment in one run and what they had spent; kept for ever. Append-only."""

    run_id = models.UUIDField()
    run = MerchantReference("segments.SegmentRun", "run_id", indexed=False)
    segment = models.CharField(max_length=6)
    member_count = models.PositiveIntegerField()
    spend_amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "run_id", "segment"], name="segment_count_once"),
            models.CheckConstraint(condition=Q(segment__in=SEGMENTS), name="segment_count_segment"),
        ]


class SegmentMove(MerchantOwned):
    """A member changed segment in a run; no segment means no purchases. Kept for ever. Append-only."""

    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id", indexed=False)
    run_number = models.PositiveIntegerField()
    business_date = models.DateField()
    from_segment = models.CharField(max_length=6, null=True)
    to_segment = models.CharField(max_length=6, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "run_number", "member_id"], name="segment_move_once"),
            models.CheckConstraint(
                condition=~Q(from_segment=F("to_segment"))
                & (Q(from_segment__isnull=False) | Q(to_segment__isnull=False))
                & (Q(from_segment__isnull=True) | Q(from_segment__in=SEGMENTS))
                & (Q(to_segment__isnull=True) | Q(to_segment__in=SEGMENTS)),
                name="segment_move_moves",
            ),
        ]
        indexes = [models.Index(fields=["merchant", "member_id", "run_number"], name="segment_move_by_member")]
