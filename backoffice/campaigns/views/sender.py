"""How a store sends: the sender's name, where answers go, how many mails a minute, and the quiet hours."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.campaigns.forms import SenderForm
from common.errors import BadInput
from common.form_errors import add_errors
from merchants.facts import MerchantFacts, Permission
from merchants.tenancy import refusable
from messaging.facts import SendingPolicyFacts
from messaging.mailer.link import sender_address
from messaging.operations import save_sending_policy
from messaging.queries import sending_policy


@staff_page(Permission.EDIT_CAMPAIGNS)
def sender(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    known = sending_policy(merchant=merchant)
    form = SenderForm(merchant, timezone.now(), post_data(request), initial=SenderForm.initial_of(known))
    if request.method == "POST" and form.is_valid() and _save_policy(request, form):
        return redirect("backoffice:sender")
    return render(
        request,
        "backoffice/campaigns/sender.html",
        {"form": form, "address": sender_address(), "policy": known},
        status=400 if form.errors else 200,
    )


def _save_policy(request: StaffRequest, form: SenderForm) -> bool:
    merchant = request.staff.merchant
    try:
        with refusable():
            save_sending_policy(
                merchant=merchant, policy=_policy_of(merchant, form), at=timezone.now(), actor=actor_of(request)
            )
    except BadInput as bad:
        add_errors(form, bad)
        return False
    messages.success(request, gettext("Saved. It holds from the next e-mail on."))
    return True


def _policy_of(merchant: MerchantFacts, form: SenderForm) -> SendingPolicyFacts:
    """Return what the form says; the store's own name is not saved, so that it follows when the store is renamed."""
    data = form.cleaned_data
    return SendingPolicyFacts(
        sender_name="" if data["sender_name"] == merchant.name else data["sender_name"],
        reply_to=data["reply_to"],
        throttle_per_minute=data["throttle_per_minute"],
        quiet_from=data["quiet_from"],
        quiet_until=data["quiet_until"],
        frequency_cap_days=data["frequency_cap_days"],
    )
