"""Writes of sales. One file per business action; import from here."""

from sales.operations.awaited_sales import give_awaited_sales
from sales.operations.coupon_checks import CheckedCoupon, check_coupon
from sales.operations.imported_returns import (
    ImportedReturn,
    ImportedReturnLine,
    ReturnResult,
    record_imported_return,
)
from sales.operations.imported_sales import ImportedSale, record_imported_sales
from sales.operations.late_sales import LateSaleDecided, approve_late_sale, refuse_late_sale
from sales.operations.parked_returns import (
    ParkedReturnSettled,
    close_parked_return,
    give_up_parked_returns,
    refund_or_park,
    void_or_park,
)
from sales.operations.people import (
    absorb_member,
    forget_member,
    forget_words,
    lock_moved_sales,
    lock_sales_of,
    release_member,
)
from sales.operations.pricing_members import MemberBlocked
from sales.operations.quotes import QuoteNotFound, quote_cart, release_quote
from sales.operations.receipt_claims import ClaimNotPossible, claim_sale
from sales.operations.recorded_sales import SaleConflict, record_sale
from sales.operations.refund_shares import RefundExceedsSale
from sales.operations.refunds import RefundConflict, SaleAlreadyVoided, refund_sale, void_sale
from sales.operations.staff_returns import (
    ReceiptMoved,
    claim_by_staff,
    preview_claim,
    preview_return,
    return_by_staff,
)

__all__ = [
    "CheckedCoupon",
    "ClaimNotPossible",
    "ImportedReturn",
    "ImportedReturnLine",
    "ImportedSale",
    "LateSaleDecided",
    "MemberBlocked",
    "ParkedReturnSettled",
    "QuoteNotFound",
    "ReceiptMoved",
    "RefundConflict",
    "RefundExceedsSale",
    "ReturnResult",
    "SaleAlreadyVoided",
    "SaleConflict",
    "absorb_member",
    "approve_late_sale",
    "check_coupon",
    "claim_by_staff",
    "claim_sale",
    "close_parked_return",
    "forget_member",
    "forget_words",
    "give_awaited_sales",
    "give_up_parked_returns",
    "lock_moved_sales",
    "lock_sales_of",
    "preview_claim",
    "preview_return",
    "quote_cart",
    "record_imported_return",
    "record_imported_sales",
    "record_sale",
    "refund_or_park",
    "refund_sale",
    "refuse_late_sale",
    "release_member",
    "release_quote",
    "return_by_staff",
    "void_or_park",
    "void_sale",
]
