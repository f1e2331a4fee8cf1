"""Tables of insights: scenarios as they were asked, how far each is, and what came out."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference
from insights.facts import Base, ScenarioState


class DiscountLimit(MerchantOwned):
    """The merchant's own limits in percent; without a row those of `insights.facts.DiscountLimits` hold."""

    of_sales = models.PositiveSmallIntegerField()
    of_basket = models.PositiveSmallIntegerField()
    of_visits = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant"], name="discount_limit_once"),
            models.CheckConstraint(
                condition=Q(of_sales__range=(1, 100), of_basket__range=(1, 100), of_visits__range=(1, 100)),
                name="discount_limit_percent",
            ),
        ]


class Scenario(MerchantOwned):
    """A draft, a period and what it is compared with. Append-only: a result is read with what was asked."""

    title = models.CharField(max_length=120)
    base = models.CharField(max_length=7)
    changes = models.JSONField()
    first_on = models.DateField()
    last_on = models.DateField()
    outlet_ids = models.JSONField(default=list)
    behaviour_percent = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="scenario_period"),
            models.CheckConstraint(condition=Q(base__in=[base.value for base in Base]), name="scenario_base"),
            models.CheckConstraint(condition=Q(behaviour_percent__range=(-90, 300)), name="scenario_behaviour"),
        ]
        indexes = [models.Index(fields=["merchant", "created_at"], name="scenario_by_time")]


class Progress(MerchantOwned):
    """How far a scenario is. The worker with the latest `fence` owns it while its heartbeat is fresh."""

    scenario_id = models.UUIDField()
    scenario = MerchantReference("insights.Scenario", "scenario_id", indexed=False)
    state = models.CharField(max_length=9, default=ScenarioState.WAITING.value)
    fence = models.PositiveIntegerField(default=0)
    heartbeat_at = models.DateTimeField()
    receipts_done = models.PositiveIntegerField(default=0)
    receipts_total = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "scenario_id"], name="progress_once_per_scenario"),
            models.UniqueConstraint(
                fields=["merchant"], condition=Q(state__in=["waiting", "running"]), name="progress_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in ScenarioState]), name="progress_state"
            ),
        ]


class Result(MerchantOwned):
    """What a simulation found. Append-only, once per scenario."""

    scenario_id = models.UUIDField()
    scenario = MerchantReference("insights.Scenario", "scenario_id", indexed=False)
    figures = models.JSONField(encoder=DjangoJSONEncoder)
    cost_change_amount = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "scenario_id"], name="result_once_per_scenario")]
