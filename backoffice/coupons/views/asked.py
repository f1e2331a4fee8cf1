"""A request for codes: everything that would be made, for who decides and for who asked."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, staff_page
from backoffice.coupons.asked import batch_to_be
from backoffice.coupons.words import benefit_of, conditions_of, kind_word
from backoffice.promotions.names import names_of
from merchants.facts import ApprovalState, Permission
from merchants.queries import approval
from rewards.coupons.operations import asked_coupons
from rewards.engine import stored_definition


@staff_page(Permission.SEE_OFFERS)
def coupons_asked(request: StaffRequest, approval_id: UUID) -> HttpResponse:
    """Show codes that were asked for, and what became of the request."""
    merchant, now = request.staff.merchant, timezone.now()
    found = approval(merchant=merchant, approval_id=approval_id)
    asked = asked_coupons(request=found)
    batch = batch_to_be(asked, found.asked_at)
    conditions = conditions_of(batch, merchant, names_of(merchant, [stored_definition(batch.offer)]))
    context = {
        "asked": found,
        "batch": batch,
        "kind": kind_word(batch),
        "benefit": benefit_of(batch, merchant),
        "conditions": conditions,
        "cost": asked.most_cost_amount,
        "is_open": found.state is ApprovalState.WAITING and now < found.expires_at,
        "state": _state_word(found.state),
        "batch_id": asked.batch_id if found.state is ApprovalState.APPROVED else None,
    }
    return render(request, "backoffice/coupons/asked.html", context)


def _state_word(state: ApprovalState) -> str:
    words = {
        ApprovalState.WAITING: gettext("Expired"),
        ApprovalState.APPROVED: gettext("Approved"),
        ApprovalState.REFUSED: gettext("Refused"),
        ApprovalState.WITHDRAWN: gettext("Withdrawn"),
    }
    return words[state]
