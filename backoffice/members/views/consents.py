"""What a member agreed to, with its proof; staff record what was said to them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.consent_words import proof_in_words, recorded_by, subject_of_consent
from backoffice.members.consent_forms import ConsentForm
from common.errors import BadInput
from common.form_errors import add_errors
from members.facts import ConsentMethod, Topic
from members.operations import GuardianNeeded, consent_to_staff
from members.queries import consents, member
from members.wording import CONSENT_CHANNELS, consent_text
from merchants.facts import Permission
from merchants.rules import may
from merchants.tenancy import refusable


@staff_page(Permission.SEE_MEMBERS)
def member_consents(request: StaffRequest, member_id: UUID) -> HttpResponse:
    return _consent_page(request, member_id, _form_of(request))


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def consent_record(request: StaffRequest, member_id: UUID) -> HttpResponse:
    merchant, now = request.staff.merchant, timezone.now()
    form = _form_of(request)
    if form.is_valid():
        given = form.cleaned_data
        try:
            with refusable():
                changed = consent_to_staff(
                    merchant=merchant,
                    member_id=member_id,
                    granted=given["said"] == "yes",
                    topic=Topic.PROMO,
                    channel=CONSENT_CHANNELS[given["wording"]],
                    text_version=given["wording"],
                    method=ConsentMethod(given["method"]),
                    said_on=given["said_on"],
                    actor=actor_of(request),
                    at=now,
                    business_date=merchant.day_of(now),
                )
        except GuardianNeeded:
            words = gettext("Under 18: first record on the member's page that a parent or guardian agrees.")
            form.add_error("said", words)
        except BadInput as bad:
            add_errors(form, bad)
        else:
            if changed:
                messages.success(request, gettext("Recorded. It counts from now on."))
            else:
                messages.info(request, gettext("Nothing was recorded: the member's answer is the same as before."))
            return redirect("backoffice:member_consents", member_id=member_id)
    return _consent_page(request, member_id, form)


def _form_of(request: StaffRequest) -> ConsentForm:
    return ConsentForm(post_data(request), today=request.staff.merchant.day_of(timezone.now()))


def _consent_page(request: StaffRequest, member_id: UUID, form: ConsentForm) -> HttpResponse:
    merchant = request.staff.merchant
    found = member(merchant=merchant, member_id=member_id)
    history = consents(merchant=merchant, member_id=found.id)
    states = [
        {
            "subject": subject_of_consent(Topic.PROMO, channel),
            "text": consent_text(merchant.name, version),
            "row": next((row for row in history if (row.topic, row.channel) == (Topic.PROMO, channel)), None),
        }
        for version, channel in CONSENT_CHANNELS.items()
    ]
    rows = [
        {
            "one": row,
            "subject": subject_of_consent(row.topic, row.channel),
            "proof": proof_in_words(row),
            "by": recorded_by(row),
        }
        for row in history
    ]
    context = {
        "member": found,
        "form": form,
        "states": states,
        "rows": rows,
        "may_record": may(request.staff.role, Permission.EDIT_MEMBERS),
    }
    return render(request, "backoffice/members/consents.html", context, status=400 if form.errors else 200)
