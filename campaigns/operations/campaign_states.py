"""Schedule, pause, resume, cancel: each moves a campaign one step and leaves an audit entry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from campaigns.facts import (
    CAMPAIGN_WORK,
    CampaignFacts,
    CampaignKind,
    CampaignState,
    CouponsOnCancel,
    ExclusionReason,
    PauseReason,
)
from campaigns.models import Campaign
from campaigns.operations.drafts import content_errors, editable_row
from campaigns.queries.campaigns import facts_of
from campaigns.queries.given_coupons import coupon_problem
from campaigns.rules.schedules import is_stale
from campaigns.wording import field_error, problem_errors
from common.errors import BadInput, Missing, Refusal
from merchants.facts import SYSTEM, Actor, MerchantFacts
from merchants.operations import enqueue_work, record_audit
from messaging.facts import Purpose
from messaging.operations import close_dispatch, hold_dispatch, open_dispatch
from messaging.queries import has_unsent_messages
from rewards.coupons.operations import cancel_coupons


class WrongState(Refusal):
    """The campaign is in a state that does not allow this; `state` says which."""

    code = "campaign_wrong_state"


def schedule_campaign(
    *, merchant: MerchantFacts, campaign_id: UUID, scheduled_at: datetime, at: datetime, actor: Actor, zone: str = ""
) -> CampaignFacts:
    """Schedule the draft for `scheduled_at` (now or later); the audience is frozen then, not before.

    `zone` is the zone in which the time was chosen (default the merchant's) and only shown again. Raises BadInput
    (subject, body, batch_id, scheduled_at), Missing('campaign_not_found'), CampaignNotEditable.
    """
    row = editable_row(merchant=merchant, campaign_id=campaign_id)
    facts = facts_of(row, merchant=merchant)
    errors = content_errors(facts.content, has_coupon=facts.coupon is not None, complete=True)
    errors += problem_errors(coupon_problem(merchant=merchant, campaign=facts, now=max(at, scheduled_at)))
    if scheduled_at < at.replace(second=0, microsecond=0):
        errors.append(field_error("scheduled_at", "time_passed"))
    if errors:
        raise BadInput(errors)
    return move(
        merchant=merchant,
        row=row,
        to=CampaignState.SCHEDULED,
        action="campaign.scheduled",
        at=at,
        actor=actor,
        scheduled_at=scheduled_at,
        zone=zone or merchant.timezone,
    )


def unschedule_campaign(*, merchant: MerchantFacts, campaign_id: UUID, at: datetime, actor: Actor) -> CampaignFacts:
    """Make it a draft again, as long as the audience is not frozen. Raises Missing, WrongState."""
    row = locked_row(merchant=merchant, campaign_id=campaign_id, states=[CampaignState.SCHEDULED])
    return move(
        merchant=merchant,
        row=row,
        to=CampaignState.DRAFT,
        action="campaign.unscheduled",
        at=at,
        actor=actor,
        scheduled_at=None,
    )


def pause_campaign(
    *,
    merchant: MerchantFacts,
    campaign_id: UUID,
    at: datetime,
    actor: Actor,
    reason: PauseReason = PauseReason.BY_HAND,
    last_error: str = "",
) -> CampaignFacts:
    """Pause from the next message on; waiting messages keep waiting. Raises Missing, WrongState."""
    at_work = [CampaignState.SCHEDULED, CampaignState.PREPARING, CampaignState.RUNNING]
    row = locked_row(
        merchant=merchant, campaign_id=campaign_id, states=at_work if actor is SYSTEM else [CampaignState.RUNNING]
    )
    return move(
        merchant=merchant,
        row=row,
        to=CampaignState.PAUSED,
        action="campaign.paused",
        at=at,
        actor=actor,
        pause_reason=reason.value,
        last_error=last_error[:120],
    )


def resume_campaign(*, merchant: MerchantFacts, campaign_id: UUID, at: datetime, actor: Actor) -> CampaignFacts:
    """Send the rest; an audience that was never frozen is frozen now.

    Raises Missing, WrongState, and BadInput (batch_id) while its coupon cannot be given.
    """
    row = locked_row(merchant=merchant, campaign_id=campaign_id, states=[CampaignState.PAUSED])
    if problem := coupon_problem(merchant=merchant, campaign=facts_of(row, merchant=merchant), now=at):
        raise BadInput(problem_errors(problem))
    frozen = row.frozen_at is not None or row.kind != CampaignKind.CAMPAIGN.value
    changes: dict[str, Any] = {"pause_reason": "", "last_error": ""}
    if not frozen and row.scheduled_at is not None and is_stale(row.scheduled_at, at):
        changes["scheduled_at"] = at  # a person decided to send it now, so it is no longer late
    return move(
        merchant=merchant,
        row=row,
        to=CampaignState.RUNNING if frozen else CampaignState.PREPARING,
        action="campaign.resumed",
        at=at,
        actor=actor,
        **changes,
    )


def cancel_campaign(
    *, merchant: MerchantFacts, campaign_id: UUID, coupons: CouponsOnCancel, at: datetime, actor: Actor
) -> CampaignFacts:
    """Cancel it: waiting messages are not sent, unused coupons stay valid or become void as chosen.

    A message that a worker is handing over at this moment may still arrive. A welcome is switched off instead.
    Raises Missing, WrongState.
    """
    open_states = [CampaignState.SCHEDULED, CampaignState.PREPARING, CampaignState.RUNNING, CampaignState.PAUSED]
    row = locked_row(merchant=merchant, campaign_id=campaign_id, states=open_states)
    if row.kind != CampaignKind.CAMPAIGN.value:
        raise Missing("campaign_not_found")
    if coupons is CouponsOnCancel.VOID:
        cancel_coupons(merchant=merchant, source_id=row.id, at=at, actor=actor)
    return move(
        merchant=merchant,
        row=row,
        to=CampaignState.CANCELLED,
        action="campaign.cancelled",
        at=at,
        actor=actor,
        audit_details={"coupons": coupons.value},
        finished_at=at,
        pause_reason="",
    )


def finish_campaign(*, merchant: MerchantFacts, campaign_id: UUID, at: datetime) -> bool:
    """Mark a campaign finished once no message waits (uncertain ones do not count); return False if not yet."""
    row = (
        Campaign.objects.select_for_update(no_key=True)
        .filter(
            merchant_id=merchant.id, id=campaign_id, state=CampaignState.RUNNING.value, kind=CampaignKind.CAMPAIGN.value
        )
        .first()
    )
    if row is None or has_unsent_messages(merchant=merchant, dispatch_id=campaign_id):
        return False
    move(
        merchant=merchant,
        row=row,
        to=CampaignState.FINISHED,
        action="campaign.finished",
        at=at,
        actor=SYSTEM,
        finished_at=at,
        last_error="",
    )
    return True


def locked_row(*, merchant: MerchantFacts, campaign_id: UUID, states: Sequence[CampaignState]) -> Campaign:
    """Return the campaign's row FOR UPDATE. Raises Missing('campaign_not_found'), WrongState."""
    row = Campaign.objects.select_for_update(no_key=True).filter(merchant_id=merchant.id, id=campaign_id).first()
    if row is None:
        raise Missing("campaign_not_found")
    if row.state not in {state.value for state in states}:
        raise WrongState(state=row.state)
    return row


def move(
    *,
    merchant: MerchantFacts,
    row: Campaign,
    to: CampaignState,
    action: str,
    at: datetime,
    actor: Actor,
    audit_details: dict[str, Any] | None = None,
    **changes: Any,
) -> CampaignFacts:
    """Write the new state with `changes` and the audit entry (`audit_details`: what else it says).

    A move by a person always asks for a look at the campaign: after a pause or cancel, senders may still hold mails.
    Moves of the system are made by that look itself, or while it is due.
    """
    before = row.state
    row.state = to.value
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=["state", *changes])
    _let_dispatch_follow(merchant, row, at=at, is_by_person=actor is not SYSTEM)
    worth_telling = {name: changes[name] for name in ("scheduled_at", "pause_reason") if changes.get(name)}
    record_audit(
        merchant=merchant,
        actor=actor,
        action=action,
        at=at,
        subject=("campaign", row.id),
        before={"state": before},
        after={"state": to.value, **(audit_details or {}), **worth_telling},
    )
    if to is CampaignState.SCHEDULED or actor is not SYSTEM:
        due_at = row.scheduled_at if to is CampaignState.SCHEDULED and row.scheduled_at else at
        enqueue_work(
            merchant=merchant,
            kind=CAMPAIGN_WORK,
            subject_id=row.id,
            due_at=due_at,
            is_by_person=actor is not SYSTEM,
        )
    return facts_of(row, merchant=merchant)


def _let_dispatch_follow(merchant: MerchantFacts, row: Campaign, *, at: datetime, is_by_person: bool) -> None:
    """Open, hold or close the dispatch with the campaign: messages go while it runs, wait while paused, then end."""
    if row.state == CampaignState.RUNNING.value:
        open_dispatch(
            merchant=merchant,
            dispatch_id=row.id,
            purpose=Purpose.PROMO,
            keeps_quiet=row.kind != CampaignKind.CAMPAIGN.value,
            at=at,
            is_by_person=is_by_person,
        )
    elif row.state == CampaignState.PAUSED.value:
        hold_dispatch(merchant=merchant, dispatch_id=row.id)
    elif row.state == CampaignState.CANCELLED.value:
        close_dispatch(merchant=merchant, dispatch_id=row.id, reason=ExclusionReason.CAMPAIGN_CANCELLED.value)
