"""Frozen values about sales that cross app borders. One file per noun; import from here."""

from sales.facts.days import StatusTotal, TillDay, TillReceipt
from sales.facts.drafts import (
    CartDraft,
    Charged,
    ChargedLine,
    LineDraft,
    QuoteDraft,
    RefundDraft,
    RefundLineDraft,
    SaleDraft,
)
from sales.facts.past import PastPurchase, PastReceipt, PastReturn
from sales.facts.receipts import (
    FoundReceipt,
    GiftCardUse,
    LineFacts,
    Quoted,
    ReceiptDetail,
    ReceiptFacts,
    RecordedRefund,
    RecordedSale,
    RefundFacts,
    RefundLineFacts,
    ReturnDetail,
    SaleFacts,
)
from sales.facts.stored import GiftCardHold, GiftCardPayment, SaleTransfers, SaleWarning, TierCodes

__all__ = [
    "CartDraft",
    "Charged",
    "ChargedLine",
    "FoundReceipt",
    "GiftCardHold",
    "GiftCardPayment",
    "GiftCardUse",
    "LineDraft",
    "LineFacts",
    "PastPurchase",
    "PastReceipt",
    "PastReturn",
    "QuoteDraft",
    "Quoted",
    "ReceiptDetail",
    "ReceiptFacts",
    "RecordedRefund",
    "RecordedSale",
    "RefundDraft",
    "RefundFacts",
    "RefundLineDraft",
    "RefundLineFacts",
    "ReturnDetail",
    "SaleDraft",
    "SaleFacts",
    "SaleTransfers",
    "SaleWarning",
    "StatusTotal",
    "TierCodes",
    "TillDay",
    "TillReceipt",
]
