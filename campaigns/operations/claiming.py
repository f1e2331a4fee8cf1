"""Claiming deliveries, beginning to hand one over, and giving back what was not begun.

The claim is committed before anything is sent, and `begin_data` before the message leaves: whatever a worker was
doing when it vanished can be told from its rows. Consent, suppression and the campaign's state are read in the very
statements that claim and begin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from campaigns.facts import CampaignFacts, CampaignKind, ExclusionReason, MemberOccasion
from campaigns.models import Attempt, Campaign
from campaigns.operations.freezing import issue_campaign_coupons
from campaigns.queries.audience import MAILED_RECENTLY
from campaigns.rules.timing import STALE_AFTER
from common.ids import new_id
from merchants.facts import MerchantFacts
from messaging.operations import lock_throttle
from messaging.queries import ADDRESS_HASH, address_parameters

JUDGEMENTS: Final = 10
"""Every further one means that somebody left within the few milliseconds of the one before."""
_GUARD_REFUSED: Final = "23000"  # integrity_constraint_violation, as the guards raise it; a unique index says 23505


@dataclass(frozen=True)
class Claimed:
    """One delivery that this worker alone may send until the lease ends."""

    attempt_id: UUID
    delivery_id: UUID
    member_id: UUID
    occasion_key: str
    campaign_id: UUID

    @property
    def recipient(self) -> MemberOccasion:
        return MemberOccasion(self.member_id, self.occasion_key)


# The first reason that holds. A delivery that a minute ago was fit may not be any more: whoever unsubscribes,
# bounces elsewhere or is blocked before the claim gets nothing.
_UNFIT: Final = f"""CASE
    WHEN %(late_before)s IS NOT NULL AND d.due_at < %(late_before)s THEN '{ExclusionReason.STALE.value}'
    WHEN m.member_id IS NULL THEN '{ExclusionReason.MEMBER_GONE.value}'
    WHEN m.status <> 'active' THEN '{ExclusionReason.BLOCKED.value}'
    WHEN m.email_key IS NULL THEN '{ExclusionReason.NO_ADDRESS.value}'
    WHEN NOT m.promo_email THEN '{ExclusionReason.NO_CONSENT.value}'
    WHEN {ADDRESS_HASH.format(key="m.email_key")} IS DISTINCT FROM d.address_hash
        THEN '{ExclusionReason.ADDRESS_CHANGED.value}'
    WHEN EXISTS (
        SELECT 1 FROM messaging_suppressed s
        WHERE s.merchant_id = %(merchant)s AND s.address_hash = d.address_hash
    ) THEN '{ExclusionReason.SUPPRESSED.value}'
    WHEN c.frequency_cap_days > 0 AND {MAILED_RECENTLY.format(member="d.member_id", days="c.frequency_cap_days")}
        THEN '{ExclusionReason.MAILED_RECENTLY.value}'
END"""  # noqa: S608 - constants

_CLAIM: Final = f"""
WITH picked AS (
    SELECT d.id FROM campaigns_delivery d
    WHERE d.merchant_id = %(merchant)s AND d.campaign_id = %(campaign)s
      AND d.state IN ('queued', 'deferred') AND d.due_at <= %(at)s
    ORDER BY d.due_at, d.id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),
judged AS MATERIALIZED (
    SELECT d.id, {_UNFIT} AS reason, m.promo_consent_id
    FROM campaigns_delivery d
    JOIN campaigns_campaign c ON c.merchant_id = %(merchant)s AND c.id = d.campaign_id AND c.state = 'running'
    LEFT JOIN members_contact m ON m.merchant_id = %(merchant)s AND m.member_id = d.member_id
    WHERE d.merchant_id = %(merchant)s AND d.id IN (SELECT id FROM picked)
)
UPDATE campaigns_delivery d
SET state = CASE WHEN j.reason IS NULL THEN 'sending' WHEN j.reason = '{ExclusionReason.STALE.value}' THEN 'cancelled'
                 ELSE 'suppressed' END,
    reason = coalesce(j.reason, ''),
    tries = d.tries + CASE WHEN j.reason IS NULL THEN 1 ELSE 0 END,
    first_tried_at = CASE WHEN j.reason IS NULL THEN coalesce(d.first_tried_at, %(at)s) ELSE d.first_tried_at END
FROM judged j
WHERE d.merchant_id = %(merchant)s AND d.id = j.id AND d.state IN ('queued', 'deferred')
RETURNING d.id, d.member_id, d.occasion_key, d.tries, j.promo_consent_id, j.reason IS NULL
"""  # noqa: S608 - constants

# Each condition is a subquery of its own: joined, the five relations take the planner six times as long as the server
# takes to run them, and this statement runs once per message.
_BEGIN: Final = """
UPDATE campaigns_attempt a
SET data_started_at = %(now)s, leased_until = %(leased_until)s
WHERE a.merchant_id = %(merchant)s AND a.id = %(attempt)s AND a.state = 'sending' AND a.data_started_at IS NULL
  AND (SELECT c.state FROM campaigns_campaign c WHERE c.merchant_id = %(merchant)s AND c.id = %(campaign)s) = 'running'
  AND (SELECT m.promo_email AND m.status = 'active' FROM members_contact m
       WHERE m.merchant_id = %(merchant)s AND m.member_id = %(member)s)
  AND (SELECT d.state = 'sending' AND NOT EXISTS (
           SELECT FROM messaging_suppressed s
           WHERE s.merchant_id = %(merchant)s AND s.address_hash = d.address_hash
       ) FROM campaigns_delivery d WHERE d.merchant_id = %(merchant)s AND d.id = %(delivery)s)
"""

# Nothing of these was handed over: back to the queue, where the next claim judges them afresh.
_GIVE_BACK: Final = """
WITH given AS (
    UPDATE campaigns_attempt a SET state = 'abandoned', ended_at = %(now)s
    WHERE a.merchant_id = %(merchant)s AND a.id = ANY(%(attempts)s::uuid[])
      AND a.state = 'sending' AND a.data_started_at IS NULL
    RETURNING a.delivery_id
)
UPDATE campaigns_delivery d
SET state = CASE WHEN c.state = 'cancelled' THEN 'cancelled' ELSE 'queued' END,
    reason = CASE WHEN c.state = 'cancelled' THEN 'campaign_cancelled' ELSE '' END
FROM given g, campaigns_campaign c
WHERE d.merchant_id = %(merchant)s AND d.id = g.delivery_id AND d.state = 'sending'
  AND c.merchant_id = %(merchant)s AND c.id = d.campaign_id
"""

_ABANDONED: Final = """
SELECT a.id, a.data_started_at IS NULL FROM campaigns_attempt a
WHERE a.merchant_id = %(merchant)s AND a.state = 'sending' AND a.leased_until < %(now)s
ORDER BY a.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""

_MAKE_AMBIGUOUS: Final = """
WITH lost AS (
    UPDATE campaigns_attempt a SET state = 'uncertain', ended_at = %(now)s
    WHERE a.merchant_id = %(merchant)s AND a.id = ANY(%(attempts)s::uuid[]) AND a.state = 'sending'
    RETURNING a.delivery_id, a.data_started_at
)
UPDATE campaigns_delivery d SET state = 'uncertain', sent_at = l.data_started_at
FROM lost l WHERE d.merchant_id = %(merchant)s AND d.id = l.delivery_id AND d.state = 'sending'
"""


_CANCEL_LEFTOVERS: Final = """
UPDATE campaigns_delivery d SET state = 'cancelled', reason = 'campaign_cancelled'
FROM campaigns_campaign c
WHERE d.merchant_id = %(merchant)s AND d.state IN ('queued', 'deferred')
  AND c.merchant_id = %(merchant)s AND c.id = d.campaign_id AND c.state = 'cancelled'
"""


def claim_deliveries(
    *, merchant: MerchantFacts, campaign: CampaignFacts, limit: int, now: datetime, lease: timedelta, domain: str
) -> list[Claimed]:
    """Up to `limit` due deliveries of a running campaign, each with an open attempt; those no longer fit are marked.

    A welcome's coupons are issued here, with the claim. `domain` goes into the Message-IDs. An empty list says that
    nothing is due, or that the throttle or another worker leaves nothing for now.
    """
    limit = min(limit, _throttle_left(merchant, now))
    if limit <= 0:
        return []
    welcomes = campaign.kind is CampaignKind.WELCOME
    parameters: dict[str, Any] = {
        "merchant": merchant.id,
        "campaign": campaign.id,
        "at": now,
        "limit": limit,
        "late_before": now - STALE_AFTER if welcomes else None,
        **address_parameters(merchant=merchant),
    }
    fit, attempts = _claim(parameters, lease=lease, domain=domain)
    claimed = [
        Claimed(
            attempt_id=attempt.id,
            delivery_id=delivery_id,
            member_id=member_id,
            occasion_key=occasion_key,
            campaign_id=campaign.id,
        )
        for attempt, (delivery_id, member_id, occasion_key, *_) in zip(attempts, fit, strict=True)
    ]
    if welcomes and claimed:
        row = Campaign.objects.get(merchant_id=merchant.id, id=campaign.id)
        issue_campaign_coupons(merchant=merchant, row=row, recipients=[one.recipient for one in claimed], at=now)
    return claimed


def _claim(parameters: dict[str, Any], *, lease: timedelta, domain: str) -> tuple[list[tuple[Any, ...]], list[Attempt]]:
    """(rows claimed, their attempts); judges afresh when the guard refuses what was fit a moment ago.

    Nothing stops people from leaving, or owners from pausing, between the judgement and the attempts: a lock on
    members for every batch of mails would hold up tills. The guard sees it, and the next judgement says why.
    """
    for left in reversed(range(JUDGEMENTS)):
        try:
            with transaction.atomic():
                return _claim_once(parameters, lease=lease, domain=domain)
        except IntegrityError as refused:
            if not left or getattr(refused.__cause__, "pgcode", None) != _GUARD_REFUSED:
                raise
    raise AssertionError("the last judgement returned or raised")


def _claim_once(
    parameters: dict[str, Any], *, lease: timedelta, domain: str
) -> tuple[list[tuple[Any, ...]], list[Attempt]]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, parameters)
        fit = [row for row in cursor.fetchall() if row[5]]
    attempts = [
        Attempt(
            merchant_id=parameters["merchant"],
            id=new_id(),
            delivery_id=delivery_id,
            number=number,
            message_id=f"<{delivery_id.hex}@{domain}>",
            consent_id=consent_id,
            started_at=parameters["at"],
            leased_until=parameters["at"] + lease,
        )
        for delivery_id, _, _, number, consent_id, _ in fit
    ]
    return fit, Attempt.objects.bulk_create(attempts)


def begin_data(*, merchant: MerchantFacts, claimed: Claimed, now: datetime, lease: timedelta) -> bool:
    """Records that the message is about to leave; once this commits, a lost worker means an uncertain mail.

    False when it may not leave: somebody paused, cancelled, unsubscribed or was suppressed, or the lease was lost.
    """
    parameters: dict[str, Any] = {
        "merchant": merchant.id,
        "attempt": claimed.attempt_id,
        "campaign": claimed.campaign_id,
        "delivery": claimed.delivery_id,
        "member": claimed.member_id,
        "now": now,
        "leased_until": now + lease,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, parameters)
        return bool(cursor.rowcount == 1)


def give_back(*, merchant: MerchantFacts, attempt_ids: Sequence[UUID], now: datetime) -> int:
    """Puts claimed deliveries that were not begun back into the queue; returns how many."""
    if not attempt_ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, {"merchant": merchant.id, "attempts": list(attempt_ids), "now": now})
        return int(cursor.rowcount)


def recover_abandoned(*, merchant: MerchantFacts, now: datetime, limit: int = 1_000) -> tuple[int, int]:
    """What workers left behind whose lease is over: (back in the queue, uncertain).

    Not begun: it provably never reached the mail server. Begun: nobody knows, so it is never sent again by itself.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ABANDONED, {"merchant": merchant.id, "now": now, "limit": limit})
        found = cursor.fetchall()
        lost = [attempt for attempt, untouched in found if not untouched]
        if lost:
            cursor.execute(_MAKE_AMBIGUOUS, {"merchant": merchant.id, "attempts": lost, "now": now})
    untouched = [attempt for attempt, is_untouched in found if is_untouched]
    return give_back(merchant=merchant, attempt_ids=untouched, now=now), len(lost)


def cancel_leftovers(*, merchant: MerchantFacts) -> int:
    """Ends what came back into the queue of a campaign while it was being cancelled; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_CANCEL_LEFTOVERS, {"merchant": merchant.id})
        return int(cursor.rowcount)


def _throttle_left(merchant: MerchantFacts, now: datetime) -> int:
    """How many messages the merchant's own limit still allows this minute."""
    throttle = lock_throttle(merchant=merchant)
    if throttle is None:
        return 1_000_000
    started = Attempt.objects.filter(merchant_id=merchant.id, started_at__gt=now - timedelta(minutes=1)).exclude(
        state="abandoned"
    )
    return throttle - started.count()
