"""A yes or a no with its proof."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.models import MerchantOwned, MerchantReference
from members.facts import Channel, ConsentMethod, ConsentSource, StopReason, Topic


class Consent(MerchantOwned):
    """A yes or a no per topic and channel, with its proof. Append-only; `seq` counts per member under the row lock.

    `actor_label` names the till or the person who recorded it; `method` and `said_on` are how and when it was said to
    staff, who may write it down a day later.
    """

    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id", indexed=False)
    seq = models.PositiveIntegerField()
    topic = models.CharField(max_length=16, default=Topic.PROMO.value)
    channel = models.CharField(max_length=8, default=Channel.EMAIL.value)
    granted = models.BooleanField()
    at = models.DateTimeField()
    source = models.CharField(max_length=12)
    text_version = models.CharField(max_length=20)
    reason = models.CharField(max_length=16, blank=True)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=254, blank=True, db_default="")
    method = models.CharField(max_length=10, blank=True, db_default="")
    said_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "member_id", "seq"], name="consent_seq_once"),
            models.CheckConstraint(condition=Q(topic__in=[t.value for t in Topic]), name="consent_topic"),
            models.CheckConstraint(condition=Q(channel__in=[c.value for c in Channel]), name="consent_channel"),
            models.CheckConstraint(condition=Q(source__in=[s.value for s in ConsentSource]), name="consent_source"),
            models.CheckConstraint(
                condition=Q(method="", said_on__isnull=True)
                | Q(
                    method__in=[m.value for m in ConsentMethod],
                    said_on__isnull=False,
                    actor_id__isnull=False,
                    source=ConsentSource.STAFF.value,
                ),
                name="consent_method_names_staff",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["", *(r.value for r in StopReason)]), name="consent_stop_reason"
            ),
        ]
