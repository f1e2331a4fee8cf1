"""The page behind the QR poster: a minute, then a card that the till activates."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from common.errors import BadInput, FieldError
from common.secrets import normalise_code
from enrolment.operations import join_on_page
from member_pages.access import PageVisit, member_page
from member_pages.forms import JoinForm
from member_pages.invitations import friend_gets
from member_pages.throttle import address_of, join_throttle
from members.facts import EnrolDraft, MemberSource
from members.operations import problems_of
from members.queries import MemberNotFound, member_by_referral_code
from members.wording import consent_text, field_error
from rewards.referrals.queries import program_in_force


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def join(request: HttpRequest, visit: PageVisit, code: str = "") -> HttpResponse:
    """Answer with a waiting card for a known number or not: the page shows no one who is a member.

    `code` fills in a friend's code. Whether it exists is said only once the form is sent, and counted, so that the page
    does not help to try codes out.
    """
    form = JoinForm(
        request.POST or None,
        consent_text=consent_text(visit.merchant.name),
        initial={"referral_code": normalise_code(code)[:32]},
    )
    if request.method != "POST":
        return _render_page(request, visit, form)
    if not join_throttle().allows(visit.merchant, address_of(request)):
        return _render_page(request, visit, form, problem="too_many", status=429)
    if not form.is_valid():
        _show_errors(
            form, problems_of(merchant=visit.merchant, draft=_read_draft(visit, form), business_date=visit.today)
        )
        return _render_page(request, visit, form, status=422)
    if not _is_a_friends(visit, form.cleaned_data["referral_code"]):
        _show_errors(form, [field_error("/referral_code", "referral_code_unknown")])
        return _render_page(request, visit, form, status=422)
    try:
        token = join_on_page(merchant=visit.merchant, draft=_read_draft(visit, form), at=visit.at)
    except BadInput as refused:
        _show_errors(form, refused.errors)
        return _render_page(request, visit, form, status=422)
    return redirect("member_pages:card", visit.merchant.slug, token)


def _read_draft(visit: PageVisit, form: JoinForm) -> EnrolDraft:
    """Read what was typed, as far as it can be read."""
    given = form.cleaned_data
    return EnrolDraft(
        name=given.get("name", ""),
        phone=given.get("phone"),
        email=given.get("email"),
        birth_date=given.get("birth_date"),
        promo_consent=given.get("promo_consent", False),
        source=MemberSource.PUBLIC,
        language=visit.language,
        referral_code=given.get("referral_code"),
    )


def _is_a_friends(visit: PageVisit, code: str) -> bool:
    """Return whether the code brings its owner something; on a page it can be corrected, so it is not just dropped."""
    if not code:
        return True
    try:
        return not member_by_referral_code(merchant=visit.merchant, code=code).is_blocked
    except MemberNotFound:
        return False


def _show_errors(form: JoinForm, errors: Sequence[FieldError]) -> None:
    """Show errors beside their fields; a field that has an error already keeps that one."""
    for error in errors:
        name = error.pointer.lstrip("/")
        if name not in form.errors:
            form.add_error(name if name in form.fields else None, error.message)


def _render_page(
    request: HttpRequest, visit: PageVisit, form: JoinForm, *, problem: str = "", status: int = 200
) -> HttpResponse:
    program = program_in_force(merchant=visit.merchant, at=visit.at)
    context = {
        "store_name": visit.merchant.name,
        "form": form,
        "problem": problem,
        "asks_for_code": bool(form["referral_code"].value()) or (program is not None and program.terms.is_open),
        "friend_gets": friend_gets(program, visit.merchant, visit.language),
    }
    return render(request, "member_pages/join.html", context, status=status)
