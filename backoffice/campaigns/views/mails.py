"""The mail as a member will see it, shown in a frame beside its text: as it is saved, or as the form has it now."""

from __future__ import annotations

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, staff_page
from campaigns.facts import CampaignFacts, CampaignState, MailContent
from campaigns.mailer.compose import preview_mail
from campaigns.queries import campaign, coupon_conditions, sample_values
from campaigns.rules.merge_fields import BODY_FIELDS, TemplateError, ValueMissingError, fill, parse
from campaigns.wording import template_error
from common.framed_pages import framed_page
from common.ids import uuid_or_none
from common.languages import reader_language
from merchants.facts import MerchantFacts, Permission
from merchants.rules import may
from rewards.coupons.facts import BatchFacts
from rewards.coupons.queries import batches_by_id


@staff_page(Permission.SEE_CAMPAIGNS)
def saved_mail(request: StaffRequest, campaign_id: UUID) -> HttpResponse:
    """Show the mail of a campaign as it is saved; that of a draft only to those who may write it."""
    facts = campaign(merchant=request.staff.merchant, campaign_id=campaign_id)
    if facts.state is CampaignState.DRAFT and not may(request.staff.role, Permission.EDIT_CAMPAIGNS):
        raise Http404
    return _show_mail(request, facts.content, facts.coupon)


@require_POST
@staff_page(Permission.EDIT_CAMPAIGNS)
def unsaved_mail(request: StaffRequest) -> HttpResponse:
    """Show the mail as the form has it now and save nothing; an unknown coupon is left out."""
    content = MailContent(**{part: request.POST.get(part, "") for part in ("subject", "preview_text", "body")})
    chosen = uuid_or_none(request.POST.get("batch_id"))
    found = batches_by_id(merchant=request.staff.merchant, batch_ids=[chosen] if chosen else [])
    return _show_mail(request, content, next(iter(found.values()), None))


def _show_mail(request: StaffRequest, content: MailContent, coupon: BatchFacts | None) -> HttpResponse:
    merchant = request.staff.merchant
    try:
        filled = preview_mail(
            merchant=merchant, content=content, coupon=coupon, today=local_day(merchant), name=request.staff.person
        )
    except TemplateError as problem:
        return _explain_problem(template_error("body", problem).message)
    except ValueMissingError:
        return _explain_problem(gettext("Choose a coupon first: the text names it."))
    return framed_page(filled.html)


def _explain_problem(problem: str) -> HttpResponse:
    return framed_page(render_to_string("backoffice/campaigns/mail_problem.html", {"problem": problem}))


def mail_head(merchant: MerchantFacts, facts: CampaignFacts, *, name: str) -> dict[str, str]:
    """Return subject and preview text with the merge fields filled; as written where they cannot be filled."""
    values = sample_values(merchant=merchant, coupon=facts.coupon, name=name, today=local_day(merchant))
    filled = {}
    for part in ("subject", "preview_text"):
        text = getattr(facts.content, part)
        try:
            filled[part] = fill(parse(text, allowed=BODY_FIELDS, has_coupon=facts.coupon is not None), values)
        except (TemplateError, ValueMissingError):
            filled[part] = text
    return filled


def conditions_shown(merchant: MerchantFacts, facts: CampaignFacts) -> list[str]:
    """Return the coupon's terms in the reader's language; none without a coupon."""
    if facts.coupon is None:
        return []
    return coupon_conditions(merchant=merchant, coupon=facts.coupon, language=reader_language())


def local_day(merchant: MerchantFacts) -> date:
    """Return today's date on the merchant's clocks."""
    return timezone.now().astimezone(ZoneInfo(merchant.timezone)).date()
