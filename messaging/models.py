"""Tables of messaging: addresses that get nothing any more, how a merchant sends, which installation may send."""

from __future__ import annotations

from datetime import time

from django.db import models
from django.db.models import Q

from common.models import MerchantOwned
from messaging.facts import SuppressionReason


class Instance(models.Model):
    """Which installation this database belongs to (global, one row): a restored copy does not match the file beside it.

    `sweeps` only grows; a database that is behind the file is an older one brought back.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    instance = models.UUIDField()
    sweeps = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_instance")]


class SendingPolicy(MerchantOwned):
    """How a merchant sends; without a row the defaults hold. One row per merchant."""

    sender_name = models.CharField(max_length=80, blank=True)
    reply_to = models.EmailField(max_length=254, blank=True)
    throttle_per_minute = models.PositiveIntegerField(null=True)
    quiet_from = models.TimeField(default=time(21, 0))
    quiet_until = models.TimeField(default=time(7, 0))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant"], name="one_sending_policy"),
            models.CheckConstraint(
                condition=Q(throttle_per_minute__isnull=True) | Q(throttle_per_minute__gte=1), name="sending_throttle"
            ),
        ]


class Suppression(MerchantOwned):
    """An address that gets nothing any more. Only its keyed hash is kept: it outlives the member's erasure.

    `message_id`: the message whose refusal stopped it; None when a person or the recipient did.
    """

    address_hash = models.BinaryField(max_length=32)
    reason = models.CharField(max_length=12)
    message_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "address_hash"], name="one_suppression"),
            models.CheckConstraint(
                condition=Q(reason__in=[reason.value for reason in SuppressionReason]), name="suppression_reason"
            ),
        ]
