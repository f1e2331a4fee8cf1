"""Late sales to approve: what they would earn, decided one by one or many at once, with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.parts import Page, page_urls
from backoffice.sent_texts import read_instant_and_id
from backoffice.workplaces import own_outlets
from common.errors import Missing, NotPermitted, Refusal
from common.ids import uuid_or_none
from common.quantities import format_number
from members.queries import members_by_id
from merchants.facts import Permission
from merchants.queries import till_places
from merchants.rules import may
from merchants.tenancy import refusable
from sales.operations import approve_late_sale, refuse_late_sale
from sales.queries import quarantined_sale_count, quarantined_sales

PAGE_SIZE: Final = 50


class LateSaleForm(forms.Form):
    """Why the chosen sales are to earn, or not."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


@staff_page(Permission.SEE_FIGURES)
def late_approvals(request: StaffRequest) -> HttpResponse:
    """Show the sales that wait, the one that came first before the others."""
    return _render_list(request, LateSaleForm())


@require_POST
@staff_page(Permission.APPROVE_ADJUSTMENTS)
def late_approvals_decide(request: StaffRequest) -> HttpResponse:
    """Approve or refuse one sale, or those that are ticked; one that cannot be decided any more stops no other."""
    form = LateSaleForm(request.POST)
    asked = _read_decision(request.POST)
    if not form.is_valid() or not asked.sale_ids:
        return _render_list(request, form, nothing_chosen=not asked.sale_ids, status=400)
    done = _decide_each(request, asked.sale_ids, form.cleaned_data["reason"], is_approved=asked.is_approved)
    _tell_outcome(request, done, len(asked.sale_ids) - done, is_approved=asked.is_approved)
    return redirect("backoffice:late_approvals")


@dataclass(frozen=True)
class LateDecision:
    """Which sales are decided, and how: at most a page of them, by id."""

    sale_ids: Sequence[UUID]
    is_approved: bool


def _read_decision(sent: QueryDict) -> LateDecision:
    """Return what was pressed: the button of one sale, whatever else is ticked, or that of the ticked ones."""
    for name in ("approve", "refuse"):
        if name in sent:
            return LateDecision(_read_ids(sent.getlist(name)[:1]), name == "approve")
    return LateDecision(_read_ids(sent.getlist("sale")), sent.get("decision") == "approve")


def _read_ids(texts: Iterable[str]) -> list[UUID]:
    return sorted({sale_id for text in texts if (sale_id := uuid_or_none(text)) is not None})[:PAGE_SIZE]


def _decide_each(request: StaffRequest, sale_ids: Sequence[UUID], reason: str, *, is_approved: bool) -> int:
    """Decide each by itself, in the order of their ids; return how many were."""
    decide = approve_late_sale if is_approved else refuse_late_sale
    done, at = 0, timezone.now()
    for sale_id in sale_ids:
        try:
            with refusable():
                decide(merchant=request.staff.merchant, sale_id=sale_id, reason=reason, at=at, actor=actor_of(request))
        except (Refusal, Missing, NotPermitted):
            continue
        done += 1
    return done


def _tell_outcome(request: StaffRequest, done: int, left: int, *, is_approved: bool) -> None:
    if done:
        words = (
            ngettext("%(count)s late sale approved.", "%(count)s late sales approved.", done)
            if is_approved
            else ngettext("%(count)s late sale refused.", "%(count)s late sales refused.", done)
        )
        messages.success(request, words % {"count": format_number(done)})
    if left:
        words = ngettext(
            "%(count)s late sale was not decided: somebody else did, or its member is blocked.",
            "%(count)s late sales were not decided: somebody else did, or their members are blocked.",
            left,
        )
        messages.warning(request, words % {"count": format_number(left)})


def _render_list(
    request: StaffRequest, form: LateSaleForm, *, nothing_chosen: bool = False, status: int = 200
) -> HttpResponse:
    merchant = request.staff.merchant
    passed = request.GET.getlist("after")
    after = read_instant_and_id(passed[-1]) if passed else None
    found = quarantined_sales(merchant=merchant, outlet_ids=own_outlets(request), after=after, limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    before_url, after_url = page_urls(request.GET, shown[-1].cursor if len(found) > PAGE_SIZE else None)
    sees_members = may(request.staff.role, Permission.SEE_MEMBERS)
    ids = [one.member_id for one in shown] if sees_members else []
    return render(
        request,
        "backoffice/receipts/late_approvals.html",
        {
            "form": form,
            "nothing_chosen": nothing_chosen,
            "may_decide": may(request.staff.role, Permission.APPROVE_ADJUSTMENTS),
            "sees_members": sees_members,
            "places": till_places(merchant=merchant),
            "members": members_by_id(merchant=merchant, member_ids=ids),
            "page": Page(
                rows=shown,
                total=quarantined_sale_count(merchant=merchant, outlet_ids=own_outlets(request)),
                newer_url=before_url,
                older_url=after_url,
            ),
        },
        status=status,
    )
