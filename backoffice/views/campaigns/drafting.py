"""The steps of a draft: audience, content, review with test and schedule."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.forms.campaigns import AudienceForm, ContentForm, ScheduleForm
from backoffice.parts import Step
from backoffice.words import SEGMENT_WORDS
from campaigns.facts import AudienceEstimate, CampaignDraft, CampaignFacts
from campaigns.operations import (
    CampaignNotEditable,
    TestToControl,
    duplicate_campaign,
    request_test,
    save_draft,
    schedule_campaign,
)
from campaigns.queries import campaign, estimate_audience, sample_values
from campaigns.rules.merge_fields import BODY_FIELDS, TemplateError, ValueMissingError, fill, parse
from campaigns.tasks import queue_test_mail
from campaigns.wording import REASONS, offer_conditions
from common.errors import BadInput
from merchants.facts import MerchantFacts, Permission
from merchants.tenancy import refusable


@staff_page(Permission.EDIT_CAMPAIGNS)
def audience(request: StaffRequest, campaign_id: UUID | None = None) -> HttpResponse:
    """Step 1. With htmx only the estimate is answered, live while the numbers change."""
    merchant = request.staff.merchant
    facts = campaign(merchant=merchant, campaign_id=campaign_id) if campaign_id else None
    initial = AudienceForm.initial_of(facts)
    if facts is None and request.GET.get("segment") in SEGMENT_WORDS:
        initial["segment"] = request.GET["segment"]
    form = AudienceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        draft = _draft(facts, **form.cleaned_data)
        if getattr(request, "htmx", False):
            return _estimate_part(request, draft, campaign_id)
        saved = _save(request, form, draft, campaign_id)
        if saved is not None:
            return redirect("backoffice:campaign_content", campaign_id=saved.id)
    draft = _draft(facts, **({**initial, **getattr(form, "cleaned_data", {})}))
    return render(
        request,
        "backoffice/campaigns/audience.html",
        {
            "form": form,
            "facts": facts,
            "steps": _steps("audience", facts),
            "estimate": _estimate(merchant, draft, campaign_id),
            "exclusions": REASONS,
        },
        status=400 if form.errors else 200,
    )


def _estimate_part(request: StaffRequest, draft: CampaignDraft, campaign_id: UUID | None) -> HttpResponse:
    return render(
        request,
        "backoffice/campaigns/estimate.html",
        {
            "estimate": _estimate(request.staff.merchant, draft, campaign_id),
            "exclusions": REASONS,
        },
    )


def _estimate(merchant: MerchantFacts, draft: CampaignDraft, campaign_id: UUID | None) -> AudienceEstimate:
    return estimate_audience(
        merchant=merchant,
        segment=draft.segment,
        control_percent=draft.control_percent,
        frequency_cap_days=draft.frequency_cap_days,
        at=timezone.now(),
        offer=draft.offer,
        campaign_id=campaign_id,
    )


@staff_page(Permission.EDIT_CAMPAIGNS)
def content(request: StaffRequest, campaign_id: UUID) -> HttpResponse:
    """Step 2: subject, text and coupon."""
    merchant = request.staff.merchant
    facts = campaign(merchant=merchant, campaign_id=campaign_id)
    form = ContentForm(merchant.currency, request.POST or None, initial=ContentForm.initial_of(facts))
    if request.method == "POST" and form.is_valid():
        draft = _draft(facts, content=form.content, offer=form.offer)
        if _save(request, form, draft, campaign_id) is not None:
            return redirect("backoffice:campaign_review", campaign_id=campaign_id)
    return render(
        request,
        "backoffice/campaigns/content.html",
        {"form": form, "facts": facts, "steps": _steps("content", facts), "fields": sorted(BODY_FIELDS)},
        status=400 if form.errors else 200,
    )


@staff_page(Permission.EDIT_CAMPAIGNS)
def review(request: StaffRequest, campaign_id: UUID) -> HttpResponse:
    """Steps 3 and 4: whom, how many, at what cost, when; scheduling is the last press."""
    merchant = request.staff.merchant
    facts = campaign(merchant=merchant, campaign_id=campaign_id)
    now = timezone.now()
    tomorrow = now.astimezone(ZoneInfo(merchant.timezone)) + timedelta(days=1)
    form = ScheduleForm(request.POST or None, initial={"on": tomorrow.date(), "at": "10:00"})
    if request.method == "POST":
        at_once = "now" in request.POST
        if at_once or form.is_valid():
            scheduled_at = now if at_once else form.instant(merchant.timezone)
            try:
                with refusable():
                    schedule_campaign(
                        merchant=merchant, campaign_id=campaign_id, scheduled_at=scheduled_at, at=now,
                        actor=actor_of(request),
                    )  # fmt: skip
            except BadInput as bad:
                add_errors(form, bad, renamed={"scheduled_at": "on"})
            else:
                messages.success(request, gettext("The campaign is scheduled."))
                return redirect("backoffice:campaign", campaign_id=campaign_id)
    draft = _draft(facts)
    today = now.astimezone(ZoneInfo(merchant.timezone)).date()
    return render(
        request,
        "backoffice/campaigns/review.html",
        {
            "form": form,
            "facts": facts,
            "steps": _steps("review", facts),
            "estimate": _estimate(merchant, draft, campaign_id),
            "exclusions": REASONS,
            "segment_word": SEGMENT_WORDS.get(facts.segment, facts.segment),
            "conditions": offer_conditions(facts.offer, merchant.currency),
            "preview": sample_mail(merchant, facts, name=request.staff.person, today=today),
        },
        status=400 if form.errors else 200,
    )


@require_POST
@staff_page(Permission.EDIT_CAMPAIGNS)
def test_mail(request: StaffRequest, campaign_id: UUID) -> HttpResponse:
    """One test to the person at the screen."""
    merchant, actor = request.staff.merchant, actor_of(request)
    assert actor.user_id is not None
    try:
        with refusable():
            request_test(
                merchant=merchant, campaign_id=campaign_id, user_id=actor.user_id, at=timezone.now(), actor=actor
            )
    except BadInput as bad:
        messages.error(request, " ".join(error.message for error in bad.errors))
    except TestToControl:
        messages.error(request, gettext("Your own address is in the control group: no test goes there."))
    else:
        queue_test_mail(merchant=merchant, campaign_id=campaign_id, user_id=actor.user_id)
        messages.success(request, gettext("The test is on its way to %(email)s.") % {"email": request.staff.email})
    return redirect("backoffice:campaign_review", campaign_id=campaign_id)


@require_POST
@staff_page(Permission.EDIT_CAMPAIGNS)
def duplicate(request: StaffRequest, campaign_id: UUID) -> HttpResponse:
    copy = duplicate_campaign(
        merchant=request.staff.merchant, campaign_id=campaign_id, at=timezone.now(), actor=actor_of(request)
    )
    return redirect("backoffice:campaign_audience", campaign_id=copy.id)


def sample_mail(merchant: MerchantFacts, facts: CampaignFacts, *, name: str, today: date) -> dict[str, str]:
    """Subject and text with the merge fields filled for the reader; empty where the text cannot be filled yet."""
    values = sample_values(merchant=merchant, campaign=facts, name=name, today=today)
    filled = {}
    for part in ("subject", "preview_text", "body"):
        text = getattr(facts.content, part)
        try:
            filled[part] = fill(parse(text, allowed=BODY_FIELDS, has_coupon=facts.offer is not None), values)
        except (TemplateError, ValueMissingError):
            filled[part] = text
    return filled


def _draft(facts: CampaignFacts | None, **changes: object) -> CampaignDraft:
    names = ("name", "segment", "content", "offer", "control_percent", "frequency_cap_days", "measure_days")
    values = {name: getattr(facts, name) for name in names} if facts is not None else {"name": ""}
    return CampaignDraft(**{**values, **changes})


def _save(request: StaffRequest, form: Form, draft: CampaignDraft, campaign_id: UUID | None) -> CampaignFacts | None:
    try:
        with refusable():
            return save_draft(
                merchant=request.staff.merchant,
                draft=draft,
                at=timezone.now(),
                actor=actor_of(request),
                campaign_id=campaign_id,
            )
    except CampaignNotEditable:
        form.add_error(None, gettext("Only a draft can be changed. Unschedule it, or duplicate it."))
    except BadInput as bad:
        add_errors(form, bad)
    return None


def add_errors(form: Form, bad: BadInput, *, renamed: dict[str, str] | None = None) -> None:
    """A domain error's fields onto the form's."""
    for error in bad.errors:
        name = error.pointer.strip("/")
        name = (renamed or {}).get(name, name)
        form.add_error(name if name in form.fields else None, error.message)


def _steps(current: str, facts: CampaignFacts | None) -> list[Step]:
    names = {
        "audience": gettext("Audience"),
        "content": gettext("Content"),
        "review": gettext("Review and schedule"),
    }
    order = list(names)
    steps = []
    for index, name in enumerate(order):
        done = index < order.index(current)
        url = reverse(f"backoffice:campaign_{name}", args=[facts.id]) if facts and name != current else ""
        steps.append(Step(names[name], "current" if name == current else "done" if done else "next", url))
    return steps
