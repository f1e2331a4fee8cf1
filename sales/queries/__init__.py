"""Reads of sales. One file per noun; import from here."""

from sales.queries.figures import DayFigures, daily_figures, period_figures
from sales.queries.receipts import (
    lines_of,
    refund_facts,
    refunds_of_sale,
    remaining_purchase_dates,
    reserved_codes,
    sale_by_reference,
    sale_facts,
    sale_for_receipt,
    sales_of_member,
)

__all__ = [
    "DayFigures",
    "daily_figures",
    "lines_of",
    "period_figures",
    "refund_facts",
    "refunds_of_sale",
    "remaining_purchase_dates",
    "reserved_codes",
    "sale_by_reference",
    "sale_facts",
    "sale_for_receipt",
    "sales_of_member",
]
