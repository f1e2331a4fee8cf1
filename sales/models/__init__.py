"""Sales, their lines and their returns. One file per noun; import from here."""

from sales.models.quotes import Quote
from sales.models.returns import ParkedReturn, Refund, RefundLine, UnmatchedReturn
from sales.models.sales import Sale, SaleLine
from sales.models.till_debts import TillDebt, TillDebtDay

__all__ = [
    "ParkedReturn",
    "Quote",
    "Refund",
    "RefundLine",
    "Sale",
    "SaleLine",
    "TillDebt",
    "TillDebtDay",
    "UnmatchedReturn",
]
