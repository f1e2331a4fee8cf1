"""Moments: those a merchant made or whose rhythm they changed, and the days they set for single years."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned

LONGEST_DAYS = 92


def _rhythm_condition(repeats: str, **ranges: tuple[int, int]) -> Q:
    """Return this rhythm's condition with all figures: a missing one makes a range neither true nor false."""
    condition = Q(repeats=repeats)
    for name in ("month", "first_day", "last_day", "days"):
        condition &= Q(**{f"{name}__isnull": name not in ranges})
        if name in ranges:
            condition &= Q(**{f"{name}__range": ranges[name]})
    return condition


class Moment(MerchantOwned):
    """A moment of the merchant's own, or a standard one with their rhythm; `code` is what definitions name."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    repeats = models.CharField(max_length=8, choices=[(r, r) for r in ("yearly", "monthly", "dated")])
    month = models.PositiveSmallIntegerField(null=True)
    first_day = models.PositiveSmallIntegerField(null=True)
    last_day = models.PositiveSmallIntegerField(null=True)
    days = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="moment_code_once"),
            models.CheckConstraint(
                condition=_rhythm_condition("yearly", month=(1, 12), first_day=(1, 31), days=(1, LONGEST_DAYS))
                | _rhythm_condition("monthly", first_day=(1, 31), last_day=(1, 31))
                | _rhythm_condition("dated"),
                name="moment_rhythm",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MomentDates(MerchantOwned):
    """The days of one coming of a moment as the merchant set them; `number` counts those that begin in `year`."""

    moment = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField(default=1)
    first_on = models.DateField()
    last_on = models.DateField()
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "moment", "year", "number"], name="moment_dates_once"),
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on"), last_on__lt=F("first_on") + timedelta(days=LONGEST_DAYS))
                & Q(number__gte=1),
                name="moment_dates_in_order",
            ),
        ]
