"""Mails whose fate nobody knows: found out from the provider's log, or sent again because a person decided so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from campaigns.facts import CAMPAIGN_WORK, AttemptState, CampaignKind, CampaignState, DeliveryState
from campaigns.models import Attempt, Delivery
from campaigns.operations.steering import locked_row, move
from merchants.facts import Actor, MerchantFacts
from merchants.operations import enqueue_work, record_audit

_DECIDABLE = [CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.FINISHED]


def resolve_uncertain(
    *, merchant: MerchantFacts, campaign_id: UUID, accepted_message_ids: Sequence[str], at: datetime, actor: Actor
) -> int:
    """The provider's log shows these Message-IDs as taken: they are accepted. Returns how many were found.

    The others stay uncertain: a log that does not name them proves nothing. Raises Missing, WrongState.
    """
    locked_row(merchant=merchant, campaign_id=campaign_id, states=[*_DECIDABLE, CampaignState.CANCELLED])
    named = {f"<{message_id.strip().strip('<>')}>" for message_id in accepted_message_ids}
    found = list(
        Attempt.objects.filter(
            merchant_id=merchant.id,
            delivery__campaign_id=campaign_id,
            state=AttemptState.UNCERTAIN.value,
            message_id__in=sorted(named),
        ).values_list("id", "delivery_id")
    )
    Attempt.objects.filter(merchant_id=merchant.id, id__in=[attempt for attempt, _ in found]).update(
        state=AttemptState.ACCEPTED.value, decided_by_id=actor.user_id
    )
    Delivery.objects.filter(
        merchant_id=merchant.id, id__in=[delivery for _, delivery in found], state=DeliveryState.UNCERTAIN.value
    ).update(state=DeliveryState.ACCEPTED.value)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="campaign.uncertain_resolved",
        at=at,
        subject=("campaign", campaign_id),
        after={"accepted": len(found)},
    )
    return len(found)


def resend_uncertain(*, merchant: MerchantFacts, campaign_id: UUID, at: datetime, actor: Actor, reason: str) -> int:
    """Sends the uncertain mails of a campaign again: a person takes it upon themselves that some get it twice.

    Each keeps its Message-ID, so that a receiver can fold the copies; consent, suppression and cap are asked again.
    A finished campaign runs on. Returns how many go out again. Raises Missing, WrongState.
    """
    row = locked_row(merchant=merchant, campaign_id=campaign_id, states=_DECIDABLE)
    doubtful = list(
        Attempt.objects.filter(
            merchant_id=merchant.id, delivery__campaign_id=campaign_id, state=AttemptState.UNCERTAIN.value
        ).values_list("id", "delivery_id")
    )
    Attempt.objects.filter(merchant_id=merchant.id, id__in=[attempt for attempt, _ in doubtful]).update(
        state=AttemptState.OVERRULED.value, decided_by_id=actor.user_id
    )
    Delivery.objects.filter(
        merchant_id=merchant.id, id__in=[delivery for _, delivery in doubtful], state=DeliveryState.UNCERTAIN.value
    ).update(state=DeliveryState.QUEUED.value, due_at=at, sent_at=None, deferrals=0, first_tried_at=None)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="campaign.uncertain_resent",
        at=at,
        subject=("campaign", campaign_id),
        after={"mails": len(doubtful)},
        reason=reason,
    )
    if doubtful and row.state == CampaignState.FINISHED.value and row.kind == CampaignKind.CAMPAIGN.value:
        move(
            merchant=merchant,
            row=row,
            to=CampaignState.RUNNING,
            action="campaign.resumed",
            at=at,
            actor=actor,
            finished_at=None,
        )
    enqueue_work(merchant=merchant, kind=CAMPAIGN_WORK, subject_id=campaign_id, due_at=at, is_by_person=True)
    return len(doubtful)
