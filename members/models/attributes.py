"""Fields of a member that the merchant defines."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.models import MerchantOwned
from members.facts import AttributeKind


class AttributeDefinition(MerchantOwned):
    """A field of the merchant's own; values are in `Member.attributes` under `key`, and stay when it is retired."""

    key = models.CharField(max_length=40)
    label = models.CharField(max_length=40)
    kind = models.CharField(max_length=6)
    choices = ArrayField(models.CharField(max_length=60), default=list)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "key"], name="attribute_key_once"),
            models.CheckConstraint(condition=Q(kind__in=[k.value for k in AttributeKind]), name="attribute_kind"),
            models.CheckConstraint(
                condition=Q(kind=AttributeKind.CHOICE.value, choices__len__gt=0)
                | (~Q(kind=AttributeKind.CHOICE.value) & Q(choices__len=0)),
                name="attribute_choices_of_choice",
            ),
            models.CheckConstraint(condition=~Q(key="") & ~Q(label=""), name="attribute_has_names"),
        ]
