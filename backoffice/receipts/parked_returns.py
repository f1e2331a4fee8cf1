"""Returns that tills sent before their sale: those that wait, and those that a person has to look into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.parts import Page, page_urls
from backoffice.sent_texts import read_instant_and_id
from backoffice.words import RETURN_WORDS
from backoffice.workplaces import own_tills
from common.languages import reader_language
from merchants.facts import MerchantFacts, Permission
from merchants.queries import till_places
from merchants.rules import may
from sales.facts import ParkedReturnFacts
from sales.operations import ParkedReturnSettled, close_parked_return
from sales.queries import open_parked_return_count, open_parked_returns
from sales.wording import warning_message

PAGE_SIZE: Final = 50
STATES: Final[Mapping[str, tuple[Promise, str]]] = {
    "waiting": (_("waits for its sale"), "outline"),
    "unmatched": (_("its sale never came"), "attention"),
    "refused": (_("the sale does not allow it"), "attention"),
}
PROBLEMS: Final[Mapping[str, Promise]] = {
    "refund_exceeds_sale": _("More units were to come back than the sale has left."),
    "validation_error": _("The sale has no such line."),
    "sale_not_found": _("There is no such earlier sale."),
    "sale_already_voided": _("The sale was voided already."),
    "refund_conflict": _("The number of this return belongs to another one of the same sale."),
}
OTHER_PROBLEM: Final = _("The sale does not allow this return.")


class CloseForm(forms.Form):
    """What was done about a return that came to nothing."""

    note = forms.CharField(label=_("What was done"), max_length=300)


@dataclass(frozen=True)
class ParkedRow:
    """A parked return as its line shows it; `may_close`: it came to nothing and this role may say what was done."""

    parked: ParkedReturnFacts
    kind: Promise
    state: Promise
    tone: str
    problem: str
    warnings: Sequence[str]
    units: int
    may_close: bool


@staff_page(Permission.SEE_FIGURES)
def parked_returns(request: StaffRequest) -> HttpResponse:
    """Show the returns without their sale, longest waiting first."""
    return _render_list(request, CloseForm())


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def parked_return_close(request: StaffRequest, parked_id: UUID) -> HttpResponse:
    """Close what came to nothing, with a note."""
    form = CloseForm(request.POST)
    if not form.is_valid():
        return _render_list(request, form, status=422)
    try:
        close_parked_return(
            merchant=request.staff.merchant,
            parked_id=parked_id,
            note=form.cleaned_data["note"],
            at=timezone.now(),
            actor=actor_of(request),
        )
    except ParkedReturnSettled:
        messages.error(request, gettext("This return has been dealt with already."))
    else:
        messages.success(request, gettext("The return is closed."))
    return redirect("backoffice:parked_returns")


def _render_list(request: StaffRequest, form: CloseForm, *, status: int = 200) -> HttpResponse:
    merchant = request.staff.merchant
    passed = request.GET.getlist("after")
    after = read_instant_and_id(passed[-1]) if passed else None
    found = open_parked_returns(merchant=merchant, till_ids=own_tills(request), after=after, limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    next_after = f"{shown[-1].received_at.isoformat()}~{shown[-1].id}" if len(found) > PAGE_SIZE else None
    newer_url, older_url = page_urls(request.GET, next_after)
    total = open_parked_return_count(merchant=merchant, till_ids=own_tills(request))
    may_close = may(request.staff.role, Permission.EDIT_MEMBERS)
    context: dict[str, Any] = {
        "form": form,
        "places": till_places(merchant=merchant),
        "page": Page(
            rows=[_make_row(merchant, one, may_close=may_close) for one in shown],
            total=total,
            newer_url=newer_url,
            older_url=older_url,
        ),
    }
    return render(request, "backoffice/receipts/parked_returns.html", context, status=status)


def _make_row(merchant: MerchantFacts, parked: ParkedReturnFacts, *, may_close: bool) -> ParkedRow:
    state, tone = STATES[parked.state]
    return ParkedRow(
        parked=parked,
        kind=RETURN_WORDS[parked.kind],
        state=state,
        tone=tone,
        problem=str(PROBLEMS.get(parked.problem, OTHER_PROBLEM)) if parked.state == "refused" else "",
        warnings=[warning_message(one, merchant.currency, reader_language()) for one in parked.warnings],
        units=sum(line.quantity for line in parked.lines),
        may_close=may_close and parked.state != "waiting",
    )
