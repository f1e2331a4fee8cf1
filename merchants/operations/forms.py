"""Forms of staff pages: each is carried out once, in the transaction of what it does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import OperationalError, connection

from common.errors import TemporarilyUnavailable
from common.ids import new_id
from merchants.facts import MerchantFacts
from merchants.models import SentForm

FORM_KEPT: Final = timedelta(days=30)


class FormInProgress(TemporarilyUnavailable):
    """The same form is being carried out and has not finished within the lock timeout."""

    code = "form_in_progress"


def claim_form(*, merchant: MerchantFacts, request_fingerprint: bytes, at: datetime) -> str | None:
    """Claim the form in the scope's own transaction. Return None when it is ours, else the address of its answer.

    A twin sent at the same time waits here on the unique index until the first one commits (then its address is
    returned) or rolls back (then the form is ours). Raises FormInProgress after the lock timeout.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO merchants_sentform (merchant_id, id, request_fingerprint, answer_url, sent_at) "
                "VALUES (%s, %s, %s, '', %s) ON CONFLICT (merchant_id, request_fingerprint) DO NOTHING",
                [merchant.id, new_id(), request_fingerprint, at],
            )
            if cursor.rowcount == 1:
                return None
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) == "55P03":
            raise FormInProgress from error
        raise
    return SentForm.objects.get(merchant_id=merchant.id, request_fingerprint=request_fingerprint).answer_url


def store_form_answer(*, merchant: MerchantFacts, request_fingerprint: bytes, answer_url: str) -> None:
    """Save where the browser was sent, in the transaction of the effect."""
    SentForm.objects.filter(merchant_id=merchant.id, request_fingerprint=request_fingerprint).update(
        answer_url=answer_url[:500]
    )


def release_form(*, merchant: MerchantFacts, request_fingerprint: bytes) -> None:
    """Delete the claim: nothing was carried out, the form was shown again."""
    SentForm.objects.filter(merchant_id=merchant.id, request_fingerprint=request_fingerprint).delete()


def forget_old_forms(*, merchant: MerchantFacts, now: datetime) -> int:
    """Delete claims older than 30 days; no page stays open that long."""
    deleted, _ = SentForm.objects.filter(merchant_id=merchant.id, sent_at__lt=now - FORM_KEPT).delete()
    return deleted
