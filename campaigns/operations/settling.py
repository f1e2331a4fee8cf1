"""What became of an attempt: written once, with everything that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import F

from campaigns.facts import CAMPAIGN_WORK, AttemptState, CampaignState, DeliveryState, ExclusionReason, PauseReason
from campaigns.models import Attempt, Campaign, Delivery
from campaigns.operations.claiming import Claimed
from campaigns.operations.steering import pause_campaign
from merchants.facts import SYSTEM, MerchantFacts
from merchants.operations import enqueue_work
from messaging.facts import SuppressionReason
from messaging.operations import suppress_hashes
from messaging.rules.replies import Meaning, Reply, meaning_of
from messaging.rules.timing import SOFT_BOUNCE_WINDOW, SOFT_BOUNCES, hold_after, next_try

# A reply may come after the sweeper gave the worker up: the truth, however late, replaces "nobody knows".
_OPEN_ATTEMPT: Final = [AttemptState.SENDING.value, AttemptState.UNCERTAIN.value]
_OPEN_DELIVERY: Final = [DeliveryState.SENDING.value, DeliveryState.UNCERTAIN.value]
_SOFT: Final = [ExclusionReason.REJECTED.value, ExclusionReason.GAVE_UP.value]


@dataclass(frozen=True)
class AttemptOutcome:
    """How one attempt ended: with a server's reply (code 0 = the link was lost), or before it for a reason of ours."""

    claimed: Claimed
    reply: Reply | None = None
    unfit: ExclusionReason | None = None


def settle(*, merchant: MerchantFacts, outcome: AttemptOutcome, now: datetime) -> None:
    """Writes the attempt's end and moves its delivery on.

    accepted -> accepted · temporary -> deferred, tried again for 72 hours · address dead -> suppressed, for ever ·
    refused otherwise -> failed · we are refused -> the delivery waits and the campaign pauses · lost after the final
    dot -> ambiguous, never sent again by itself. Settling an attempt twice changes nothing.
    """
    if outcome.unfit is not None or outcome.reply is None:
        reason = outcome.unfit or ExclusionReason.REJECTED
        if _end(merchant, outcome, AttemptState.FAILED, now):
            _move(merchant, outcome, DeliveryState.FAILED, reason=reason.value)
        return
    meaning = meaning_of(outcome.reply)
    if meaning is Meaning.ACCEPTED:
        _accept(merchant, outcome.claimed, outcome.reply, now)
        return
    if not _end(merchant, outcome, _ATTEMPT_STATES[meaning], now):
        return
    if meaning is Meaning.UNKNOWN:
        _move(merchant, outcome, DeliveryState.UNCERTAIN, sent_at=now)
    elif meaning is Meaning.TRY_LATER:
        _defer(merchant, outcome, outcome.reply, now)
    elif meaning is Meaning.ADDRESS_IS_DEAD:
        _move(merchant, outcome, DeliveryState.SUPPRESSED, reason=ExclusionReason.HARD_BOUNCE.value)
        _suppress(merchant, outcome.claimed.delivery_id, SuppressionReason.HARD_BOUNCE, now)
    elif meaning is Meaning.REJECTED:
        _bounce_softly(merchant, outcome, ExclusionReason.REJECTED, now)
    else:
        _stop_for_sender(merchant, outcome, outcome.reply, now)


_ATTEMPT_STATES: Final = {
    Meaning.TRY_LATER: AttemptState.DEFERRED,
    Meaning.ADDRESS_IS_DEAD: AttemptState.FAILED,
    Meaning.REJECTED: AttemptState.FAILED,
    Meaning.WE_ARE_REFUSED: AttemptState.REFUSED,
    Meaning.UNKNOWN: AttemptState.UNCERTAIN,
}


# How most attempts end, in one statement: it runs once per message.
_ACCEPT: Final = """
WITH ended AS (
    UPDATE campaigns_attempt a
    SET state = 'accepted', ended_at = %(now)s, reply_code = %(code)s, reply_text = %(text)s
    WHERE a.merchant_id = %(merchant)s AND a.id = %(attempt)s AND a.state IN ('sending', 'uncertain')
    RETURNING a.delivery_id
)
UPDATE campaigns_delivery d SET state = 'accepted', reason = '', sent_at = %(now)s
FROM ended e
WHERE d.merchant_id = %(merchant)s AND d.id = e.delivery_id AND d.state IN ('sending', 'uncertain')
"""


def _accept(merchant: MerchantFacts, claimed: Claimed, reply: Reply, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _ACCEPT,
            {
                "merchant": merchant.id,
                "attempt": claimed.attempt_id,
                "now": now,
                "code": reply.code,
                "text": reply.text,
            },
        )


def _end(merchant: MerchantFacts, outcome: AttemptOutcome, state: AttemptState, now: datetime) -> bool:
    reply = outcome.reply
    return bool(
        Attempt.objects.filter(merchant_id=merchant.id, id=outcome.claimed.attempt_id, state__in=_OPEN_ATTEMPT).update(
            state=state.value,
            ended_at=now,
            reply_code=reply.code if reply and reply.code else None,
            reply_text=reply.text if reply else (outcome.unfit.value if outcome.unfit else ""),
        )
    )


def _move(
    merchant: MerchantFacts,
    outcome: AttemptOutcome,
    state: DeliveryState,
    *,
    reason: str = "",
    due_at: datetime | None = None,
    sent_at: datetime | None = None,
    deferred: int = 0,
) -> None:
    changes: dict[str, object] = {"state": state.value, "reason": reason, "sent_at": sent_at}
    if due_at is not None:
        changes["due_at"] = due_at
    if deferred:
        changes["deferrals"] = F("deferrals") + deferred
    Delivery.objects.filter(merchant_id=merchant.id, id=outcome.claimed.delivery_id, state__in=_OPEN_DELIVERY).update(
        **changes
    )
    if due_at is not None:
        subject_id = outcome.claimed.campaign_id
        enqueue_work(merchant=merchant, kind=CAMPAIGN_WORK, subject_id=subject_id, due_at=due_at)


def _defer(merchant: MerchantFacts, outcome: AttemptOutcome, reply: Reply, now: datetime) -> None:
    row = Delivery.objects.select_related("campaign").get(merchant_id=merchant.id, id=outcome.claimed.delivery_id)
    deferrals = row.deferrals + 1
    again = next_try(deferrals=deferrals, first_tried_at=row.first_tried_at or now, now=now)
    if row.campaign.state == CampaignState.CANCELLED.value:
        _move(merchant, outcome, DeliveryState.CANCELLED, reason=ExclusionReason.CAMPAIGN_CANCELLED.value)
    elif again is None:
        _bounce_softly(merchant, outcome, ExclusionReason.GAVE_UP, now)
    else:
        if reply.code == 0:  # the link broke: nobody said that this recipient should wait for half an hour
            again = min(again, now + hold_after(deferrals))
        _move(merchant, outcome, DeliveryState.DEFERRED, due_at=again, deferred=1)


def _bounce_softly(merchant: MerchantFacts, outcome: AttemptOutcome, reason: ExclusionReason, now: datetime) -> None:
    """Fails the delivery; the third such failure within 30 days stops the address."""
    _move(merchant, outcome, DeliveryState.FAILED, reason=reason.value)
    row = Delivery.objects.get(merchant_id=merchant.id, id=outcome.claimed.delivery_id)
    if row.address_hash is None:
        return
    failures = Delivery.objects.filter(
        merchant_id=merchant.id,
        address_hash=row.address_hash,
        state=DeliveryState.FAILED.value,
        reason__in=_SOFT,
        first_tried_at__gt=now - SOFT_BOUNCE_WINDOW,
    ).count()
    if failures >= SOFT_BOUNCES:
        _suppress(merchant, row.id, SuppressionReason.SOFT_BOUNCES, now)


def _suppress(merchant: MerchantFacts, delivery_id: UUID, reason: SuppressionReason, now: datetime) -> None:
    row = Delivery.objects.get(merchant_id=merchant.id, id=delivery_id)
    if row.address_hash is not None:
        suppress_hashes(
            merchant=merchant, hashes=[bytes(row.address_hash)], reason=reason, at=now, message_id=delivery_id
        )


def _stop_for_sender(merchant: MerchantFacts, outcome: AttemptOutcome, reply: Reply, now: datetime) -> None:
    """The server refuses us: the campaign pauses, the delivery waits and nobody is suppressed.

    A delivery that is refused so for the second time, after somebody resumed, is refused for itself: it fails
    alone, or one strict recipient would stop the campaign for ever.
    """
    before = Attempt.objects.filter(
        merchant_id=merchant.id, delivery_id=outcome.claimed.delivery_id, state=AttemptState.REFUSED.value
    ).exclude(id=outcome.claimed.attempt_id)
    if before.exists():
        _move(merchant, outcome, DeliveryState.FAILED, reason=ExclusionReason.REFUSED_BY_POLICY.value)
        return
    _move(merchant, outcome, DeliveryState.QUEUED, due_at=now)
    stop_for_sender(merchant=merchant, campaign_id=outcome.claimed.campaign_id, reply=reply, now=now)


def stop_for_sender(*, merchant: MerchantFacts, campaign_id: UUID, reply: Reply, now: datetime) -> None:
    """Pauses a running campaign because the mail server refuses us (login, sender, policy, quota)."""
    running = Campaign.objects.filter(
        merchant_id=merchant.id, id=campaign_id, state=CampaignState.RUNNING.value
    ).exists()
    if running:
        pause_campaign(
            merchant=merchant,
            campaign_id=campaign_id,
            at=now,
            actor=SYSTEM,
            reason=PauseReason.SENDER_REFUSED,
            last_error=_describe_reply(reply),
        )


def hold_campaign(*, merchant: MerchantFacts, campaign_id: UUID, reply: Reply, now: datetime) -> None:
    """The mail server cannot be reached: leaves it alone for 1, 2, 4, ... up to 30 minutes. No delivery is touched."""
    row = Campaign.objects.select_for_update(no_key=True).filter(merchant_id=merchant.id, id=campaign_id).first()
    if row is not None:
        row.link_failures += 1
        row.retry_at = now + hold_after(row.link_failures)
        row.last_error = _describe_reply(reply)
        row.save(update_fields=["link_failures", "retry_at", "last_error"])


def clear_last_error(*, merchant: MerchantFacts, campaign_id: UUID) -> None:
    """The mail server answers again."""
    Campaign.objects.filter(merchant_id=merchant.id, id=campaign_id, link_failures__gt=0).update(
        link_failures=0, retry_at=None, last_error=""
    )


def _describe_reply(reply: Reply) -> str:
    """What a page may show of a refusal: stage and code, never the server's text, which may name a recipient."""
    status = f"{reply.code} {reply.enhanced}".strip() if reply.code else "unreachable"
    return f"{reply.stage.value}: {status}"[:120]
