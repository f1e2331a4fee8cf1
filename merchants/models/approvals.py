"""What one person asks and another one decides."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned
from merchants.facts import ApprovalState


class Approval(MerchantOwned):
    """Something that a person may not do alone: asked by one, decided by another, once and before it expires.

    `kind` says what is asked, `subject_kind` and `subject_id` of which record, `figures` how much. A person asks, or a
    till (`asker_kind`). By a guard in the database the request never changes, and nothing does once it is decided or
    withdrawn. Rows are kept for ever.
    """

    kind = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    figures = models.JSONField(encoder=DjangoJSONEncoder)
    asker_kind = models.CharField(max_length=6, default="person", db_default="person")
    asked_by_id = models.UUIDField()
    asked_by = models.CharField(max_length=254)
    asked_at = models.DateTimeField()
    asked_reason = models.CharField(max_length=300)
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=9, default=ApprovalState.WAITING.value)
    decided_by_id = models.UUIDField(null=True)
    decided_by = models.CharField(max_length=254, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decided_reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "kind", "subject_kind", "subject_id"],
                condition=Q(state="waiting"),
                name="approval_waits_once",
            ),
            models.CheckConstraint(condition=Q(state__in=[one.value for one in ApprovalState]), name="approval_state"),
            models.CheckConstraint(condition=Q(asker_kind__in=["person", "till"]), name="approval_asker"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("asked_at")), name="approval_expires_later"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by_id__isnull=True, decided_at__isnull=True)
                | Q(state="withdrawn", decided_by_id=F("asked_by_id"), decided_at__isnull=False)
                | (Q(state__in=["approved", "refused"], decided_at__isnull=False) & Q(decided_by_id__isnull=False)),
                name="approval_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "refused"]) | ~Q(decided_by_id=F("asked_by_id")),
                name="approval_decided_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "refused"]) | Q(decided_at__lt=F("expires_at")),
                name="approval_decided_in_time",
            ),
        ]
