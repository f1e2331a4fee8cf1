"""A shop that sells: a merchant with its starter program, a till, and drafts of what tills send."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from common.ids import new_id
from enrolment.operations import enrol_member
from members.facts import EnrolDraft, MemberFacts
from merchants.facts import SYSTEM, MerchantFacts, OutletFacts, TillFacts
from merchants.operations import add_till
from merchants.tenancy import merchant_scope
from onboarding.operations import open_merchant
from sales.facts import LineDraft, RefundDraft, RefundLineDraft, SaleDraft, SaleFacts
from sales.operations import record_sale

NOW = datetime(2026, 3, 5, 5, 0, tzinfo=UTC)
"""A Thursday, noon in Jakarta."""
_serial = count(1)


@dataclass(frozen=True)
class SellingShop:
    merchant: MerchantFacts
    till: TillFacts
    outlet: OutletFacts

    def second_till(self) -> TillFacts:
        """Add another till of the same outlet. Needs the scope."""
        name = f"Kasir {next(_serial) + 1}"
        till_id = add_till(merchant=self.merchant, outlet_id=self.outlet.id, name=name, at=NOW, actor=SYSTEM)
        return TillFacts(till_id, name, self.outlet, self.merchant, frozenset())

    def join(self, **fields: Any) -> MemberFacts:
        """Enrol a new member. Needs the scope."""
        phone = f"0813{next(_serial):08d}"
        return enrol_member(
            merchant=self.merchant, draft=EnrolDraft(**{"name": "Budi", "phone": phone, **fields}), at=NOW
        )

    def sell(self, *lines: LineDraft, member: MemberFacts | None = None, **fields: Any) -> SaleFacts:
        """Record a sale. Needs the scope."""
        drafted = sale(*lines, member=member, **fields)
        return record_sale(merchant=self.merchant, till=self.till, draft=drafted, received_at=NOW).sale


def open_selling_shop(name: str = "Kopi Pagi", **settings: Any) -> SellingShop:
    merchant_id = new_id()
    with merchant_scope(merchant_id):
        opened = open_merchant(
            merchant_id=merchant_id,
            name=name,
            owner_name="Ibu Ratna",
            email=f"{merchant_id.hex}@kopi.example",
            password=None,
            at=NOW,
            **settings,
        )
    till = TillFacts(opened.till_id, "Kasir 1", opened.outlet, opened.merchant, frozenset())
    return SellingShop(opened.merchant, till, opened.outlet)


def line(number: int, unit_amount: int, quantity: int = 1, sku: str = "") -> LineDraft:
    return LineDraft(str(number), sku or f"SKU{number}", f"Barang {number}", quantity, unit_amount)


def sale(*lines: LineDraft, member: MemberFacts | None = None, **fields: Any) -> SaleDraft:
    reference = fields.pop("reference", None) or f"R{next(_serial)}"
    return SaleDraft(
        reference=reference,
        request_fingerprint=fields.pop("request_fingerprint", hashlib.sha256(reference.encode()).digest()),
        lines=lines or (line(1, 25_000, 2), line(2, 15_000), line(3, 12_000, 3)),
        **{"member_id": member.id if member else None, **fields},
    )


def refund_of(*lines: tuple[str, int], reference: str = "") -> RefundDraft:
    reference = reference or f"F{next(_serial)}"
    return RefundDraft(
        refund_reference=reference,
        request_fingerprint=hashlib.sha256(repr(lines).encode()).digest(),
        lines=tuple(RefundLineDraft(line_id, quantity) for line_id, quantity in lines),
    )


def member_id_of(found: SaleFacts) -> UUID:
    assert found.member is not None
    return found.member.id
