"""Who agreed for a member who is a child."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.models import MerchantOwned, MerchantReference
from members.facts import ConsentMethod, GuardianRelation
from members.models.columns import PERSONAL


class Guardian(MerchantOwned):
    """A parent or guardian agreed that the store keeps a child's data; one is in force per member.

    What was agreed never changes (guard): it ends, and another one may follow. The name alone may be emptied.
    """

    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id")
    name = models.CharField(max_length=120, blank=True, db_comment=PERSONAL)
    relation = models.CharField(max_length=8)
    method = models.CharField(max_length=10)
    agreed_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by_id = models.UUIDField(null=True)
    recorded_by = models.CharField(max_length=254)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=254, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "member_id"], condition=Q(ended_at__isnull=True), name="guardian_one_in_force"
            ),
            models.CheckConstraint(
                condition=Q(relation__in=[one.value for one in GuardianRelation])
                & Q(method__in=[one.value for one in ConsentMethod]),
                name="guardian_kinds",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by="") | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
                name="guardian_ended_by",
            ),
        ]
