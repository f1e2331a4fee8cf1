"""A field for amounts: reads 'Rp 1.250.000', '1250000' or, with digits, '12,50' into the smallest unit."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from common.quantities import CURRENCY_SYMBOLS, MAX_AMOUNT, format_money, parse_money


class MoneyField(forms.Field):
    """`currency` is set by the form for its merchant before use (`for_currency`)."""

    widget = forms.TextInput(attrs={"inputmode": "numeric"})
    currency = "IDR"
    unit_before = "Rp"

    def for_currency(self, currency: str) -> None:
        self.currency = currency
        self.unit_before = CURRENCY_SYMBOLS.get(currency, currency)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            symbol = CURRENCY_SYMBOLS.get(self.currency, self.currency)
            return format_money(value, self.currency).replace(symbol, "").strip()
        return value

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        try:
            amount = parse_money(str(value), self.currency)
        except ValueError as error:
            raise ValidationError(
                gettext("This is not an amount. Write it like 25.000 or 25000; a comma is the decimal mark."),
                code="invalid",
            ) from error
        if not 0 <= amount <= MAX_AMOUNT:
            raise ValidationError(gettext("The amount is below 0 or too large."), code="out_of_range")
        return amount
