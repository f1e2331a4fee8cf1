"""Forms about gift cards."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import AmountField, DayField, WholeField
from rewards.gift_cards.facts import GiftCardBatchDraft

USES: Final = (
    ("given", _("Given away, ready to use")),
    ("paid", _("Paid for, ready to use")),
    ("sold", _("Sold later at the tills: worth nothing until then")),
)


class GiftCardBatchForm(forms.Form):
    title = forms.CharField(label=_("Name of the batch"), max_length=120, help_text=_("Only staff see it."))
    amount = AmountField(label=_("Amount on each card"), currency="IDR", least_amount=1, most_amount=10**9)
    count = WholeField(label=_("Number of cards"), unit=_("cards"), min_value=1, max_value=1_000)
    use = forms.ChoiceField(label=_("What the cards are for"), choices=USES, initial="given", widget=forms.RadioSelect)
    expires_on = DayField(
        label=_("Last day"),
        required=False,
        help_text=_("Left empty, the cards do not expire."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, help_text=_("It stays with the cards for ever."))
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, currency: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].for_currency(currency)  # type: ignore[attr-defined]

    @property
    def draft(self) -> GiftCardBatchDraft:
        """Return what was asked for; only of a valid form."""
        given = self.cleaned_data
        expires_on: date | None = given["expires_on"]
        return GiftCardBatchDraft(
            title=given["title"],
            amount=given["amount"],
            count=given["count"],
            needs_activation=given["use"] == "sold",
            paid=given["use"] != "given",
            expires_on=expires_on,
            reason=given["reason"],
        )

    @property
    def batch_id(self) -> UUID:
        key: UUID = self.cleaned_data["key"]
        return key
