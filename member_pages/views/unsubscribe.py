"""The unsubscribe link of every promotional mail (RFC 8058): one click, no login, no CSRF token, for ever.

Reading the page changes nothing, because mail scanners open every link.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from member_pages.access import PageVisit, member_page
from members.facts import ConsentSource, MemberFacts
from members.operations import set_consent, withdraw_consent
from members.queries import MemberNotFound, member_id_of_unsubscribe_token
from members.queries import member as read_member
from members.rules import mask_email

UNDO: Final = "undo"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def unsubscribe(request: HttpRequest, visit: PageVisit, token: str) -> HttpResponse:
    """Ask on GET, stop on POST (resume with `undo`); always 200, also the tenth time and after an erasure.

    The unguessable token replaces the CSRF token: anyone who posts here has the mail.
    """
    member_id = member_id_of_unsubscribe_token(merchant=visit.merchant, token=token)
    try:
        member = read_member(merchant=visit.merchant, member_id=member_id)
    except MemberNotFound:
        return _render_page(request, visit, None, subscribed=False, done="stopped" if request.method == "POST" else "")
    if request.method != "POST":
        return _render_page(request, visit, member, subscribed=member.promo_email, done="")
    if UNDO in request.POST:
        set_consent(
            merchant=visit.merchant,
            member_id=member.id,
            granted=True,
            source=ConsentSource.PREFERENCES,
            at=visit.at,
        )
        return _render_page(request, visit, member, subscribed=True, done="resumed")
    withdraw_consent(merchant=visit.merchant, member_id=member.id, source=ConsentSource.ONE_CLICK, at=visit.at)
    return _render_page(request, visit, member, subscribed=False, done="stopped")


def _render_page(
    request: HttpRequest, visit: PageVisit, member: MemberFacts | None, *, subscribed: bool, done: str
) -> HttpResponse:
    context = {
        "store_name": visit.merchant.name,
        "email": mask_email(member.email) if member else None,
        "known": member is not None,
        "subscribed": subscribed,
        "done": done,
    }
    return render(request, "member_pages/unsubscribe.html", context)
