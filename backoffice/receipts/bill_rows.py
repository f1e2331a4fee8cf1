"""What a receipt shows beside its goods: tax, service charge, tip and rounding, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.words import BILL_WORDS
from rewards.engine.facts import SERVICE, TAX, TIP, Bill
from sales.facts import RefundFacts

ROUNDING: Final = _("Rounding")


@dataclass(frozen=True)
class BillRow:
    """`is_inside`: the amount is part of the prices above it already."""

    word: Promise
    amount: int
    is_inside: bool = False


def list_bill_rows(bill: Bill) -> list[BillRow]:
    """Return what there is of it: first what is in the prices, then what is on top of them."""
    rows = [
        BillRow(BILL_WORDS[TAX], bill.tax_amount, bill.prices_include_tax),
        BillRow(BILL_WORDS[SERVICE], bill.service_amount, bill.prices_include_service),
        BillRow(BILL_WORDS[TIP], bill.tip_amount),
        BillRow(ROUNDING, bill.rounding_amount),
    ]
    return sorted((row for row in rows if row.amount), key=lambda row: not row.is_inside)


def list_returned_rows(refund: RefundFacts) -> list[BillRow]:
    """Return what of it came back with goods."""
    return list_bill_rows(Bill(refund.tax_amount, refund.service_amount, refund.tip_amount, refund.rounding_amount))
