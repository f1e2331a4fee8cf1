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
from backoffice.campaigns.forms import ContentForm
from campaigns.facts import CampaignFacts, CampaignState, CouponOffer, MailContent
from campaigns.mailer.compose import preview_mail
from campaigns.queries import campaign, sample_values
from campaigns.rules.merge_fields import BODY_FIELDS, TemplateError, ValueMissingError, fill, parse
from campaigns.wording import template_error
from common.framed_pages import framed_page
from merchants.facts import MerchantFacts, Permission
from merchants.rules import may


@staff_page(Permission.SEE_CAMPAIGNS)
def saved_mail(request: StaffRequest, campaign_id: UUID) -> HttpResponse:
    """Show the mail of a campaign as it is saved; that of a draft only to those who may write it."""
    facts = campaign(merchant=request.staff.merchant, campaign_id=campaign_id)
    if facts.state is CampaignState.DRAFT and not may(request.staff.role, Permission.EDIT_CAMPAIGNS):
        raise Http404
    return _show_mail(request, facts.content, facts.offer)


@require_POST
@staff_page(Permission.EDIT_CAMPAIGNS)
def unsaved_mail(request: StaffRequest) -> HttpResponse:
    """Show the mail as the form has it now and save nothing; a coupon that cannot be read yet is left out."""
    form = ContentForm(request.staff.merchant.currency, request.POST)
    form.is_valid()
    content = MailContent(**{part: request.POST.get(part, "") for part in ("subject", "preview_text", "body")})
    has_broken_coupon = any(name.startswith("offer_") for name in form.errors)
    return _show_mail(request, content, None if has_broken_coupon else form.offer)


def _show_mail(request: StaffRequest, content: MailContent, offer: CouponOffer | None) -> HttpResponse:
    merchant = request.staff.merchant
    try:
        filled = preview_mail(
            merchant=merchant, content=content, offer=offer, today=local_day(merchant), name=request.staff.person
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
    values = sample_values(merchant=merchant, offer=facts.offer, name=name, today=local_day(merchant))
    filled = {}
    for part in ("subject", "preview_text"):
        text = getattr(facts.content, part)
        try:
            filled[part] = fill(parse(text, allowed=BODY_FIELDS, has_coupon=facts.offer is not None), values)
        except (TemplateError, ValueMissingError):
            filled[part] = text
    return filled


def local_day(merchant: MerchantFacts) -> date:
    """Return today's date on the merchant's clocks."""
    return timezone.now().astimezone(ZoneInfo(merchant.timezone)).date()
