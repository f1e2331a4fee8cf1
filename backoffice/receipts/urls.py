"""Addresses of receipts."""

from django.urls import path

from backoffice.receipts import (
    late_approvals,
    late_receipts,
    missing_numbers,
    parked_returns,
    staff_returns,
    till_debts,
    views,
)

urlpatterns = [
    path("receipts/", views.receipt_list, name="receipts"),
    path("receipts/<uuid:sale_id>/", views.receipt, name="receipt"),
    path("receipts/<uuid:sale_id>/refund/", staff_returns.receipt_return, {"kind": "refund"}, name="receipt_refund"),
    path("receipts/<uuid:sale_id>/void/", staff_returns.receipt_return, {"kind": "void"}, name="receipt_void"),
    path("receipts/<uuid:sale_id>/claim/", staff_returns.receipt_claim_search, name="receipt_claim_search"),
    path("receipts/<uuid:sale_id>/claim/<uuid:member_id>/", staff_returns.receipt_claim, name="receipt_claim"),
    path("receipts/late/", late_receipts.late_receipts, name="late_receipts"),
    path("receipts/debts/", till_debts.till_debt_list, name="till_debts"),
    path("receipts/late/approvals/", late_approvals.late_approvals, name="late_approvals"),
    path("receipts/late/approvals/decide/", late_approvals.late_approvals_decide, name="late_approvals_decide"),
    path("receipts/returns-without-sale/", views.unmatched, name="unmatched_returns"),
    path("receipts/missing-numbers/", missing_numbers.missing_numbers, name="missing_numbers"),
    path("receipts/returns-waiting/", parked_returns.parked_returns, name="parked_returns"),
    path(
        "receipts/returns-waiting/<uuid:parked_id>/close/",
        parked_returns.parked_return_close,
        name="parked_return_close",
    ),
]
