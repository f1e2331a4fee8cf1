"""The ladder of tiers, and moves on it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Deferrable, Q

from common.models import MerchantOwned, MerchantReference
from members.facts import DownPolicy, TierCause, TierMeasure


class TierProgram(MerchantOwned):
    """How the merchant's tiers are held; one row per merchant."""

    window_days = models.PositiveSmallIntegerField(default=365)
    down_policy = models.CharField(max_length=8, default=DownPolicy.EARNED.value)
    keep_days = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant"], name="tier_program_once"),
            models.CheckConstraint(
                condition=Q(down_policy__in=[p.value for p in DownPolicy]), name="tier_program_down_policy"
            ),
            models.CheckConstraint(condition=Q(window_days__gte=1), name="tier_program_window"),
        ]


class Tier(MerchantOwned):
    """One level; the lowest asks for nothing. `threshold` is in the measure's unit.

    `perks` are the store's own words for what it gives, one each. A code never changes: promotions name tiers by it.
    """

    code = models.SlugField(max_length=30, db_index=False)
    name = models.CharField(max_length=40)
    rank = models.PositiveSmallIntegerField()
    measure = models.CharField(max_length=6, default=TierMeasure.SPEND.value)
    threshold = models.BigIntegerField()
    perks = ArrayField(models.CharField(max_length=120), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="tier_code_once"),
            # Deferred: a level between two others moves those above it up by one rank.
            models.UniqueConstraint(fields=["merchant", "rank"], name="tier_rank_once", deferrable=Deferrable.DEFERRED),
            models.CheckConstraint(condition=Q(measure__in=[m.value for m in TierMeasure]), name="tier_measure"),
            models.CheckConstraint(condition=Q(threshold__gte=0), name="tier_threshold_not_negative"),
        ]


class TierMove(MerchantOwned):
    """A member went up or down, when and why. Append-only."""

    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id")
    from_tier_id = models.UUIDField(null=True)
    from_tier = MerchantReference("members.Tier", "from_tier_id", null=True, indexed=False)
    to_tier_id = models.UUIDField()
    to_tier = MerchantReference("members.Tier", "to_tier_id", indexed=False)
    at = models.DateTimeField()
    business_date = models.DateField()
    cause = models.CharField(max_length=8)
    measured = models.BigIntegerField(null=True)
    actor_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(cause__in=[c.value for c in TierCause]), name="tier_move_cause"),
        ]
        # The moves of a month, newest first.
        indexes = [models.Index(fields=["merchant", "business_date", "id"], name="tier_move_by_day")]
