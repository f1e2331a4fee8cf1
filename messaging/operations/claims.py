"""Claiming messages, beginning to hand one over, and giving back those that were not begun.

The claim is committed before anything is sent, and `begin_data` before the message leaves: the rows of a worker that
vanished show what it was doing. Consent, suppression and the dispatch's state are read in the same statements that
claim and begin.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from common.ids import new_id
from common.secrets import decrypt
from merchants.facts import MerchantFacts
from messaging.facts import FORGOTTEN, Content, MessageFacts, MessageReason, MessageState, Purpose, Unsayable
from messaging.mailer.message import header_id_of, is_usable_address
from messaging.models import Attempt, Message
from messaging.operations.policies import lock_throttle
from messaging.operations.sources import source_of
from messaging.queries.addresses import ADDRESS_HASH, address_parameters
from messaging.queries.outcomes import WRITTEN_TO_RECENTLY

JUDGEMENTS: Final = 10
"""Each further round means that a member left within the few milliseconds of the round before."""
_GUARD_REFUSED: Final = "23000"  # integrity_constraint_violation, as the guards raise it; a unique index says 23505


@dataclass(frozen=True)
class Claimed:
    """One message that this worker alone may send until the lease ends, and what it says."""

    attempt_id: UUID
    message: MessageFacts
    recipient_name: str = field(repr=False)
    address: str = field(repr=False)
    content: Content = field(repr=False)


_RECENTLY: Final = WRITTEN_TO_RECENTLY.format(member="m.member_id", dispatch="m.dispatch_id", days="m.cap_days")

# The first reason that holds. A message that was fit a minute ago may not be now: a member who unsubscribes,
# bounces elsewhere or is blocked before the claim gets nothing.
_UNFIT: Final = f"""CASE
    WHEN EXISTS (
        SELECT 1 FROM messaging_suppression s
        WHERE s.merchant_id = %(merchant)s AND s.address_hash = m.address_hash AND m.purpose = 'staff'
    ) THEN '{MessageReason.SUPPRESSED.value}'
    WHEN m.purpose = 'staff' THEN NULL
    WHEN c.member_id IS NULL THEN '{MessageReason.MEMBER_GONE.value}'
    WHEN c.status <> 'active' AND m.purpose <> 'notice' THEN '{MessageReason.BLOCKED.value}'
    WHEN c.email_key IS NULL THEN '{MessageReason.NO_ADDRESS.value}'
    WHEN m.purpose <> 'notice' AND (m.purpose NOT IN ('promo', 'program') OR NOT c.promo_email
        OR (m.purpose = 'promo' AND c.adult_at > %(at)s)) THEN '{MessageReason.NO_CONSENT.value}'
    WHEN {ADDRESS_HASH.format(key="c.email_key")} IS DISTINCT FROM m.address_hash
        THEN '{MessageReason.ADDRESS_CHANGED.value}'
    WHEN EXISTS (
        SELECT 1 FROM messaging_suppression s
        WHERE s.merchant_id = %(merchant)s AND s.address_hash = m.address_hash
    ) THEN '{MessageReason.SUPPRESSED.value}'
    WHEN m.cap_days > 0 AND {_RECENTLY}
        THEN '{MessageReason.MAILED_RECENTLY.value}'
END"""  # noqa: S608 - constants

_CLAIM: Final = f"""
WITH picked AS (
    SELECT m.id FROM messaging_message m
    WHERE m.merchant_id = %(merchant)s AND m.dispatch_id = %(dispatch)s
      AND m.state IN ('queued', 'deferred') AND m.due_at <= %(at)s
    ORDER BY m.due_at, m.id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),
judged AS MATERIALIZED (
    SELECT m.id, {_UNFIT} AS reason, c.promo_consent_id, c.name, c.email
    FROM messaging_message m
    JOIN messaging_dispatch p ON p.merchant_id = %(merchant)s AND p.id = m.dispatch_id AND p.state = 'open'
    LEFT JOIN members_contact c ON c.merchant_id = %(merchant)s AND c.member_id = m.member_id
    WHERE m.merchant_id = %(merchant)s AND m.id IN (SELECT id FROM picked)
)
UPDATE messaging_message m
SET state = CASE WHEN j.reason IS NULL THEN 'sending' ELSE 'suppressed' END,
    reason = coalesce(j.reason, ''),
    tries = m.tries + CASE WHEN j.reason IS NULL THEN 1 ELSE 0 END,
    first_tried_at = CASE WHEN j.reason IS NULL THEN coalesce(m.first_tried_at, %(at)s) ELSE m.first_tried_at END,
    recipient_encrypted = CASE WHEN j.reason IS NULL THEN m.recipient_encrypted END,
    fields_encrypted = CASE WHEN j.reason IS NULL THEN m.fields_encrypted END
FROM judged j
WHERE m.merchant_id = %(merchant)s AND m.id = j.id AND m.state IN ('queued', 'deferred')
RETURNING j.reason IS NULL AS fit, m.id, m.purpose, m.member_id, m.occasion_key, m.template_key, m.template_version,
          m.fields_encrypted, m.due_at, m.tries, m.recipient_encrypted, j.promo_consent_id AS consent_id, j.name,
          j.email
"""  # noqa: S608 - constants

# Each condition is a subquery of its own: joined, the relations take the planner six times as long as the server
# takes to run them, and this statement runs once per message.
_BEGIN: Final = """
UPDATE messaging_attempt a
SET data_started_at = %(now)s, leased_until = %(leased_until)s
WHERE a.merchant_id = %(merchant)s AND a.id = %(attempt)s AND a.state = 'sending' AND a.data_started_at IS NULL
  AND (SELECT p.state FROM messaging_dispatch p WHERE p.merchant_id = %(merchant)s AND p.id = %(dispatch)s) = 'open'
  AND (%(is_staff)s OR (SELECT %(is_notice)s OR (c.promo_email AND c.status = 'active'
         AND (NOT %(is_promo)s OR c.adult_at IS NULL OR c.adult_at <= %(now)s)) FROM members_contact c
       WHERE c.merchant_id = %(merchant)s AND c.member_id = %(member)s AND c.email IS NOT NULL))
  AND (SELECT m.state = 'sending' AND NOT EXISTS (
           SELECT FROM messaging_suppression s
           WHERE s.merchant_id = %(merchant)s AND s.address_hash = m.address_hash
       ) FROM messaging_message m WHERE m.merchant_id = %(merchant)s AND m.id = %(message)s)
"""

# Nothing of these was handed over: back to the queue, where the next claim judges them again.
_GIVE_BACK: Final = """
WITH given AS (
    UPDATE messaging_attempt a SET state = 'abandoned', ended_at = %(now)s
    WHERE a.merchant_id = %(merchant)s AND a.id = ANY(%(attempts)s::uuid[])
      AND a.state = 'sending' AND a.data_started_at IS NULL
    RETURNING a.message_id
)
UPDATE messaging_message m
SET state = CASE WHEN p.state = 'closed' THEN 'cancelled' ELSE 'queued' END, reason = p.closed_reason,
    recipient_encrypted = CASE WHEN p.state <> 'closed' THEN m.recipient_encrypted END,
    fields_encrypted = CASE WHEN p.state <> 'closed' THEN m.fields_encrypted END
FROM given g, messaging_dispatch p
WHERE m.merchant_id = %(merchant)s AND m.id = g.message_id AND m.state = 'sending'
  AND p.merchant_id = %(merchant)s AND p.id = m.dispatch_id
"""

_ABANDONED: Final = """
SELECT a.id, a.data_started_at IS NULL FROM messaging_attempt a
WHERE a.merchant_id = %(merchant)s AND a.state = 'sending' AND a.leased_until < %(now)s
ORDER BY a.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""

_MAKE_UNCERTAIN: Final = """
WITH lost AS (
    UPDATE messaging_attempt a SET state = 'uncertain', ended_at = %(now)s
    WHERE a.merchant_id = %(merchant)s AND a.id = ANY(%(attempts)s::uuid[]) AND a.state = 'sending'
    RETURNING a.message_id, a.data_started_at
)
UPDATE messaging_message m SET state = 'uncertain', sent_at = l.data_started_at
FROM lost l WHERE m.merchant_id = %(merchant)s AND m.id = l.message_id AND m.state = 'sending'
"""

_CANCEL_LEFTOVERS: Final = """
UPDATE messaging_message m
SET state = 'cancelled', reason = p.closed_reason, recipient_encrypted = NULL, fields_encrypted = NULL
FROM messaging_dispatch p
WHERE m.merchant_id = %(merchant)s AND m.state IN ('queued', 'deferred')
  AND p.merchant_id = %(merchant)s AND p.id = m.dispatch_id AND p.state = 'closed'
"""


def claim_messages(
    *, merchant: MerchantFacts, dispatch_id: UUID, limit: int, now: datetime, lease: timedelta, domain: str
) -> list[Claimed]:
    """Claim up to `limit` due messages of an open dispatch; return them written, each with an open attempt.

    Those that are no longer fit, no longer due or cannot be written are marked instead.
    `domain` goes into the Message-IDs. An empty list says that nothing is due, or that the throttle or another worker
    leaves nothing for now; after messages that were only marked, more may be due (`has_due_messages`).

    People may leave, and owners may pause, between this check and the attempts: a lock on members for every batch
    would hold up tills. The guard in the database sees it, and the next claim finds the reason.
    """
    limit = min(limit, _throttle_left(merchant, now))
    if limit <= 0:
        return []
    parameters: dict[str, Any] = {
        "merchant": merchant.id,
        "dispatch": dispatch_id,
        "at": now,
        "limit": limit,
        **address_parameters(merchant=merchant),
    }
    for left in reversed(range(JUDGEMENTS)):
        try:
            with transaction.atomic():
                return _claim_once(merchant, parameters, lease=lease, domain=domain)
        except IntegrityError as refused:
            if not left or getattr(refused.__cause__, "pgcode", None) != _GUARD_REFUSED:
                raise
    raise AssertionError("the last judgement returned or raised")


def _claim_once(merchant: MerchantFacts, parameters: dict[str, Any], *, lease: timedelta, domain: str) -> list[Claimed]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, parameters)
        names = [column.name for column in cursor.description]
        picked = [_Picked.of(dict(zip(names, row, strict=True)), parameters["dispatch"]) for row in cursor.fetchall()]
    due = _leave_out_what_is_over(merchant, [one for one in picked if one is not None], parameters["at"])
    written = _write_contents(merchant, due, parameters["at"])
    attempts = [
        Attempt(
            merchant_id=merchant.id,
            id=new_id(),
            message_id=one.message.id,
            number=one.tries,
            header_id=header_id_of(one.message.id, domain),
            consent_id=one.consent_id,
            started_at=parameters["at"],
            leased_until=parameters["at"] + lease,
        )
        for one, _ in written
    ]
    Attempt.objects.bulk_create(attempts)
    return [
        Claimed(attempt.id, one.message, recipient_name=one.name, address=one.address, content=content)
        for attempt, (one, content) in zip(attempts, written, strict=True)
    ]


@dataclass(frozen=True)
class _Picked:
    """A message that is fit to be sent as far as messaging itself knows."""

    message: MessageFacts
    name: str
    address: str
    tries: int
    consent_id: UUID | None

    @classmethod
    def of(cls, row: Mapping[str, Any], dispatch_id: UUID) -> _Picked | None:
        """Return what was picked; None when the claim found the message unfit."""
        if not row["fit"]:
            return None
        known = json.loads(decrypt(bytes(row["fields_encrypted"]))) if row["fields_encrypted"] else {}
        kept = json.loads(decrypt(bytes(row["recipient_encrypted"]))) if row["recipient_encrypted"] else {}
        message = MessageFacts(
            id=row["id"],
            dispatch_id=dispatch_id,
            purpose=Purpose(row["purpose"]),
            member_id=row["member_id"],
            occasion_key=row["occasion_key"],
            template_key=row["template_key"],
            template_version=row["template_version"],
            fields=known,
            due_at=row["due_at"],
        )
        return cls(
            message=message,
            name=kept.get("name", row["name"] or ""),
            address=kept.get("address", row["email"] or ""),
            tries=row["tries"],
            consent_id=row["consent_id"],
        )


def _leave_out_what_is_over(merchant: MerchantFacts, picked: list[_Picked], now: datetime) -> list[_Picked]:
    """Ask each message's room whether it is still due; cancel those that are not, for the reason given."""
    if not picked:
        return []
    messages = [one.message for one in picked]
    over = source_of(messages[0].purpose).still_due(merchant=merchant, messages=messages, now=now)
    for message_id, reason in over.items():
        _end_untried(merchant, message_id, MessageState.CANCELLED, reason)
    return [one for one in picked if one.message.id not in over]


def _write_contents(merchant: MerchantFacts, due: list[_Picked], now: datetime) -> list[tuple[_Picked, Content]]:
    """Return each message with its text; one that cannot be written or addressed fails alone."""
    if not due:
        return []
    messages = [one.message for one in due]
    contents = source_of(messages[0].purpose).render(merchant=merchant, messages=messages, now=now)
    written = []
    for one in due:
        content = contents[one.message.id]
        if isinstance(content, Unsayable):
            _end_untried(merchant, one.message.id, MessageState.FAILED, content.reason)
        elif not is_usable_address(one.address):
            _end_untried(merchant, one.message.id, MessageState.FAILED, MessageReason.BAD_ADDRESS.value)
        else:
            written.append((one, content))
    return written


def _end_untried(merchant: MerchantFacts, message_id: UUID, state: MessageState, reason: str) -> None:
    Message.objects.filter(merchant_id=merchant.id, id=message_id, state=MessageState.SENDING.value).update(
        state=state.value, reason=reason, tries=F("tries") - 1, **FORGOTTEN
    )


def begin_data(*, merchant: MerchantFacts, claimed: Claimed, now: datetime, lease: timedelta) -> bool:
    """Record that the message is about to leave; once this commits, a lost worker means an uncertain message.

    Return False when it may not leave: held, closed, unsubscribed or suppressed meanwhile, or the lease was lost.
    """
    parameters: dict[str, Any] = {
        "merchant": merchant.id,
        "attempt": claimed.attempt_id,
        "dispatch": claimed.message.dispatch_id,
        "message": claimed.message.id,
        "member": claimed.message.member_id,
        "is_staff": claimed.message.purpose is Purpose.STAFF,
        "is_promo": claimed.message.purpose is Purpose.PROMO,
        "is_notice": claimed.message.purpose is Purpose.NOTICE,
        "now": now,
        "leased_until": now + lease,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, parameters)
        return bool(cursor.rowcount == 1)


def give_back(*, merchant: MerchantFacts, attempt_ids: Sequence[UUID], now: datetime) -> int:
    """Put claimed messages that were not begun back into the queue; return how many."""
    if not attempt_ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, {"merchant": merchant.id, "attempts": list(attempt_ids), "now": now})
        return int(cursor.rowcount)


def recover_abandoned(*, merchant: MerchantFacts, now: datetime, limit: int = 1_000) -> tuple[int, int]:
    """Recover what lost workers left after their lease; return (back in the queue, uncertain).

    Not begun: it provably never reached the mail server. Begun: it may have arrived, so only a person sends it again.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ABANDONED, {"merchant": merchant.id, "now": now, "limit": limit})
        found = cursor.fetchall()
        lost = [attempt for attempt, untouched in found if not untouched]
        if lost:
            cursor.execute(_MAKE_UNCERTAIN, {"merchant": merchant.id, "attempts": lost, "now": now})
    untouched = [attempt for attempt, is_untouched in found if is_untouched]
    return give_back(merchant=merchant, attempt_ids=untouched, now=now), len(lost)


def cancel_leftovers(*, merchant: MerchantFacts) -> int:
    """End what came back into the queue of a dispatch while it was being closed; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_CANCEL_LEFTOVERS, {"merchant": merchant.id})
        return int(cursor.rowcount)


def _throttle_left(merchant: MerchantFacts, now: datetime) -> int:
    """Return how many messages the merchant's own limit still allows this minute."""
    throttle = lock_throttle(merchant=merchant)
    if throttle is None:
        return 1_000_000
    started = Attempt.objects.filter(merchant_id=merchant.id, started_at__gt=now - timedelta(minutes=1)).exclude(
        state="abandoned"
    )
    return throttle - started.count()
