"""A basket to try a promotion on: goods or a real receipt, who buys, when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import AmountField, ClockField, DayField, WholeField

LINES: Final = 4
VISITS: Final = [
    ("", _("A usual one")),
    ("first", _("The first purchase")),
    ("birthday", _("On the birthday")),
    ("friend", _("The first one of a friend who was brought along")),
]


class BasketLineForm(forms.Form):
    """One line; goods that are not named stand for those the promotion is about, an empty price for the list price."""

    goods = forms.CharField(label=_("Goods"), max_length=64, required=False)
    quantity = WholeField(label=_("Quantity"), min_value=1, max_value=9999, required=False)

    def __init__(self, currency: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit_amount"] = AmountField(label=_("Unit price"), currency=currency, required=False)
        for field in self.fields.values():  # the table has no labels of its own
            field.widget.attrs["aria-label"] = field.label

    @property
    def is_used(self) -> bool:
        return bool(self.cleaned_data.get("quantity"))


class BuyerForm(forms.Form):
    """Who is at the till: no one known, or a member of a tier and a segment; and which receipt to take."""

    is_member = forms.BooleanField(label=_("A member buys"), required=False)
    visit = forms.ChoiceField(label=_("Which purchase"), choices=VISITS, required=False)
    on = DayField(label=_("Day of purchase"), required=False)

    def __init__(
        self,
        tiers: Sequence[tuple[str, str]],
        segments: Sequence[tuple[str, str]],
        receipts: Sequence[tuple[str, str]],
        zone: str,
        now: datetime,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tier"] = forms.ChoiceField(label=_("Tier"), choices=[("", "–"), *tiers], required=False)
        self.fields["segment"] = forms.ChoiceField(label=_("Segment"), choices=[("", "–"), *segments], required=False)
        self.fields["clock"] = ClockField(label=_("At"), zone=zone, at=now, required=False)
        self.fields["receipt"] = forms.ChoiceField(
            label=_("A real receipt instead"), choices=[("", _("No, the goods above")), *receipts], required=False
        )
        for field in self.fields.values():  # an experiment: nothing of it has to be filled in
            field.is_plain = True  # type: ignore[attr-defined]


class BasketForm:
    """The lines and the buyer together."""

    def __init__(
        self,
        form_context: Any,
        receipts: Sequence[tuple[str, str]],
        data: Any,
        *,
        example: Sequence[Mapping[str, Any]],
        example_price: int,
        buyer: Mapping[str, Any],
    ) -> None:
        """`example_price` is what one of goods costs that have neither a price here nor a list price."""
        self.example_price = example_price
        self.lines = [
            BasketLineForm(
                form_context.currency, data, prefix=f"line{n}", initial=example[n] if n < len(example) else {}
            )
            for n in range(LINES)
        ]
        self.buyer = BuyerForm(
            form_context.tiers,
            form_context.segments,
            receipts,
            form_context.zone,
            form_context.now,
            data,
            prefix="buyer",
            initial=buyer,
        )

    def is_valid(self) -> bool:
        valid = [form.is_valid() for form in (*self.lines, self.buyer)]
        return all(valid)
