"""The welcome of new members: written once, then switched on and off."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.campaigns.coupons import chosen_now, coupon_choices, new_coupon_url
from backoffice.campaigns.forms import WelcomeForm
from backoffice.campaigns.views.recent_members import DAYS, first_instant
from backoffice.coupons.way_back import WELCOME
from backoffice.words import MERGE_FIELD_WORDS
from campaigns.facts import AutomationDraft, AutomationFacts, MailContent, TriggerName
from campaigns.operations import save_automation, turn_off_automation, turn_on_automation
from campaigns.queries import automation_of, count_missed_members
from common.errors import BadInput, Missing
from common.form_errors import add_errors
from merchants.facts import Permission
from merchants.tenancy import refusable
from messaging.queries import sending_policy


@staff_page(Permission.EDIT_CAMPAIGNS)
def edit_welcome(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    known = automation_of(merchant=merchant, trigger=TriggerName.JOINED)
    coupons = coupon_choices(merchant, known.campaign.coupon if known else None, timezone.now())
    form = WelcomeForm(coupons, post_data(request), initial=_initial_values(known) | chosen_now(request, coupons))
    new_url = new_coupon_url(request, WELCOME)
    if request.method == "POST":
        if request.POST.get("switch") == "off":
            turn_off_automation(
                merchant=merchant, trigger=TriggerName.JOINED, at=timezone.now(), actor=actor_of(request)
            )
            messages.success(request, gettext("New members get no welcome any more."))
            return redirect("backoffice:welcome")
        if form.is_valid() and _save_form(request, form):
            return redirect(new_url if form.wants_new_coupon and new_url else "backoffice:welcome")
    return render(
        request,
        "backoffice/campaigns/welcome.html",
        {
            "form": form,
            "welcome": known,
            "new_coupon_url": new_url,
            "fields": MERGE_FIELD_WORDS.items(),
            "policy": sending_policy(merchant=merchant),
            "since": first_instant(merchant, DAYS).date(),
            "not_welcomed": (
                count_missed_members(merchant=merchant, trigger=TriggerName.JOINED, since=first_instant(merchant, DAYS))
                if known and known.is_on
                else 0
            ),
            "mail_url": reverse("backoffice:campaign_mail", args=[known.campaign.id]) if known else "",
        },
        status=400 if form.errors else 200,
    )


def _save_form(request: StaffRequest, form: WelcomeForm) -> bool:
    merchant, now, actor = request.staff.merchant, timezone.now(), actor_of(request)
    draft = AutomationDraft(
        content=form.content,
        batch_id=form.batch,
        control_percent=form.cleaned_data["control_percent"],
        delay_minutes=form.cleaned_data["delay_minutes"],
    )
    try:
        with refusable():
            save_automation(
                merchant=merchant,
                trigger=TriggerName.JOINED,
                draft=draft,
                at=now,
                actor=actor,
                awaits_coupon=form.wants_new_coupon,
            )
            if request.POST.get("switch") == "on":
                turn_on_automation(merchant=merchant, trigger=TriggerName.JOINED, at=now, actor=actor)
    except BadInput as bad:
        add_errors(form, bad)
        return False
    except Missing:
        form.add_error(None, gettext("Write the welcome before you switch it on."))
        return False
    messages.success(
        request,
        gettext("Everybody who joins from now on is welcomed.")
        if request.POST.get("switch") == "on"
        else gettext("The welcome is saved."),
    )
    return True


def _initial_values(known: AutomationFacts | None) -> dict[str, object]:
    if known is not None:
        return {
            **WelcomeForm.initial_of(known.campaign),
            "delay_minutes": known.delay_minutes,
            "control_percent": known.campaign.control_percent,
        }
    draft = AutomationDraft(content=MailContent())
    return {
        "subject": gettext("Welcome to {{ merchant }}"),
        "body": gettext(
            "Hello {{ first_name | friend }},\n\nthank you for joining {{ merchant }}. "
            "Your card is always with you: {{ card_link }}"
        ),
        "delay_minutes": draft.delay_minutes,
        "control_percent": draft.control_percent,
    }
