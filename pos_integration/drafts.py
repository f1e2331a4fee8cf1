"""Validated bodies to the drafts that sales understands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from pos_integration.pipeline import content_digest
from rewards.engine.facts import Measure
from sales.facts import (
    Charged,
    ChargedLine,
    ExchangeReturnDraft,
    LineDraft,
    QuoteDraft,
    RefundDraft,
    RefundLineDraft,
    SaleDraft,
)


def quote_draft(data: Mapping[str, Any], *, device_at: datetime | None) -> QuoteDraft:
    return QuoteDraft(**_read_cart(data), device_at=device_at)


def sale_draft(data: Mapping[str, Any], *, device_at: datetime | None, is_paid: bool) -> SaleDraft:
    fields = _read_cart(data)
    if "charged" in fields:
        lines = tuple(ChargedLine(**line) for line in fields["charged"]["lines"])
        fields["charged"] = Charged(lines=lines, payable_amount=fields["charged"]["payable_amount"])
    # The code proves who is there, it is no part of the receipt: a retry may need a new one.
    request_fingerprint = content_digest({name: value for name, value in data.items() if name != "verification_code"})
    return SaleDraft(**fields, device_at=device_at, is_paid=is_paid, request_fingerprint=request_fingerprint)


def refund_draft(data: Mapping[str, Any], *, device_at: datetime | None) -> RefundDraft:
    lines = tuple(RefundLineDraft(**line) for line in data["lines"])
    return RefundDraft(**{**data, "lines": lines}, device_at=device_at, request_fingerprint=content_digest(data))


def _read_cart(data: Mapping[str, Any]) -> dict[str, Any]:
    lines = tuple(map(_read_line, data["lines"]))
    codes = {name: tuple(data.get(name, ())) for name in ("coupon_codes", "gift_card_codes")}
    return {**data, "lines": lines, "returns": tuple(map(_read_return, data.get("returns", ()))), **codes}


def _read_return(returned: Mapping[str, Any]) -> ExchangeReturnDraft:
    return ExchangeReturnDraft(**{**returned, "lines": tuple(RefundLineDraft(**line) for line in returned["lines"])})


def _read_line(line: Mapping[str, Any]) -> LineDraft:
    sent = line.get("measure")
    measure = Measure(Decimal(sent["value"]), sent["unit"]) if isinstance(sent, Mapping) else sent
    return LineDraft(**{"sku": "", **line, "measure": measure})
