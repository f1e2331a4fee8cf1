"""Idempotency keys: claimed in the effect's own transaction, with the answer it got."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import OperationalError, connection

from common.errors import DomainError, TemporarilyUnavailable
from common.ids import new_id
from common.rows import update_row
from common.secrets import decrypt, encrypt
from merchants.facts import ClaimedKeyFacts, MerchantFacts, StoredAnswer
from merchants.models import ClaimedKey

KEY_KEPT = timedelta(days=30)


class KeyReused(DomainError):
    """The key was used for other content; nothing was done."""

    code = "idempotency_key_reused"


class KeyInProgress(TemporarilyUnavailable):
    """The twin request that holds the key has not finished within the lock timeout."""

    code = "idempotency_in_progress"


def claim_key(
    *, merchant: MerchantFacts, till_id: UUID, key: str, request_fingerprints: Sequence[bytes], at: datetime
) -> ClaimedKeyFacts | StoredAnswer:
    """Claim the key in the scope's own transaction, or return the answer it got before.

    A concurrent twin waits here on the unique index until the first one commits (then its answer is returned)
    or rolls back (then the key is ours). The first fingerprint is kept with a new key; a known one must have any of
    them. Raises KeyReused for other content, KeyInProgress after the lock timeout.
    """
    new = new_id()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO merchants_claimedkey (merchant_id, id, till_id, key, request_fingerprint, claimed_at) "
                "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (merchant_id, till_id, key) DO NOTHING",
                [merchant.id, new, till_id, key, request_fingerprints[0], at],
            )
            claimed = cursor.rowcount == 1
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) == "55P03":
            raise KeyInProgress from error
        raise
    if claimed:
        return ClaimedKeyFacts(id=new, merchant_id=merchant.id)
    row = ClaimedKey.objects.get(merchant_id=merchant.id, till_id=till_id, key=key)
    if bytes(row.request_fingerprint) not in request_fingerprints:
        raise KeyReused
    if row.status is None or row.body is None:
        raise KeyInProgress
    return StoredAnswer(id=row.id, status=row.status, body=open_answer(row.body))


def store_answer(*, claim: ClaimedKeyFacts, status: int, body: str) -> None:
    """Save the answer with the key, in the effect's transaction; encrypted, because it may hold a code (I16)."""
    values = {"status": status, "body": seal_answer(body)}
    update_row(ClaimedKey, merchant_id=claim.merchant_id, row_id=claim.id, values=values)


def seal_answer(body: str) -> str:
    """Return the answer as it is kept: encrypted, and empty where it is empty."""
    return base64.b64encode(encrypt(body)).decode() if body else body


def open_answer(stored: str) -> str:
    """Read a stored answer; an empty one has nothing to hide and was stored as it is."""
    return decrypt(base64.b64decode(stored)) if stored else stored


def forget_old_keys(*, merchant: MerchantFacts, now: datetime) -> int:
    """Delete keys older than 30 days; the sale's receipt reference goes on protecting it for ever."""
    deleted, _ = ClaimedKey.objects.filter(merchant_id=merchant.id, claimed_at__lt=now - KEY_KEPT).delete()
    return deleted
