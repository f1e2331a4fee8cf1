"""The request log of tills: kept 30 days, then dropped in batches by the night."""

from __future__ import annotations

from django.db import models

from common.models import MerchantOwned, MerchantReference


class LoggedRequest(MerchantOwned):
    """One request of a till and its answer, without personal data. It may be missing: nothing hangs on it."""

    till_id = models.UUIDField()
    till = MerchantReference("merchants.Till", "till_id", indexed=False)
    key_prefix = models.CharField(max_length=12)
    at = models.DateTimeField()
    method = models.CharField(max_length=8)
    route = models.CharField(max_length=120)
    address = models.CharField(max_length=600)
    status = models.PositiveSmallIntegerField()
    milliseconds = models.PositiveIntegerField()
    problem_code = models.CharField(max_length=60, blank=True)
    idempotency_key = models.CharField(max_length=64, blank=True)
    reference = models.CharField(max_length=64, blank=True)
    replayed = models.CharField(max_length=8, blank=True)
    request_bytes = models.PositiveIntegerField()
    answer_bytes = models.PositiveIntegerField()
    request_body = models.TextField(blank=True)
    answer_body = models.TextField(blank=True)
    is_whole = models.BooleanField(default=True)

    class Meta:
        indexes = [
            models.Index(fields=["merchant", "till_id", "at", "id"], name="logged_request_by_till"),
            models.Index(
                fields=["merchant", "till_id", "at", "id"],
                condition=models.Q(status__gte=400),
                name="logged_request_refused",
            ),
            models.Index(
                fields=["merchant", "reference"], condition=~models.Q(reference=""), name="logged_request_by_receipt"
            ),
            models.Index(
                fields=["merchant", "idempotency_key"],
                condition=~models.Q(idempotency_key=""),
                name="logged_request_by_key",
            ),
            models.Index(fields=["merchant", "at"], name="logged_request_age"),
        ]
