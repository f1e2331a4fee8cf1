"""The steps of a draft: audience, content, review with test and schedule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
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

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.campaigns.automations import words_of
from backoffice.campaigns.coupons import chosen_now, coupon_choices, coupon_warnings, new_coupon_url
from backoffice.campaigns.forms import AudienceForm, ContentForm, ScheduleForm
from backoffice.campaigns.views.mails import conditions_shown, mail_head
from backoffice.parts import WizardStep
from backoffice.slow_pages import slow_page
from backoffice.words import MERGE_FIELD_WORDS, SEGMENT_WORDS, TEST_WORDS
from campaigns.facts import AudienceEstimate, CampaignDraft, CampaignFacts, CampaignState
from campaigns.operations import (
    CampaignNotEditable,
    ControlGetsNoTest,
    discard_draft,
    duplicate_campaign,
    request_test,
    save_draft,
    schedule_campaign,
)
from campaigns.queries import campaign, estimate_audience
from campaigns.rules.merge_fields import BODY_FIELDS, TemplateError, ValueMissingError, fill, parse
from campaigns.rules.proof import load_statistics
from campaigns.tasks import queue_test_mail
from campaigns.wording import REASONS
from common.errors import BadInput, FieldError
from common.form_errors import add_errors
from common.languages import reader_language
from common.quantities import DECIMAL_MARK, format_instant
from merchants.facts import MerchantFacts, Permission
from merchants.tenancy import refusable
from messaging.queries import sending_policy
from rewards.coupons.facts import BatchFacts


@staff_page(Permission.EDIT_CAMPAIGNS, prepare=load_statistics)
@slow_page
def audience(request: StaffRequest, campaign_id: UUID | None = None) -> HttpResponse:
    """Show and save step 1. An htmx request gets only the estimate, so that it follows the numbers as they change."""
    merchant = request.staff.merchant
    facts = campaign(merchant=merchant, campaign_id=campaign_id) if campaign_id else None
    initial = AudienceForm.initial_of(facts, sending_policy(merchant=merchant))
    if facts is None and request.GET.get("segment") in SEGMENT_WORDS:
        initial["segment"] = request.GET["segment"]
    if facts is not None and (elsewhere := _not_a_draft(facts)):
        return elsewhere
    form = AudienceForm(post_data(request), initial=initial)
    valid = request.method == "POST" and form.is_valid()
    draft = draft_of(facts, **{**initial, **getattr(form, "cleaned_data", {})})
    if getattr(request, "htmx", False):
        return _estimate_part(request, draft, campaign_id, facts.coupon if facts else None)
    if valid:
        saved = _save_form(request, form, draft, campaign_id, awaits_coupon=True)
        if saved is not None:
            return redirect("backoffice:campaign_content", campaign_id=saved.id)
    return render(
        request,
        "backoffice/campaigns/audience.html",
        {
            "form": form,
            "facts": facts,
            "steps": _list_steps("audience", facts),
            **estimate_values(estimate_of(merchant, draft, campaign_id, facts.coupon if facts else None)),
        },
        status=400 if form.errors else 200,
    )


def _not_a_draft(facts: CampaignFacts) -> HttpResponse | None:
    """Return the page to show instead of the steps, None for a draft: an automation has a page of its own.

    What has started can only be looked at, on its report.
    """
    if words := words_of(facts):
        return redirect(words.page)
    if facts.state is not CampaignState.DRAFT:
        return redirect("backoffice:campaign", campaign_id=facts.id)
    return None


def _estimate_part(
    request: StaffRequest, draft: CampaignDraft, campaign_id: UUID | None, coupon: BatchFacts | None
) -> HttpResponse:
    return render(
        request,
        "backoffice/campaigns/estimate.html",
        {
            **estimate_values(estimate_of(request.staff.merchant, draft, campaign_id, coupon)),
        },
    )


def estimate_values(estimate: AudienceEstimate) -> dict[str, object]:
    """Return what the estimate's template shows; figures have a comma in every language, as all figures do."""
    points = estimate.detectable_points
    return {
        "estimate": estimate,
        "exclusions": REASONS,
        "detectable": None if points is None else f"{points:.1f}".replace(".", DECIMAL_MARK),
    }


def estimate_of(
    merchant: MerchantFacts, draft: CampaignDraft, campaign_id: UUID | None, coupon: BatchFacts | None = None
) -> AudienceEstimate:
    return estimate_audience(
        merchant=merchant,
        segment=draft.segment,
        control_percent=draft.control_percent,
        frequency_cap_days=draft.frequency_cap_days,
        at=timezone.now(),
        coupon=coupon,
        campaign_id=campaign_id,
    )


@staff_page(Permission.EDIT_CAMPAIGNS)
def content(request: StaffRequest, campaign_id: UUID) -> HttpResponse:
    """Show and save step 2: subject, text and coupon."""
    merchant = request.staff.merchant
    facts = campaign(merchant=merchant, campaign_id=campaign_id)
    if elsewhere := _not_a_draft(facts):
        return elsewhere
    coupons = coupon_choices(merchant, facts.coupon, timezone.now())
    initial = ContentForm.initial_of(facts) | chosen_now(request, coupons)
    form = ContentForm(coupons, post_data(request), initial=initial)
    new_url = new_coupon_url(request, str(facts.id))
    if request.method == "POST" and form.is_valid():
        draft = draft_of(facts, content=form.content, batch_id=form.batch)
        leads_on = form.wants_new_coupon and bool(new_url)
        if _save_form(request, form, draft, campaign_id, awaits_coupon=leads_on) is not None:
            return redirect(new_url) if leads_on else redirect("backoffice:campaign_review", campaign_id=campaign_id)
    return render(
        request,
        "backoffice/campaigns/content.html",
        {
            "form": form,
            "facts": facts,
            "steps": _list_steps("content", facts),
            "fields": MERGE_FIELD_WORDS.items(),
            "new_coupon_url": new_url,
            "mail_url": reverse("backoffice:campaign_mail", args=[facts.id]) if facts.content.body else "",
        },
        status=400 if form.errors else 200,
    )


@staff_page(Permission.EDIT_CAMPAIGNS, prepare=load_statistics)
@slow_page
def review(request: StaffRequest, campaign_id: UUID) -> HttpResponse:
    """Show steps 3 and 4: who gets it, how many, what it costs and when; the last button schedules it."""
    merchant = request.staff.merchant
    facts = campaign(merchant=merchant, campaign_id=campaign_id)
    if elsewhere := _not_a_draft(facts):
        return elsewhere
    now = timezone.now()
    tomorrow = now.astimezone(ZoneInfo(merchant.timezone)) + timedelta(days=1)
    at_once = "now" in request.POST
    form = ScheduleForm(
        merchant.timezone,
        now,
        None if at_once else post_data(request),
        initial={"on": tomorrow.date(), "at": time(10)},
    )
    if request.method == "POST" and (at_once or form.is_valid()):
        problems = _schedule_draft(request, campaign_id, scheduled_at=now if at_once else form.instant, at=now)
        if not problems:
            return redirect("backoffice:campaign", campaign_id=campaign_id)
        if at_once:
            messages.error(request, " ".join(error.message for error in problems))
            return redirect("backoffice:campaign_review", campaign_id=campaign_id)
        add_errors(form, BadInput(problems), renamed={"scheduled_at": "on", "batch_id": "on"})
    estimate = estimate_of(merchant, draft_of(facts), campaign_id, facts.coupon)
    return render(
        request,
        "backoffice/campaigns/review.html",
        {
            "form": form,
            "facts": facts,
            "steps": _list_steps("review", facts),
            **estimate_values(estimate),
            "segment_word": SEGMENT_WORDS.get(facts.segment, facts.segment),
            "checks": _list_checks(request, facts),
            "coupon_warnings": coupon_warnings(merchant, facts, treated=estimate.treated, now=now),
            "conditions": conditions_shown(merchant, facts),
            "preview": mail_head(merchant, facts, name=request.staff.person),
        },
        status=400 if form.errors else 200,
    )


@dataclass(frozen=True)
class DraftCheck:
    text: str
    done: bool


def _list_checks(request: StaffRequest, facts: CampaignFacts) -> list[DraftCheck]:
    """Return what deserves a look before anything is sent."""
    test = gettext("No test sent yet")
    if facts.tested_at:
        language = reader_language()
        test = gettext("Test %(when)s: %(outcome)s") % {
            "when": format_instant(facts.tested_at, request.staff.merchant.timezone, language),
            "outcome": TEST_WORDS.get(facts.test_outcome, facts.test_outcome or gettext("on its way")),
        }
    return [
        DraftCheck(gettext("Subject and text are written"), bool(facts.content.subject and facts.content.body)),
        DraftCheck(gettext("One-click unsubscribe is in every e-mail"), done=True),
        DraftCheck(
            gettext("Control group %(percent)s%%") % {"percent": facts.control_percent}, facts.control_percent > 0
        ),
        DraftCheck(test, facts.test_outcome == "accepted"),
    ]


def _schedule_draft(
    request: StaffRequest, campaign_id: UUID, *, scheduled_at: datetime, at: datetime
) -> Sequence[FieldError]:
    """Schedule the draft and say so; return the errors where something is missing."""
    try:
        with refusable():
            schedule_campaign(
                merchant=request.staff.merchant,
                campaign_id=campaign_id,
                scheduled_at=scheduled_at,
                at=at,
                actor=actor_of(request),
            )
    except CampaignNotEditable:
        messages.info(request, gettext("The campaign is scheduled already."))
    except BadInput as bad:
        return bad.errors
    else:
        done = gettext("The campaign is being sent.") if scheduled_at <= at else gettext("The campaign is scheduled.")
        messages.success(request, done)
    return ()


@require_POST
@staff_page(Permission.EDIT_CAMPAIGNS)
def test_mail(request: StaffRequest, campaign_id: UUID) -> HttpResponse:
    """Send one test mail to the person who asks for it."""
    merchant, actor = request.staff.merchant, actor_of(request)
    assert actor.user_id is not None
    try:
        with refusable():
            request_test(
                merchant=merchant, campaign_id=campaign_id, user_id=actor.user_id, at=timezone.now(), actor=actor
            )
    except BadInput as bad:
        messages.error(request, " ".join(error.message for error in bad.errors))
    except ControlGetsNoTest:
        messages.error(request, gettext("Your own address is in the control group: no test goes there."))
    else:
        queue_test_mail(merchant=merchant, campaign_id=campaign_id, user_id=actor.user_id)
        messages.success(request, gettext("The test is on its way to %(email)s.") % {"email": request.staff.email})
    return redirect("backoffice:campaign_review", campaign_id=campaign_id)


@require_POST
@staff_page(Permission.EDIT_CAMPAIGNS)
def discard(request: StaffRequest, campaign_id: UUID) -> HttpResponse:
    """Delete a draft for ever; if it was scheduled meanwhile it stays and is shown."""
    try:
        with refusable():
            discard_draft(
                merchant=request.staff.merchant, campaign_id=campaign_id, at=timezone.now(), actor=actor_of(request)
            )
    except CampaignNotEditable:
        messages.error(request, gettext("Meanwhile the campaign has moved on: see its state below."))
        return redirect("backoffice:campaign", campaign_id=campaign_id)
    messages.success(request, gettext("The draft is discarded."))
    return redirect("backoffice:campaigns")


@require_POST
@staff_page(Permission.EDIT_CAMPAIGNS)
def duplicate(request: StaffRequest, campaign_id: UUID) -> HttpResponse:
    copy = duplicate_campaign(
        merchant=request.staff.merchant, campaign_id=campaign_id, at=timezone.now(), actor=actor_of(request)
    )
    return redirect("backoffice:campaign_audience", campaign_id=copy.id)


def subject_in_words(facts: CampaignFacts) -> str:
    """Return one subject for all mails of the campaign: what differs by member is named there, [First name].

    A subject whose fields cannot be read is returned as it was written.
    """
    words = {name: f"[{word}]" for name, word in MERGE_FIELD_WORDS.items()}
    try:
        return fill(parse(facts.content.subject, allowed=BODY_FIELDS), words)
    except (TemplateError, ValueMissingError):
        return facts.content.subject


def draft_of(facts: CampaignFacts | None, **changes: object) -> CampaignDraft:
    names = ("name", "segment", "content", "batch_id", "control_percent", "frequency_cap_days", "measure_days")
    values = {name: getattr(facts, name) for name in names} if facts is not None else {"name": ""}
    return CampaignDraft(**{**values, **changes})


def _save_form(
    request: StaffRequest,
    form: Form,
    draft: CampaignDraft,
    campaign_id: UUID | None,
    *,
    awaits_coupon: bool = False,
) -> CampaignFacts | None:
    try:
        with refusable():
            return save_draft(
                merchant=request.staff.merchant,
                draft=draft,
                at=timezone.now(),
                actor=actor_of(request),
                campaign_id=campaign_id,
                awaits_coupon=awaits_coupon,
            )
    except CampaignNotEditable:
        form.add_error(None, gettext("Only a draft can be changed. Unschedule it, or duplicate it."))
    except BadInput as bad:
        add_errors(form, bad)
    return None


def _list_steps(current: str, facts: CampaignFacts | None) -> list[WizardStep]:
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
        steps.append(WizardStep(names[name], "current" if name == current else "done" if done else "next", url))
    return steps
