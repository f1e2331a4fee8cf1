"""A till's receipts of one business day, for closing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class BillTotals:
    """Tax, service charge, tip and rounding of receipts or returns, in prices or on top of them."""

    tax_amount: int = 0
    service_amount: int = 0
    tip_amount: int = 0
    rounding_amount: int = 0

    def minus(self, less: BillTotals) -> BillTotals:
        return BillTotals(
            self.tax_amount - less.tax_amount,
            self.service_amount - less.service_amount,
            self.tip_amount - less.tip_amount,
            self.rounding_amount - less.rounding_amount,
        )


@dataclass(frozen=True, slots=True)
class TillReceipt:
    """A receipt in the list of a day. `refunded_amount`: goods that came back so far, on whichever day and till.

    `payable_amount` is for the goods sold, `exchanged_amount` the money for those handed back in the same receipt.
    `withholds_member` as in `SaleFacts`.
    """

    id: UUID
    reference: str
    status: str
    occurred_at: datetime
    member_id: UUID | None
    cashier: str
    total_amount: int
    discount_amount: int
    payable_amount: int
    exchanged_amount: int
    refunded_amount: int
    points_earned: int
    bill: BillTotals
    withholds_member: bool = False


@dataclass(frozen=True, slots=True)
class StatusTotal:
    """The day's receipts that have one status now, by what they were sold for."""

    count: int
    total_amount: int


@dataclass(frozen=True, slots=True)
class TillDay:
    """What one till sold and took back on one business day.

    `…_total_amount` is goods at the prices paid, `…_payable_amount` money over the counter. A return counts on the day
    and at the till where the goods came back, whenever and wherever they were sold.
    """

    business_date: date
    sales_count: int
    sales_total_amount: int
    sales_payable_amount: int
    returns_count: int
    returns_total_amount: int
    returns_payable_amount: int
    by_status: Mapping[str, StatusTotal]
    sales_bill: BillTotals
    returns_bill: BillTotals

    @property
    def net_total_amount(self) -> int:
        return self.sales_total_amount - self.returns_total_amount

    @property
    def net_payable_amount(self) -> int:
        return self.sales_payable_amount - self.returns_payable_amount
