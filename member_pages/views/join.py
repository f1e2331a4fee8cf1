"""The page behind the QR poster: a new member in a minute, the card at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from common.errors import BadInput, FieldError
from member_pages.door import Visit, member_page
from member_pages.forms import JoinForm
from member_pages.throttle import address_of, join_throttle
from members.facts import EnrolDraft, MemberSource
from members.operations import MemberExists, problems_of
from members.queries import card_token
from members.wording import consent_text
from merchants.tenancy import refusable
from stewardship.operations import enrol_member


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def join(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Who is a member already is told so, never as whom: the card is shown by the till, which knows the face."""
    form = JoinForm(request.POST or None, consent_text=consent_text(visit.merchant.name))
    if request.method != "POST":
        return _page(request, visit, form)
    if not join_throttle().allows(visit.merchant, address_of(request)):
        return _page(request, visit, form, problem="too_many", status=429)
    if not form.is_valid():
        _say(form, problems_of(merchant=visit.merchant, draft=_draft(visit, form), business_date=visit.today))
        return _page(request, visit, form, status=422)
    try:
        with refusable():
            member = enrol_member(merchant=visit.merchant, draft=_draft(visit, form), at=visit.at)
    except BadInput as refused:
        _say(form, refused.errors)
        return _page(request, visit, form, status=422)
    except MemberExists:
        return _page(request, visit, form, problem="already_member", status=409)
    token = card_token(merchant=visit.merchant, member_id=member.id)
    return redirect(f"{reverse('member_pages:card', args=[visit.merchant.slug, token])}?welcome=1")


def _draft(visit: Visit, form: JoinForm) -> EnrolDraft:
    """What was typed, as far as it could be read."""
    given = form.cleaned_data
    return EnrolDraft(
        name=given.get("name", ""),
        phone=given.get("phone"),
        email=given.get("email"),
        birth_date=given.get("birth_date"),
        promo_consent=given.get("promo_consent", False),
        source=MemberSource.PUBLIC,
        language=visit.language,
    )


def _say(form: JoinForm, errors: Sequence[FieldError]) -> None:
    """Beside the field it is about; a field that has an error already keeps that one."""
    for error in errors:
        name = error.pointer.lstrip("/")
        if name not in form.errors:
            form.add_error(name if name in form.fields else None, error.message)


def _page(request: HttpRequest, visit: Visit, form: JoinForm, *, problem: str = "", status: int = 200) -> HttpResponse:
    context = {"store_name": visit.merchant.name, "form": form, "problem": problem}
    return render(request, "member_pages/join.html", context, status=status)
