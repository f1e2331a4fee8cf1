"""Writing a campaign: a draft is saved if what it says is right, scheduled only when nothing is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext

from campaigns.facts import CampaignDraft, CampaignFacts, CampaignKind, CampaignState, MailContent
from campaigns.models import Campaign
from campaigns.queries.campaigns import facts_of
from campaigns.rules.merge_fields import BODY_FIELDS, SUBJECT_FIELDS, TemplateError, parse
from campaigns.wording import field_error, template_error
from common.errors import BadInput, FieldError, Missing, Refusal
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from messaging.facts import MOST_CAP_DAYS
from rewards.coupons.queries import batches_by_id
from segments.facts import Segment

MAX_SUBJECT: Final = 150
MAX_PREVIEW: Final = 200
MAX_BODY: Final = 20_000
Check = tuple[str, str, Callable[[], bool]]


class CampaignNotEditable(Refusal):
    """Only a draft can be edited: unschedule the campaign, or duplicate it when it has been sent."""

    code = "campaign_not_editable"


def save_draft(
    *,
    merchant: MerchantFacts,
    draft: CampaignDraft,
    at: datetime,
    actor: Actor,
    campaign_id: UUID | None = None,
    awaits_coupon: bool = False,
) -> CampaignFacts:
    """Save a new draft or change an existing one. Texts may still be empty; what is filled in must be right.

    With `awaits_coupon` the text may name a coupon that has not been chosen yet. Raises BadInput (fields name,
    segment, subject, preview_text, body, batch_id, control_percent, frequency_cap_days, measure_days),
    Missing('campaign_not_found'), CampaignNotEditable.
    """
    errors = _draft_errors(merchant, draft, awaits_coupon=awaits_coupon)
    if errors:
        raise BadInput(errors)
    columns = _columns_of_draft(draft)
    if campaign_id is None:
        row = Campaign.objects.create(
            merchant_id=merchant.id, created_at=at, created_by=actor.label, zone=merchant.timezone, **columns
        )
        action = "campaign.created"
    else:
        row = editable_row(merchant=merchant, campaign_id=campaign_id)
        for name, value in columns.items():
            setattr(row, name, value)
        row.save(update_fields=list(columns))
        action = "campaign.changed"
    record_audit(
        merchant=merchant, actor=actor, action=action, at=at, subject=("campaign", row.id), after={"name": row.name}
    )
    return facts_of(row, merchant=merchant)


def duplicate_campaign(*, merchant: MerchantFacts, campaign_id: UUID, at: datetime, actor: Actor) -> CampaignFacts:
    """Make a new draft that says the same to the same segment. Raises Missing('campaign_not_found')."""
    row = Campaign.objects.filter(merchant_id=merchant.id, id=campaign_id, kind=CampaignKind.CAMPAIGN.value).first()
    if row is None:
        raise Missing("campaign_not_found")
    facts = facts_of(row, merchant=merchant)
    draft = CampaignDraft(
        name=gettext("Copy of %(name)s") % {"name": facts.name[:100]},
        segment=facts.segment,
        content=facts.content,
        batch_id=facts.batch_id,
        control_percent=facts.control_percent,
        frequency_cap_days=facts.frequency_cap_days,
        measure_days=facts.measure_days,
    )
    return save_draft(merchant=merchant, draft=draft, at=at, actor=actor, awaits_coupon=True)


def discard_draft(*, merchant: MerchantFacts, campaign_id: UUID, at: datetime, actor: Actor) -> None:
    """Delete a draft that was never scheduled. Raises Missing('campaign_not_found'), CampaignNotEditable."""
    row = editable_row(merchant=merchant, campaign_id=campaign_id)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="campaign.discarded",
        at=at,
        subject=("campaign", row.id),
        before={"name": row.name},
    )
    Campaign.objects.filter(merchant_id=merchant.id, id=row.id).delete()


def editable_row(*, merchant: MerchantFacts, campaign_id: UUID) -> Campaign:
    """Return the draft's row, locked. Raises Missing('campaign_not_found'), CampaignNotEditable."""
    row = (
        Campaign.objects.select_for_update(no_key=True)
        .filter(merchant_id=merchant.id, id=campaign_id, kind=CampaignKind.CAMPAIGN.value)
        .first()
    )
    if row is None:
        raise Missing("campaign_not_found")
    if row.state != CampaignState.DRAFT.value:
        raise CampaignNotEditable(state=row.state)
    return row


def content_errors(content: MailContent, *, has_coupon: bool, complete: bool) -> list[FieldError]:
    """Return the mistakes in subject, preview text and body; with `complete` subject and body may not be empty."""
    checks: list[Check] = [
        ("subject", "subject_too_long", lambda: len(content.subject) > MAX_SUBJECT),
        ("subject", "one_line", lambda: bool({"\n", "\r"} & set(content.subject))),
        ("preview_text", "preview_too_long", lambda: len(content.preview_text) > MAX_PREVIEW),
        ("preview_text", "one_line", lambda: bool({"\n", "\r"} & set(content.preview_text))),
        ("body", "body_too_long", lambda: len(content.body) > MAX_BODY),
    ]
    if complete:
        checks += [
            ("subject", "subject_required", lambda: not content.subject.strip()),
            ("body", "body_required", lambda: not content.body.strip()),
        ]
    found = failed(checks)
    for field, text, allowed in (
        ("subject", content.subject, SUBJECT_FIELDS),
        ("preview_text", content.preview_text, SUBJECT_FIELDS),
        ("body", content.body, BODY_FIELDS),
    ):
        try:
            parse(text, allowed=allowed, has_coupon=has_coupon)
        except TemplateError as problem:
            found.append(template_error(field, problem))
    return found


def coupon_errors(merchant: MerchantFacts, batch_id: UUID | None) -> list[FieldError]:
    """Return the mistake of naming anything but the merchant's own personal coupons; it need not run yet."""
    if batch_id is None:
        return []
    batch = batches_by_id(merchant=merchant, batch_ids=[batch_id]).get(batch_id)
    return [] if batch is not None and batch.kind == "issued" else [field_error("batch_id", "coupon_unknown")]


def failed(checks: list[Check]) -> list[FieldError]:
    return [field_error(field, code) for field, code, wrong in checks if wrong()]


def content_columns(content: MailContent, batch_id: UUID | None) -> dict[str, Any]:
    return {
        "subject": content.subject.strip(),
        "preview_text": content.preview_text.strip(),
        "body": content.body.replace("\r\n", "\n"),
        "batch_id": batch_id,
    }


def _draft_errors(merchant: MerchantFacts, draft: CampaignDraft, *, awaits_coupon: bool) -> list[FieldError]:
    return [
        *failed(
            [
                ("name", "name_required", lambda: not draft.name.strip()),
                ("name", "name_too_long", lambda: len(draft.name) > 120),
                ("segment", "segment_unknown", lambda: draft.segment not in {s.value for s in Segment}),
                ("control_percent", "control_range", lambda: not 0 <= draft.control_percent <= 50),
                ("frequency_cap_days", "cap_days_range", lambda: not 0 <= draft.frequency_cap_days <= MOST_CAP_DAYS),
                ("measure_days", "measure_days_range", lambda: not 1 <= draft.measure_days <= 90),
            ]
        ),
        *content_errors(draft.content, has_coupon=awaits_coupon or draft.batch_id is not None, complete=False),
        *coupon_errors(merchant, draft.batch_id),
    ]


def _columns_of_draft(draft: CampaignDraft) -> dict[str, Any]:
    return {
        "name": draft.name.strip(),
        "segment": draft.segment,
        "control_percent": draft.control_percent,
        "frequency_cap_days": draft.frequency_cap_days,
        "measure_days": draft.measure_days,
        **content_columns(draft.content, draft.batch_id),
    }
