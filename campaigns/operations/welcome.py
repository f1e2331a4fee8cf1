"""The welcome of new members: an automation that is on or off, and one delivery per member who joins while it is on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from campaigns.facts import CampaignKind, CampaignState, WelcomeDraft, WelcomeFacts
from campaigns.models import Automation, Campaign
from campaigns.operations.deliveries import add_deliveries
from campaigns.operations.drafts import content_columns, content_errors, failed, offer_errors
from campaigns.operations.freezing import open_coupon_batch
from campaigns.operations.steering import WrongState, move
from campaigns.queries.campaigns import facts_of
from campaigns.queries.welcome import welcome
from common.errors import BadInput, FieldError, Missing
from merchants.facts import Actor, MerchantFacts, OutboxEventFacts
from merchants.operations import record_audit
from messaging.queries import sending_policy
from messaging.rules.timing import after_quiet_hours

MAX_DELAY_MINUTES = 30 * 24 * 60
ONCE_EVER = ""
"""The occasion of a welcome: a member joins once."""


def save_welcome(*, merchant: MerchantFacts, draft: WelcomeDraft, at: datetime, actor: Actor) -> WelcomeFacts:
    """Writes what new members are told; while it is on, whoever has not been mailed yet gets the new text.

    A changed coupon opens a new batch; coupons that are out keep their terms. Raises BadInput (subject,
    preview_text, body, offer_*, control_percent, delay_minutes, measure_days).
    """
    errors = _errors(draft)
    if errors:
        raise BadInput(errors)
    automation = _locked(merchant)
    columns: dict[str, Any] = {
        "control_percent": draft.control_percent,
        "measure_days": draft.measure_days,
        **content_columns(draft.content, draft.offer),
    }
    if automation is None:
        row = Campaign.objects.create(
            merchant_id=merchant.id,
            kind=CampaignKind.WELCOME.value,
            name=gettext("Welcome"),
            frequency_cap_days=0,
            zone=merchant.timezone,
            created_at=at,
            created_by=actor.label,
            **columns,
        )
        automation = Automation.objects.create(merchant_id=merchant.id, campaign_id=row.id)
    else:
        row = automation.campaign
        if row.offer != columns["offer"]:
            columns["batch_id"] = None
        for name, value in columns.items():
            setattr(row, name, value)
        row.save(update_fields=list(columns))
    automation.delay_minutes = draft.delay_minutes
    automation.save(update_fields=["delay_minutes"])
    if row.state == CampaignState.RUNNING.value:
        _require_batch(merchant, row, at)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="welcome.changed",
        at=at,
        subject=("campaign", row.id),
        after={"delay_minutes": draft.delay_minutes, "control_percent": draft.control_percent},
    )
    return _found(merchant)


def turn_on_welcome(*, merchant: MerchantFacts, at: datetime, actor: Actor) -> WelcomeFacts:
    """From now on every new member is welcomed; nobody who joined before is. Raises Missing, BadInput, WrongState."""
    automation = _require(merchant)
    row = automation.campaign
    facts = facts_of(row, merchant=merchant)
    errors = content_errors(facts.content, has_coupon=facts.offer is not None, complete=True)
    if errors:
        raise BadInput(errors)
    if facts.state not in {CampaignState.DRAFT, CampaignState.PAUSED}:
        raise WrongState(state=row.state)
    _require_batch(merchant, row, at)
    automation.on_since = at
    automation.save(update_fields=["on_since"])
    move(
        merchant=merchant,
        row=row,
        to=CampaignState.RUNNING,
        action="welcome.on",
        at=at,
        actor=actor,
        pause_reason="",
        last_error="",
    )
    return _found(merchant)


def turn_off_welcome(*, merchant: MerchantFacts, at: datetime, actor: Actor) -> WelcomeFacts:
    """Nobody is welcomed any more; coupons that are out stay good. Raises Missing, WrongState."""
    automation = _require(merchant)
    row = automation.campaign
    if row.state != CampaignState.RUNNING.value:
        raise WrongState(state=row.state)
    automation.on_since = None
    automation.save(update_fields=["on_since"])
    move(
        merchant=merchant,
        row=row,
        to=CampaignState.PAUSED,
        action="welcome.off",
        at=at,
        actor=actor,
        pause_reason="by_hand",
    )
    return _found(merchant)


def welcome_new_members(*, merchant: MerchantFacts, events: Sequence[OutboxEventFacts], now: datetime) -> None:
    """Handles "member.enrolled": a delivery per member who joined while the welcome was on; imports leave no event.

    Due after the delay, outside the quiet hours. A member is welcomed once, however often the event comes.
    """
    automation = _running(merchant)
    if automation is None or automation.on_since is None:
        return
    due: dict[datetime, list[UUID]] = {}
    policy = sending_policy(merchant=merchant)
    for event in events:
        if event.occurred_at < automation.on_since:
            continue
        due_at = after_quiet_hours(
            event.occurred_at + timedelta(minutes=automation.delay_minutes),
            zone=merchant.timezone,
            quiet_from=policy.quiet_from,
            quiet_until=policy.quiet_until,
        )
        due.setdefault(due_at, []).append(event.subject_id)
    for due_at, member_ids in sorted(due.items()):
        add_deliveries(
            merchant=merchant,
            row=automation.campaign,
            member_ids=member_ids,
            occasion_key=ONCE_EVER,
            due_at=due_at,
            now=now,
        )


def welcome_recent_members(*, merchant: MerchantFacts, member_ids: Sequence[UUID], at: datetime, actor: Actor) -> int:
    """Also welcomes named members who joined before it was on: a decision of a person. Returns how many are new to it.

    Who was welcomed already is left alone. Raises Missing, WrongState.
    """
    automation = _require(merchant)
    if automation.campaign.state != CampaignState.RUNNING.value:
        raise WrongState(state=automation.campaign.state)
    policy = sending_policy(merchant=merchant)
    due_at = after_quiet_hours(at, zone=merchant.timezone, quiet_from=policy.quiet_from, quiet_until=policy.quiet_until)
    added = add_deliveries(
        merchant=merchant, row=automation.campaign, member_ids=member_ids, occasion_key=ONCE_EVER, due_at=due_at, now=at
    )
    record_audit(
        merchant=merchant,
        actor=actor,
        action="welcome.backfilled",
        at=at,
        subject=("campaign", automation.campaign_id),
        after={"members": added},
    )
    return added


def _require_batch(merchant: MerchantFacts, row: Campaign, at: datetime) -> None:
    open_coupon_batch(merchant=merchant, row=row, at=at)
    row.save(update_fields=["batch_id"])


def _locked(merchant: MerchantFacts) -> Automation | None:
    return (
        Automation.objects.select_for_update(no_key=True)
        .select_related("campaign")
        .filter(merchant_id=merchant.id, campaign__kind=CampaignKind.WELCOME.value)
        .first()
    )


def _running(merchant: MerchantFacts) -> Automation | None:
    """Locked only when it is on, so that most merchants' events cost one read."""
    return (
        Automation.objects.select_for_update(no_key=True)
        .select_related("campaign")
        .filter(
            merchant_id=merchant.id,
            campaign__kind=CampaignKind.WELCOME.value,
            campaign__state=CampaignState.RUNNING.value,
        )
        .first()
    )


def _require(merchant: MerchantFacts) -> Automation:
    automation = _locked(merchant)
    if automation is None:
        raise Missing("welcome_not_found")
    return automation


def _found(merchant: MerchantFacts) -> WelcomeFacts:
    found = welcome(merchant=merchant)
    assert found is not None
    return found


def _errors(draft: WelcomeDraft) -> list[FieldError]:
    return [
        *failed(
            [
                ("control_percent", "control_range", lambda: not 0 <= draft.control_percent <= 50),
                ("delay_minutes", "delay_range", lambda: not 0 <= draft.delay_minutes <= MAX_DELAY_MINUTES),
                ("measure_days", "measure_days_range", lambda: not 1 <= draft.measure_days <= 90),
            ]
        ),
        *content_errors(draft.content, has_coupon=draft.offer is not None, complete=False),
        *offer_errors(draft.offer),
    ]
