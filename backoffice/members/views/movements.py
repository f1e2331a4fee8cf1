"""Points moved by hand and debts written off: shown first, booked, or above one's limit asked of another person."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.members.forms import AdjustPointsForm, WriteOffForm
from backoffice.requests import approvers
from common.errors import DomainError, Refusal
from common.ids import new_id
from common.quantities import format_number
from ledger.facts import CHANGE_POINTS, FORGIVE_DEBT, AskedMovement, Unit
from ledger.operations import ask_movement, book_movement
from ledger.queries import balance, moved_by_hand, was_posted
from members.facts import MemberFacts
from members.operations import lock_member
from members.queries import member
from merchants.facts import Permission
from merchants.rules import needs_approval
from merchants.tenancy import refusable


@dataclass(frozen=True)
class LimitFacts:
    """What this person may move alone, what they moved today, and whether this movement is above it."""

    at_once: int
    per_day: int
    used: int
    is_above: bool
    approvers: tuple[str, ...]


@staff_page(Permission.ADJUST_POINTS)
def adjust_points(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Ask, then show the balance before and after, then move the points, or ask another person to approve it."""
    merchant = request.staff.merchant
    found = member(merchant=merchant, member_id=member_id)
    before = balance(
        merchant=merchant, owner_id=found.id, unit=Unit.POINTS, business_date=merchant.day_of(timezone.now())
    )
    form = AdjustPointsForm(merchant.points_name, post_data(request), initial={"direction": "add", "key": new_id()})
    limit = _limit_of(request, Unit.POINTS, 0)
    if request.method == "POST" and form.is_valid():
        limit = _limit_of(request, Unit.POINTS, abs(form.change))
        if form.change < 0 and -form.change > before.available:
            form.add_error("points", _refusal_message(Refusal("insufficient_points", available=before.available)))
        elif limit.is_above and not limit.approvers:
            form.add_error("points", _no_approver(limit))
        elif request.POST.get("confirmed") == _mark_of(form.change, limit):
            asked = _asked_of(form, CHANGE_POINTS, found, Unit.POINTS, form.change)
            try:
                return _carry_out(request, asked, found, limit)
            except DomainError as refusal:
                form.add_error(None, _refusal_message(refusal))
    shown = request.method == "POST" and form.is_valid()
    context = {
        "form": form,
        "member": found,
        "before": before.points_balance,
        "shown": shown,
        "change": form.change if shown else None,
        "size": abs(form.change) if shown else None,
        "after": before.points_balance + form.change if shown else None,
        "mark": _mark_of(form.change, limit) if shown else "",
        "limit": limit,
    }
    status = 400 if form.errors else 200
    return render(request, "backoffice/members/adjust_points.html", context, status=status)


@staff_page(Permission.ADJUST_POINTS)
def write_off(request: StaffRequest, member_id: UUID, unit: str) -> HttpResponse:
    """Ask how much of what the member owes is forgiven, show it, then book it or ask another person to approve it."""
    merchant = request.staff.merchant
    found, owed_in = member(merchant=merchant, member_id=member_id), Unit(unit)
    debt = balance(
        merchant=merchant, owner_id=found.id, unit=owed_in, business_date=merchant.day_of(timezone.now())
    ).debt
    if not debt and request.method != "POST":
        raise Http404
    form = WriteOffForm(merchant, owed_in, post_data(request), initial={"amount": debt, "key": new_id()})
    limit = _limit_of(request, owed_in, 0)
    if request.method == "POST" and form.is_valid():
        amount = form.cleaned_data["amount"]
        limit = _limit_of(request, owed_in, amount)
        if amount > debt:
            form.add_error("amount", gettext("The member owes less than that. Write off what is owed, or less."))
        elif limit.is_above and not limit.approvers:
            form.add_error("amount", _no_approver(limit))
        elif request.POST.get("confirmed") == _mark_of(amount, limit):
            try:
                return _carry_out(request, _asked_of(form, FORGIVE_DEBT, found, owed_in, amount), found, limit)
            except DomainError as refusal:
                form.add_error(None, _refusal_message(refusal))
    shown = request.method == "POST" and form.is_valid()
    context = {
        "form": form,
        "member": found,
        "unit": owed_in.value,
        "debt": debt,
        "shown": shown,
        "amount": form.cleaned_data["amount"] if shown else None,
        "left": debt - form.cleaned_data["amount"] if shown else None,
        "mark": _mark_of(form.cleaned_data["amount"], limit) if shown else "",
        "limit": limit,
    }
    return render(request, "backoffice/members/write_off.html", context, status=400 if form.errors else 200)


def _limit_of(request: StaffRequest, unit: Unit, size: int) -> LimitFacts:
    """Return the person's limit for a movement of that size; who else may approve only where it is above."""
    merchant, role = request.staff.merchant, request.staff.role
    assert request.staff.user_id is not None
    allowed = merchant.movement_limits.of(role)
    assert allowed is not None
    used = moved_by_hand(
        merchant=merchant,
        unit=unit,
        actor_id=request.staff.user_id,
        business_date=merchant.day_of(timezone.now()),
    )
    is_above = needs_approval(allowed, size=size, used=used)
    others = approvers(merchant, request.staff.user_id) if is_above else ()
    return LimitFacts(allowed.at_once, allowed.per_day, used, is_above, others)


def _mark_of(change: int, limit: LimitFacts) -> str:
    """Return what a preview confirms: a movement, or that another person is asked for it."""
    return f"ask {change}" if limit.is_above else str(change)


def _asked_of(
    form: AdjustPointsForm | WriteOffForm, kind: str, found: MemberFacts, unit: Unit, change: int
) -> AskedMovement:
    data = form.cleaned_data
    return AskedMovement(kind, found.id, unit, change, data["reason"], data["note"], data["key"])


def _carry_out(request: StaffRequest, asked: AskedMovement, found: MemberFacts, limit: LimitFacts) -> HttpResponse:
    """Book the movement once, or ask for it where it is above the person's limit."""
    if limit.is_above:
        with refusable():
            ask_movement(merchant=request.staff.merchant, asked=asked, actor=actor_of(request), at=timezone.now())
        messages.success(request, gettext("Asked. Nothing is booked until another person approves it."))
    else:
        _book_movement(request, asked, found)
    return redirect("backoffice:member", member_id=found.id)


def _book_movement(request: StaffRequest, asked: AskedMovement, found: MemberFacts) -> None:
    merchant, now = request.staff.merchant, timezone.now()
    with refusable():
        # A merge may have come in between: the account is that of the member who is left.
        owner_id = lock_member(merchant=merchant, member_id=found.id).id
        asked_before = (
            was_posted(merchant=merchant, owner_id=one, source_kind="adjustment", source_id=asked.key)
            for one in {found.id, owner_id}
        )
        if any(asked_before):
            messages.info(request, gettext("These points are booked already."))
            return
        book_movement(
            merchant=merchant,
            asked=asked,
            owner_id=owner_id,
            actor=actor_of(request),
            at=now,
            business_date=merchant.day_of(now),
        )
    if asked.kind == CHANGE_POINTS:
        messages.success(request, gettext("The points are booked. The entry is in the history below."))
    else:
        messages.success(request, gettext("The debt is written off. The entry is in the history below."))


def _no_approver(limit: LimitFacts) -> str:
    said = gettext("Your role may move %(limit)s points at once and %(day_limit)s a day. Move fewer points.") % {
        "limit": format_number(limit.at_once),
        "day_limit": format_number(limit.per_day),
    }
    return said + " " + gettext("Above that another owner or manager approves; this store has none.")


def _refusal_message(refusal: DomainError) -> str:
    facts = refusal.facts
    if refusal.code == "insufficient_points":
        return ngettext(
            "Only %(available)s point is available. Take fewer.",
            "Only %(available)s points are available. Take fewer.",
            facts["available"],
        ) % {"available": format_number(facts["available"])}
    if refusal.code == "approval_required":
        return gettext("Meanwhile you moved more today, and this is above your limit now. Review it again.")
    if refusal.code == "nothing_owed":
        return gettext("The member owes nothing any more.")
    if refusal.code == "approval_waits":
        return gettext("You have asked for this already; it waits for another person.")
    if isinstance(refusal, Refusal):
        return gettext("This was not booked: %(code)s.") % {"code": refusal.code}
    raise refusal
