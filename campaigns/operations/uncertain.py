"""Uncertain mails: found in the provider's log, or sent again because a person decided so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from campaigns.facts import CampaignKind, CampaignState
from campaigns.operations.campaign_states import locked_row, move
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from messaging.operations import accept_uncertain, requeue_uncertain

_DECIDABLE = [CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.FINISHED]


def resolve_uncertain(
    *, merchant: MerchantFacts, campaign_id: UUID, accepted_message_ids: Sequence[str], at: datetime, actor: Actor
) -> int:
    """Mark as accepted the mails whose Message-IDs the provider's log shows as taken; return how many were found.

    The others stay uncertain: a log that does not name them proves nothing. Raises Missing, WrongState.
    """
    locked_row(merchant=merchant, campaign_id=campaign_id, states=[*_DECIDABLE, CampaignState.CANCELLED])
    found = accept_uncertain(
        merchant=merchant, dispatch_id=campaign_id, header_ids=accepted_message_ids, decided_by=actor.user_id
    )
    record_audit(
        merchant=merchant,
        actor=actor,
        action="campaign.uncertain_resolved",
        at=at,
        subject=("campaign", campaign_id),
        after={"accepted": found},
    )
    return found


def resend_uncertain(
    *,
    merchant: MerchantFacts,
    campaign_id: UUID,
    at: datetime,
    actor: Actor,
    reason: str,
    message_ids: Sequence[str] | None = None,
) -> int:
    """Send the uncertain mails of a campaign again, all or those named; return how many.

    A person has accepted that some members may get the mail twice.
    Each keeps its Message-ID, so that a receiver can fold the copies; consent, suppression and cap are checked again.
    A finished campaign runs again. Raises Missing, WrongState.
    """
    row = locked_row(merchant=merchant, campaign_id=campaign_id, states=_DECIDABLE)
    mails = requeue_uncertain(
        merchant=merchant, dispatch_id=campaign_id, at=at, decided_by=actor.user_id, header_ids=message_ids
    )
    record_audit(
        merchant=merchant,
        actor=actor,
        action="campaign.uncertain_resent",
        at=at,
        subject=("campaign", campaign_id),
        after={"mails": mails},
        reason=reason,
    )
    if mails and row.state == CampaignState.FINISHED.value and row.kind == CampaignKind.CAMPAIGN.value:
        move(
            merchant=merchant,
            row=row,
            to=CampaignState.RUNNING,
            action="campaign.resumed",
            at=at,
            actor=actor,
            finished_at=None,
        )
    return mails
