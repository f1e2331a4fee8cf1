"""Automations: written, switched on and off, and a delivery for each member who becomes due while one is on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from campaigns.facts import (
    AutomationDraft,
    AutomationFacts,
    CampaignKind,
    CampaignState,
    MemberOccasion,
    PauseReason,
    TriggerName,
)
from campaigns.models import Automation, Campaign
from campaigns.operations.campaign_states import WrongState, move
from campaigns.operations.deliveries import add_deliveries
from campaigns.operations.drafts import content_columns, content_errors, coupon_errors, failed
from campaigns.queries.automations import automation_of
from campaigns.queries.campaigns import facts_of
from campaigns.queries.given_coupons import coupon_problem, coupon_problem_of
from campaigns.queries.triggers import TRIGGERS, Trigger
from campaigns.wording import AUTOMATION_NAMES, problem_errors
from common.errors import BadInput, FieldError, Missing
from merchants.facts import Actor, MerchantFacts, OutboxEventFacts
from merchants.operations import record_audit
from messaging.facts import SendingPolicyFacts
from messaging.queries import sending_policy
from messaging.rules.pauses import after_quiet_hours

MAX_DELAY_MINUTES: Final = 30 * 24 * 60


def save_automation(
    *,
    merchant: MerchantFacts,
    trigger: TriggerName,
    draft: AutomationDraft,
    at: datetime,
    actor: Actor,
    awaits_coupon: bool = False,
) -> AutomationFacts:
    """Save what the mail says; while it is on, members who have not been mailed yet get the new text.

    Coupons that are out keep their terms when another coupon is chosen. With `awaits_coupon` the text may name one
    that has not been chosen yet, unless it is on. Raises BadInput (subject, preview_text, body, batch_id,
    control_percent, delay_minutes, measure_days).
    """
    automation = _find_locked(merchant, trigger)
    is_on = automation is not None and automation.campaign.state == CampaignState.RUNNING.value
    errors = _find_errors(merchant, draft, awaits_coupon=awaits_coupon and not is_on)
    if is_on:
        errors += problem_errors(coupon_problem_of(merchant=merchant, batch_id=draft.batch_id, now=at))
    if errors:
        raise BadInput(errors)
    columns: dict[str, Any] = {
        "control_percent": draft.control_percent,
        "measure_days": draft.measure_days,
        **content_columns(draft.content, draft.batch_id),
    }
    if automation is None:
        row = Campaign.objects.create(
            merchant_id=merchant.id,
            kind=CampaignKind.AUTOMATION.value,
            trigger=trigger.value,
            name=str(AUTOMATION_NAMES[trigger]),
            frequency_cap_days=0,
            zone=merchant.timezone,
            created_at=at,
            created_by=actor.label,
            **columns,
        )
        automation = Automation.objects.create(merchant_id=merchant.id, campaign_id=row.id)
    else:
        row = automation.campaign
        for name, value in columns.items():
            setattr(row, name, value)
        row.save(update_fields=list(columns))
    automation.delay_minutes = draft.delay_minutes
    automation.save(update_fields=["delay_minutes"])
    record_audit(
        merchant=merchant,
        actor=actor,
        action=f"{TRIGGERS[trigger].audited_as}.changed",
        at=at,
        subject=("campaign", row.id),
        after={"delay_minutes": draft.delay_minutes, "control_percent": draft.control_percent},
    )
    return _reread_automation(merchant, trigger)


def turn_on_automation(*, merchant: MerchantFacts, trigger: TriggerName, at: datetime, actor: Actor) -> AutomationFacts:
    """Write to every member who becomes due from now on, to none from before. Raises Missing, BadInput, WrongState."""
    automation = _require_locked(merchant, trigger)
    row = automation.campaign
    facts = facts_of(row, merchant=merchant)
    errors = content_errors(facts.content, has_coupon=facts.coupon is not None, complete=True)
    errors += problem_errors(coupon_problem(merchant=merchant, campaign=facts, now=at))
    if errors:
        raise BadInput(errors)
    if facts.state not in {CampaignState.DRAFT, CampaignState.PAUSED}:
        raise WrongState(state=row.state)
    automation.on_since = at
    automation.save(update_fields=["on_since"])
    move(
        merchant=merchant,
        row=row,
        to=CampaignState.RUNNING,
        action=f"{TRIGGERS[trigger].audited_as}.on",
        at=at,
        actor=actor,
        pause_reason="",
        last_error="",
    )
    return _reread_automation(merchant, trigger)


def turn_off_automation(
    *, merchant: MerchantFacts, trigger: TriggerName, at: datetime, actor: Actor
) -> AutomationFacts:
    """Stop writing; coupons already given out stay valid. Raises Missing, WrongState."""
    automation = _require_locked(merchant, trigger)
    row = automation.campaign
    if row.state != CampaignState.RUNNING.value:
        raise WrongState(state=row.state)
    automation.on_since = None
    automation.save(update_fields=["on_since"])
    move(
        merchant=merchant,
        row=row,
        to=CampaignState.PAUSED,
        action=f"{TRIGGERS[trigger].audited_as}.off",
        at=at,
        actor=actor,
        pause_reason=PauseReason.BY_HAND.value,
    )
    return _reread_automation(merchant, trigger)


def queue_due_members(*, merchant: MerchantFacts, events: Sequence[OutboxEventFacts], now: datetime) -> None:
    """Make a delivery for each member whom these outbox events make due for an automation that is on.

    Due after the delay, outside the quiet hours; events from before it was on make no member due. A member has one
    place per occasion, however often the event comes.
    """
    for name, trigger in TRIGGERS.items():
        mine = [event for event in events if event.kind == trigger.event_kind]
        if mine and (automation := _find_running(merchant, name)) is not None:
            _queue_due(merchant, automation, trigger, mine, now)


def _queue_due(
    merchant: MerchantFacts,
    automation: Automation,
    trigger: Trigger,
    events: Sequence[OutboxEventFacts],
    now: datetime,
) -> None:
    """Queue the due members, with one statement per occasion and due instant."""
    policy = sending_policy(merchant=merchant)
    due: dict[tuple[datetime, str], list[UUID]] = {}
    for event in events:
        member = trigger.read_due(event)
        if automation.on_since is None or member.happened_at < automation.on_since:
            continue
        due_at = _skip_quiet_hours(merchant, policy, member.happened_at + timedelta(minutes=automation.delay_minutes))
        due.setdefault((due_at, member.occasion_key), []).append(member.member_id)
    for (due_at, occasion_key), member_ids in sorted(due.items()):
        add_deliveries(
            merchant=merchant,
            row=automation.campaign,
            member_ids=member_ids,
            occasion_key=occasion_key,
            due_at=due_at,
            now=now,
        )


def queue_missed_members(
    *,
    merchant: MerchantFacts,
    trigger: TriggerName,
    recipients: Sequence[MemberOccasion],
    at: datetime,
    actor: Actor,
) -> int:
    """Queue named members who became due before it was on, as a person decided; return how many are new.

    Members who have a place already are left alone. Raises Missing, WrongState.
    """
    automation = _require_locked(merchant, trigger)
    if automation.campaign.state != CampaignState.RUNNING.value:
        raise WrongState(state=automation.campaign.state)
    due_at = _skip_quiet_hours(merchant, sending_policy(merchant=merchant), at)
    added = sum(
        add_deliveries(
            merchant=merchant,
            row=automation.campaign,
            member_ids=[member_id for member_id, key in recipients if key == occasion_key],
            occasion_key=occasion_key,
            due_at=due_at,
            now=at,
        )
        for occasion_key in sorted({recipient.occasion_key for recipient in recipients})
    )
    record_audit(
        merchant=merchant,
        actor=actor,
        action=f"{TRIGGERS[trigger].audited_as}.backfilled",
        at=at,
        subject=("campaign", automation.campaign_id),
        after={"members": added},
    )
    return added


def _skip_quiet_hours(merchant: MerchantFacts, policy: SendingPolicyFacts, at: datetime) -> datetime:
    return after_quiet_hours(at, zone=merchant.timezone, quiet_from=policy.quiet_from, quiet_until=policy.quiet_until)


def _find_locked(merchant: MerchantFacts, trigger: TriggerName) -> Automation | None:
    return (
        Automation.objects.select_for_update(no_key=True)
        .select_related("campaign")
        .filter(merchant_id=merchant.id, campaign__trigger=trigger.value)
        .first()
    )


def _find_running(merchant: MerchantFacts, trigger: TriggerName) -> Automation | None:
    """Return the automation, locked only when it is on, so that most merchants' events cost one read."""
    return (
        Automation.objects.select_for_update(no_key=True)
        .select_related("campaign")
        .filter(
            merchant_id=merchant.id,
            campaign__trigger=trigger.value,
            campaign__state=CampaignState.RUNNING.value,
        )
        .first()
    )


def _require_locked(merchant: MerchantFacts, trigger: TriggerName) -> Automation:
    automation = _find_locked(merchant, trigger)
    if automation is None:
        raise Missing("automation_not_found")
    return automation


def _reread_automation(merchant: MerchantFacts, trigger: TriggerName) -> AutomationFacts:
    found = automation_of(merchant=merchant, trigger=trigger)
    assert found is not None
    return found


def _find_errors(merchant: MerchantFacts, draft: AutomationDraft, *, awaits_coupon: bool) -> list[FieldError]:
    return [
        *failed(
            [
                ("control_percent", "control_range", lambda: not 0 <= draft.control_percent <= 50),
                ("delay_minutes", "delay_range", lambda: not 0 <= draft.delay_minutes <= MAX_DELAY_MINUTES),
                ("measure_days", "measure_days_range", lambda: not 1 <= draft.measure_days <= 90),
            ]
        ),
        *content_errors(draft.content, has_coupon=awaits_coupon or draft.batch_id is not None, complete=False),
        *coupon_errors(merchant, draft.batch_id),
    ]
