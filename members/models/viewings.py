"""Who looked at what is known of a member."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference
from members.facts import ViewedPart


class Viewing(MerchantOwned):
    """A person of the staff looked at a member on a business day, so many times: for the member, who may ask.

    One row per person, member, day and part. `times` and `last_at` only grow (guard).
    """

    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id", indexed=False)
    viewer_id = models.UUIDField()
    viewer = models.CharField(max_length=254)
    part = models.CharField(max_length=7)
    viewed_on = models.DateField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "member_id", "viewed_on", "viewer_id", "part"], name="viewing_once_a_day"
            ),
            models.CheckConstraint(condition=Q(part__in=[one.value for one in ViewedPart]), name="viewing_part"),
            models.CheckConstraint(condition=Q(times__gte=1, last_at__gte=F("first_at")), name="viewing_counts"),
        ]
