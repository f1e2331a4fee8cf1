"""Which messages a member gets: a box per topic and channel, and one button that stops them all."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from member_pages.access import PageVisit, member_page
from member_pages.forms import StopForm
from members.facts import ConsentSource
from members.operations import GuardianNeeded, set_consent, withdraw_consent
from members.queries import member_by_card_token
from members.rules import mask_email
from members.wording import consent_text
from merchants.tenancy import refusable


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def preferences(request: HttpRequest, visit: PageVisit, token: str) -> HttpResponse:
    """Show and save preferences; the answer stays on this page, where it can be changed back at once."""
    merchant = visit.merchant
    member = member_by_card_token(merchant=merchant, token=token)
    done, needs_guardian = "", False
    wanted = member.promo_email
    form = StopForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        wanted = "stop_all" not in request.POST and "promo_email" in request.POST
        if wanted:
            try:
                with refusable():
                    set_consent(
                        merchant=merchant,
                        member_id=member.id,
                        granted=True,
                        source=ConsentSource.PREFERENCES,
                        at=visit.at,
                    )
            except GuardianNeeded:
                wanted, needs_guardian = False, True
        else:
            withdraw_consent(
                merchant=merchant,
                member_id=member.id,
                source=ConsentSource.PREFERENCES,
                at=visit.at,
                reason=form.stop_reason,
            )
        done = "guardian" if needs_guardian else "saved" if wanted else "stopped"
    context = {
        "store_name": merchant.name,
        "slug": merchant.slug,
        "token": token,
        "promo_email": wanted,
        "email": mask_email(member.email),
        "consent_text": consent_text(merchant.name),
        "form": StopForm(),
        "done": done,
    }
    return render(request, "member_pages/preferences.html", context)
