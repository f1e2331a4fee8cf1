"""Debt from tills: what members owe by sales that a till took the money for before it asked us, and what that cost."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from backoffice.access import StaffRequest, staff_page
from backoffice.receipts.till_receipts import PAGE_SIZE, describe_list, read_till_days
from backoffice.words import RECEIPT_WORDS
from members.queries import members_by_id
from merchants.facts import Permission
from merchants.rules import may
from sales.queries import till_debt_totals, till_debts


@staff_page(Permission.SEE_FIGURES)
def till_debt_list(request: StaffRequest) -> HttpResponse:
    """Show the tills that left debts, and each sale that did: of all tills, or of one that is asked for."""
    merchant, asked = request.staff.merchant, read_till_days(request)
    found = till_debts(**asked.of_page)
    listed = describe_list(
        asked,
        tills=till_debt_totals(**asked.of_days),
        found=found,
        instant_of=lambda debt: debt.noted_at,
        describe=lambda debt: {"debt": debt, "status": RECEIPT_WORDS[debt.status]},
    )
    sees_receipts = may(request.staff.role, Permission.SEE_MEMBERS)
    ids = sorted({debt.member_id for debt in found[:PAGE_SIZE] if debt.member_id}) if sees_receipts else []
    context = {
        **listed,
        "limit_amount": merchant.till_debt_limit_amount,
        "sees_receipts": sees_receipts,
        "members": members_by_id(merchant=merchant, member_ids=ids),
    }
    return render(request, "backoffice/receipts/till_debts.html", context)
