"""Validated bodies to the drafts that sales understands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from common.secrets import normalise_code
from pos_integration.pipeline import Call, content_digest
from rewards.engine.facts import Bill, Measure
from rewards.gift_cards.rules import masked_code
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


def sale_draft(data: Mapping[str, Any], *, call: Call) -> SaleDraft:
    """Return the sale to record. Codes that no one may look at now are in no cart; those of cards are masked."""
    cart, unchecked = _read_cart(data), []
    for name, show in (("coupon_codes", str), ("gift_card_codes", _mask_code)):
        unchecked += [show(code) for code in cart[name] if code in call.unchecked_codes]
        cart[name] = tuple(code for code in cart[name] if code not in call.unchecked_codes)
    if "charged" in cart:
        lines = tuple(ChargedLine(**line) for line in cart["charged"]["lines"])
        cart["charged"] = Charged(lines=lines, payable_amount=cart["charged"]["payable_amount"])
    return SaleDraft(
        **cart,
        device_at=call.device_at,
        is_paid=call.is_paid,
        withholds_member=call.withholds_member,
        unchecked_codes=tuple(unchecked),
        request_fingerprint=receipt_fingerprint(data),
    )


def _mask_code(code: str) -> str:
    return masked_code(normalise_code(code))


def receipt_fingerprint(data: Mapping[str, Any]) -> bytes:
    """Return 32 bytes of what a sale's receipt says, the same whenever it is sent.

    The code proves who is there, it is no part of the receipt: a retry may need a new one.
    """
    return content_digest({name: value for name, value in data.items() if name != "verification_code"})


def refund_draft(data: Mapping[str, Any], *, device_at: datetime | None) -> RefundDraft:
    lines = tuple(RefundLineDraft(**line) for line in data["lines"])
    return RefundDraft(**{**data, "lines": lines}, device_at=device_at, request_fingerprint=content_digest(data))


def _read_cart(data: Mapping[str, Any]) -> dict[str, Any]:
    lines = tuple(map(_read_line, data["lines"]))
    codes = {name: tuple(data.get(name, ())) for name in ("coupon_codes", "gift_card_codes")}
    rest = {name: value for name, value in data.items() if name not in _OF_BILL}
    returns = tuple(map(_read_return, data.get("returns", ())))
    return {**rest, "lines": lines, "returns": returns, "bill": _read_bill(data, lines), **codes}


_OF_BILL: Final = tuple(item.name for item in fields(Bill))


def _read_bill(data: Mapping[str, Any], lines: Sequence[LineDraft]) -> Bill | None:
    """Return what the till sent beside the goods; what it sent line by line alone, the lines add up to."""
    sent = {name: data[name] for name in _OF_BILL if name in data}
    for name in ("tax_amount", "service_amount"):
        of_lines = [amount for line in lines if (amount := getattr(line, name)) is not None]
        if of_lines:
            sent.setdefault(name, sum(of_lines))
    return Bill(**sent) if any(name.endswith("_amount") for name in sent) else None


def _read_return(returned: Mapping[str, Any]) -> ExchangeReturnDraft:
    return ExchangeReturnDraft(**{**returned, "lines": tuple(RefundLineDraft(**line) for line in returned["lines"])})


def _read_line(line: Mapping[str, Any]) -> LineDraft:
    sent = line.get("measure")
    measure = Measure(Decimal(sent["value"]), sent["unit"]) if isinstance(sent, Mapping) else sent
    return LineDraft(**{"sku": "", **line, "measure": measure})
