"""Tables of insights: scenarios as they were asked, and what came out; how far each is, its job knows."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference
from insights.facts import Base


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

    job_id = models.UUIDField()
    job = MerchantReference("merchants.Job", "job_id")
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


class Result(MerchantOwned):
    """What a simulation found. Append-only, once per scenario."""

    scenario_id = models.UUIDField()
    scenario = MerchantReference("insights.Scenario", "scenario_id", indexed=False)
    figures = models.JSONField(encoder=DjangoJSONEncoder)
    cost_change_amount = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "scenario_id"], name="result_once_per_scenario")]
