"""A receipt changed by staff: goods taken back by line, voided, or given to a member. Each is shown, then done once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.receipts.return_words import list_claim_effects, list_return_effects, return_problem
from backoffice.receipts.staff_forms import ClaimForm, RefundForm, VoidForm
from backoffice.workplaces import require_outlet, works_at
from common.errors import Refusal
from members.queries import member, search_members, tiers
from merchants.facts import MerchantFacts, Permission, TillPlace
from merchants.queries import open_till_places, till_places
from merchants.tenancy import refusable
from sales.facts import ReceiptDetail, ReturnEffects, StaffReturn
from sales.operations import claim_by_staff, preview_claim, preview_return, return_by_staff
from sales.queries import receipt_detail
from sales.rules import receipt_seen

SHOWN_MEMBERS = 20


@dataclass(frozen=True)
class _ReturnPage:
    """A receipt whose goods are to come back, with the form about it; `kind` is refund or void."""

    kind: str
    receipt: ReceiptDetail
    form: VoidForm

    @property
    def asked(self) -> StaffReturn:
        data, form = self.form.cleaned_data, self.form
        return StaffReturn(
            sale_id=self.receipt.id,
            till_id=data["till"],
            quantities=form.quantities if isinstance(form, RefundForm) else None,
            seen=data["seen"],
            reason=data["reason"],
        )


@staff_page(Permission.RETURN_GOODS)
def receipt_return(request: StaffRequest, sale_id: UUID, kind: str) -> HttpResponse:
    """Ask what comes back and why, show what happens to money, points and coupons, then do it."""
    merchant, now = request.staff.merchant, timezone.now()
    receipt = receipt_detail(merchant=merchant, sale_id=sale_id)
    require_outlet(request, receipt.outlet_id)
    page = _open_page(request, receipt, kind)
    effects: ReturnEffects | None = None
    if request.method == "POST" and page.form.is_valid():
        try:
            if request.POST.get("confirmed") == _mark_of(page.asked):
                with refusable():
                    done = return_by_staff(merchant=merchant, asked=page.asked, at=now, actor=actor_of(request))
                messages.success(request, _say_done(merchant, page, done))
                return redirect("backoffice:receipt", sale_id=sale_id)
            effects = preview_return(merchant=merchant, asked=page.asked, at=now)
        except Refusal as refusal:
            page.form.add_error(None, return_problem(refusal))
    has_member = page.receipt.member_id is not None
    context = {
        "page": page,
        "receipt": page.receipt,
        "form": page.form,
        "effects": list_return_effects(merchant, effects, has_member=has_member) if effects else None,
        "amount": effects.refund.amount if effects else None,
        "mark": _mark_of(page.asked) if effects else "",
    }
    status = 400 if page.form.errors else 200
    return render(request, "backoffice/receipts/staff_return.html", context, status=status)


@staff_page(Permission.ADJUST_POINTS)
def receipt_claim_search(request: StaffRequest, sale_id: UUID) -> HttpResponse:
    """Look for the member whose purchase an anonymous receipt was."""
    merchant, text = request.staff.merchant, request.GET.get("q", "").strip()
    receipt = receipt_detail(merchant=merchant, sale_id=sale_id)
    require_outlet(request, receipt.outlet_id)
    found = search_members(merchant=merchant, text=text, limit=SHOWN_MEMBERS + 1)
    context = {
        "receipt": receipt,
        "others": found[:SHOWN_MEMBERS],
        "q": text,
        "is_cut": len(found) > SHOWN_MEMBERS,
    }
    return render(request, "backoffice/receipts/claim_search.html", context)


@staff_page(Permission.ADJUST_POINTS)
def receipt_claim(request: StaffRequest, sale_id: UUID, member_id: UUID) -> HttpResponse:
    """Show what the member gets for the receipt, then give it."""
    merchant, now = request.staff.merchant, timezone.now()
    found, receipt = member(merchant=merchant, member_id=member_id), receipt_detail(merchant=merchant, sale_id=sale_id)
    require_outlet(request, receipt.outlet_id)
    form = ClaimForm(post_data(request), initial={"seen": _seen_of(receipt)})
    asked: dict[str, Any] = {"merchant": merchant, "sale_id": sale_id, "member_id": found.id, "at": now}
    names = {one.code: one.name for one in tiers(merchant=merchant)}
    effects, problem = None, ""
    try:
        if request.method == "POST" and form.is_valid():
            with refusable():
                done = claim_by_staff(**asked, **form.cleaned_data, actor=actor_of(request))
            said = list_claim_effects(merchant, done, name=found.display_name, tiers=names)
            messages.success(request, " ".join([gettext("The receipt is the member's."), *said]))
            return redirect("backoffice:receipt", sale_id=sale_id)
        shown = preview_claim(**asked)
        effects = list_claim_effects(merchant, shown, name=found.display_name, tiers=names)
    except Refusal as refusal:
        problem = return_problem(refusal)
    context = {"receipt": receipt, "member": found, "form": form, "effects": effects, "problem": problem}
    status = 400 if form.errors or (problem and request.method == "POST") else 200
    return render(request, "backoffice/receipts/claim.html", context, status=status)


def _open_page(request: StaffRequest, receipt: ReceiptDetail, kind: str) -> _ReturnPage:
    places = [one for one in _list_places(request.staff.merchant, receipt) if works_at(request, one.outlet_id)]
    values = {"till": str(receipt.till_id), "seen": _seen_of(receipt)}
    data = post_data(request)
    if kind == "void":
        return _ReturnPage(kind, receipt, VoidForm(places, data, initial=values))
    return _ReturnPage(kind, receipt, RefundForm(receipt.lines, places, data, initial=values))


def _seen_of(receipt: ReceiptDetail) -> str:
    return receipt_seen(returns=len(receipt.returns), member_id=receipt.member_id)


def _list_places(merchant: MerchantFacts, receipt: ReceiptDetail) -> list[TillPlace]:
    """Return where goods can come back: the till that sold them, closed or not, then every other open one."""
    own = till_places(merchant=merchant)[receipt.till_id]
    return [own, *(place for place in open_till_places(merchant=merchant) if place.id != own.id)]


def _mark_of(asked: StaffReturn) -> str:
    """Return what a preview confirms: these units at this till, of a receipt as it was seen."""
    units = sorted(asked.quantities.items()) if asked.quantities is not None else "all"
    return f"{asked.till_id} {asked.seen} {units}"


def _say_done(merchant: MerchantFacts, page: _ReturnPage, done: ReturnEffects) -> str:
    began = gettext("The receipt is voided.") if page.kind == "void" else gettext("The goods are taken back.")
    has_member = page.receipt.member_id is not None
    return " ".join([began, *list_return_effects(merchant, done, has_member=has_member)])
