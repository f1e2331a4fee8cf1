"""Cancellations brought in by file: each is matched with earlier lines of the same customer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from common.text import comparison_key
from merchants.facts import MerchantFacts, TillFacts
from sales.models import UnmatchedReturn
from sales.operations.refunds import return_lines
from sales.queries.returns import ReturnableLine, imported_returns, returnable_lines


@dataclass(frozen=True, slots=True)
class ImportedReturnLine:
    """`sku` is empty for goods without a code: they are known by their name."""

    line_no: int
    sku: str
    name: str
    quantity: int
    unit_amount: int

    @property
    def goods(self) -> str:
        return self.sku or comparison_key(self.name)


@dataclass(frozen=True, slots=True)
class ImportedReturn:
    """One cancellation receipt; quantities are positive."""

    reference: str
    member_id: UUID | None
    occurred_at: datetime
    lines: tuple[ImportedReturnLine, ...]


@dataclass(frozen=True, slots=True)
class ReturnResult:
    """Units that found an earlier line, and lines (whole or in part) for which none was found."""

    known: bool
    matched_units: int = 0
    unmatched_lines: int = 0


def record_imported_return(
    *, merchant: MerchantFacts, till: TillFacts, returned: ImportedReturn, received_at: datetime
) -> ReturnResult:
    """Refund the latest earlier lines of the same customer, product and price; what finds none is kept as unmatched.

    A cancellation without a customer finds none. Known cancellations change nothing.
    """
    if imported_returns(merchant=merchant, till_id=till.id, references=[returned.reference]):
        return ReturnResult(known=True)
    wanted, unmatched = _match_lines(returned.lines, _returnable_lines(merchant, returned))
    for sale_id, quantities in wanted.items():
        return_lines(
            merchant=merchant,
            till=till,
            sale_id=sale_id,
            quantities=quantities,
            refund_reference=returned.reference,
            at=returned.occurred_at,
            received_at=received_at,
        )
    _keep_unmatched(merchant, till, returned, unmatched)
    matched = sum(units for quantities in wanted.values() for units in quantities.values())
    return ReturnResult(known=False, matched_units=matched, unmatched_lines=len(unmatched))


def _returnable_lines(merchant: MerchantFacts, returned: ImportedReturn) -> list[ReturnableLine]:
    """Return the customer's earlier lines with units left, latest first; none without a customer."""
    if returned.member_id is None:
        return []
    return returnable_lines(
        merchant=merchant,
        member_id=returned.member_id,
        skus=[line.sku for line in returned.lines],
        before=returned.occurred_at,
    )


def _match_lines(
    lines: Iterable[ImportedReturnLine], candidates: Sequence[ReturnableLine]
) -> tuple[dict[UUID, dict[UUID, int]], list[tuple[ImportedReturnLine, int]]]:
    """Return (units by sale and line, lines with units left over); candidates come latest first."""
    left = {candidate.line_id: candidate.left for candidate in candidates}
    wanted: dict[UUID, dict[UUID, int]] = {}
    unmatched = []
    for line in lines:
        units = line.quantity
        for candidate in candidates:
            if units and (candidate.goods, candidate.unit_amount) == (line.goods, line.unit_amount):
                take = min(units, left[candidate.line_id])
                if take:
                    left[candidate.line_id] -= take
                    units -= take
                    of_sale = wanted.setdefault(candidate.sale_id, {})
                    of_sale[candidate.line_id] = of_sale.get(candidate.line_id, 0) + take
        if units:
            unmatched.append((line, units))
    return wanted, unmatched


def _keep_unmatched(
    merchant: MerchantFacts,
    till: TillFacts,
    returned: ImportedReturn,
    unmatched: Sequence[tuple[ImportedReturnLine, int]],
) -> None:
    UnmatchedReturn.objects.bulk_create(
        [
            UnmatchedReturn(
                merchant_id=merchant.id,
                till_id=till.id,
                reference=returned.reference,
                line_no=line.line_no,
                member_id=returned.member_id,
                sku=line.sku or line.name[:64],
                quantity=units,
                unit_amount=line.unit_amount,
                occurred_at=returned.occurred_at,
            )
            for line, units in unmatched
        ]
    )
