"""What cannot be right about the tax, service charge and tip of a cart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext
from rest_framework.exceptions import ErrorDetail

from common.quantities import MAX_AMOUNT

MAX_ROUNDING: Final = 1000
"""Bills are rounded to a coin or a note that is still handed out, never by more."""
_INSIDE: Final = (("tax_amount", "prices_include_tax"), ("service_amount", "prices_include_service"))


def bill_errors(cart: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is wrong, by field: parts above the price that holds them, lines that do not add up, too large sums.

    The amounts by themselves have been checked.
    """
    lines: Sequence[Mapping[str, Any]] = cart["lines"]
    inside = [name for name, flag in _INSIDE if cart[flag]]
    by_line = [_parts_above(line, inside, line["quantity"] * line["unit_amount"]) for line in lines]
    if any(by_line):
        return {"lines": by_line}
    errors: dict[str, Any] = {}
    for name, _ in _INSIDE:
        sent = [line[name] for line in lines if name in line]
        if sent and name in cart and sum(sent) != cart[name]:
            words = gettext("The lines add up to {sum}. Send their sum, or leave one of the two out.")
            errors[name] = [ErrorDetail(words.format(sum=sum(sent)), "lines_differ")]
    if errors:
        return errors
    goods = sum(line["quantity"] * line["unit_amount"] for line in lines)
    totals = {name: cart.get(name, sum(line.get(name, 0) for line in lines)) for name, _ in _INSIDE}
    bill = {**totals, "tip_amount": cart.get("tip_amount", 0)}
    if goods + sum(bill.values()) > MAX_AMOUNT:
        words = gettext("The bill is too large altogether: at most {high}.")
        return {max(bill, key=bill.__getitem__): [ErrorDetail(words.format(high=MAX_AMOUNT), "high")]}
    return _parts_above(totals, inside, goods)


def _parts_above(amounts: Mapping[str, Any], inside: Sequence[str], price: int) -> dict[str, Any]:
    """Return the problem of parts of a price that are together more than it, at the last of them that was sent."""
    sent = [name for name in inside if amounts.get(name)]
    if sum(amounts[name] for name in sent) <= price:
        return {}
    words = gettext("Tax and service charge are in the price, and cannot be more than it: at most {price} together.")
    return {sent[-1]: [ErrorDetail(words.format(price=price), "above_price")]}
