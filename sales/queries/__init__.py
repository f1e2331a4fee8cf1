"""Reads of sales. One file per noun; import from here."""

from sales.queries.counter import receipt_detail, receipts_with_reference
from sales.queries.evidence import ReferredSale, SalesEvidence, busiest_cashier, sales_evidence, token_hash
from sales.queries.figures import (
    DayFigures,
    UnmatchedReturnFacts,
    buyer_count,
    daily_figures,
    net_sales_of,
    unmatched_returns,
    unmatched_totals,
)
from sales.queries.goods import Sent, SentGoods, SoldGoods, goods_sent, unknown_goods
from sales.queries.late_sales import LateSale, TillTimes, late_sales, late_sales_of_tills
from sales.queries.money import MoneyRow, WhoseMoney, money_rows, money_totals, receipt_references
from sales.queries.past_receipts import (
    latest_receipts,
    past_receipts,
    past_returns,
    purchase_counts_before,
    purchases_before,
    receipt_count,
)
from sales.queries.promotions import (
    GivenByPromotion,
    UsedOn,
    given_by_days,
    given_by_promotions,
    receipts_with_promotion,
)
from sales.queries.quarantine import LATE_SALE, QuarantinedSale, quarantined_sale_count, quarantined_sales
from sales.queries.receipt_facts import sale_facts
from sales.queries.receipts import (
    exchanged_returns,
    lines_of,
    receipts_of_member,
    refund_facts,
    refunds_of_sale,
    remaining_purchase_dates,
    reserved_codes,
    returned_units,
    sale_by_reference,
    sale_for_receipt,
)
from sales.queries.returns import (
    open_parked_return_count,
    open_parked_returns,
    parked_return_facts,
    parked_returns_of,
)
from sales.queries.till_days import newest_receipts, receipts_of_till_day, till_day
from sales.queries.till_debts import TillDebtFacts, TillDebtTotal, till_debt_totals, till_debts

__all__ = [
    "LATE_SALE",
    "DayFigures",
    "GivenByPromotion",
    "LateSale",
    "MoneyRow",
    "QuarantinedSale",
    "ReferredSale",
    "SalesEvidence",
    "Sent",
    "SentGoods",
    "SoldGoods",
    "TillDebtFacts",
    "TillDebtTotal",
    "TillTimes",
    "UnmatchedReturnFacts",
    "UsedOn",
    "WhoseMoney",
    "busiest_cashier",
    "buyer_count",
    "daily_figures",
    "exchanged_returns",
    "given_by_days",
    "given_by_promotions",
    "goods_sent",
    "late_sales",
    "late_sales_of_tills",
    "latest_receipts",
    "lines_of",
    "money_rows",
    "money_totals",
    "net_sales_of",
    "newest_receipts",
    "open_parked_return_count",
    "open_parked_returns",
    "parked_return_facts",
    "parked_returns_of",
    "past_receipts",
    "past_returns",
    "purchase_counts_before",
    "purchases_before",
    "quarantined_sale_count",
    "quarantined_sales",
    "receipt_count",
    "receipt_detail",
    "receipt_references",
    "receipts_of_member",
    "receipts_of_till_day",
    "receipts_with_promotion",
    "receipts_with_reference",
    "refund_facts",
    "refunds_of_sale",
    "remaining_purchase_dates",
    "reserved_codes",
    "returned_units",
    "sale_by_reference",
    "sale_facts",
    "sale_for_receipt",
    "sales_evidence",
    "till_day",
    "till_debt_totals",
    "till_debts",
    "token_hash",
    "unknown_goods",
    "unmatched_returns",
    "unmatched_totals",
]
