"""Forms about one member."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import AddressField, AmountField, DayField, PointsField
from backoffice.members.attribute_fields import field_name, filter_boxes
from backoffice.words import REASON_WORDS
from common.quantities import MAX_AMOUNT
from ledger.facts import Unit
from members.facts import AttributeFacts
from merchants.facts import MerchantFacts

ONE_IS_ENOUGH = "backoffice/parts/contact_field.html"
"""Draws a field of which one of two is enough: not required, and not marked as optional either."""
FILTER_FIELD = "backoffice/parts/filter_field.html"
"""Draws a filter's field: none is required, so none says so."""


class AdjustPointsForm(forms.Form):
    direction = forms.ChoiceField(
        label=_("What to do"),
        choices=[("add", _("Add points")), ("take", _("Remove points"))],
        widget=forms.RadioSelect,
    )
    points = PointsField(label=_("Points"), most_points=10**9)
    reason = forms.ChoiceField(label=_("Reason"), choices=list(REASON_WORDS.items()))
    note = forms.CharField(label=_("Internal note"), max_length=200, required=False, help_text=_("Only staff see it."))
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, points_name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["points"].unit_after = points_name  # type: ignore[attr-defined]

    @property
    def change(self) -> int:
        points: int = self.cleaned_data["points"]
        return points if self.cleaned_data["direction"] == "add" else -points


class WriteOffForm(forms.Form):
    amount = PointsField(label=_("How much"), most_points=10**9)
    reason = forms.ChoiceField(label=_("Reason"), choices=list(REASON_WORDS.items()))
    note = forms.CharField(label=_("Internal note"), max_length=200, required=False, help_text=_("Only staff see it."))
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, merchant: MerchantFacts, unit: Unit, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if unit is Unit.WALLET:
            self.fields["amount"] = AmountField(currency=merchant.currency, label=_("How much"), least_amount=1)
        else:
            self.fields["amount"].unit_after = merchant.points_name  # type: ignore[attr-defined]


class PersonBoxes(forms.Form):
    """Who a member is: the boxes of a person who joins and of a member who is corrected."""

    name = forms.CharField(label=_("Name"), max_length=120)
    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=32,
        required=False,
        help_text=_("In any form: 0812…, 62812… or +62 812-…"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    email = AddressField(label=_("E-mail"), required=False)
    birth_date = DayField(label=_("Birthday"), required=False)


class NewMemberForm(PersonBoxes):
    promo_consent = forms.BooleanField(label=_("Agrees to offers by e-mail"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("phone", "email"):
            self.fields[name].template_name = ONE_IS_ENOUGH  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("phone") and not cleaned.get("email") and "email" not in self.errors:
            self.add_error("phone", _("Give a mobile number or an e-mail address."))
        return cleaned


class PrintedCardForm(forms.Form):
    number = forms.CharField(
        label=_("Number on the card"),
        max_length=40,
        help_text=_("6 to 19 digits as printed, the last one a check digit."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class HouseholdMemberForm(forms.Form):
    """A new person who shares the number of their family."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = AddressField(label=_("E-mail"), required=False)
    birth_date = DayField(label=_("Birthday"), required=False)
    promo_consent = forms.BooleanField(label=_("Agrees to offers by e-mail"), required=False)


class MemberRangesForm(forms.Form):
    """Filters of the list that are typed. Of those with two ends either may be left open; a balance may be a debt."""

    joined_from = DayField(label=_("Joined from"), required=False, any_year=True)
    joined_to = DayField(label=_("Joined until"), required=False, any_year=True)
    bought_from = DayField(label=_("Bought from"), required=False, any_year=True)
    bought_to = DayField(label=_("Bought until"), required=False, any_year=True)
    last_from = DayField(label=_("Last purchase from"), required=False, any_year=True)
    last_to = DayField(label=_("Last purchase until"), required=False, any_year=True)
    balance_from = PointsField(label=_("Balance from"), required=False, least_points=-MAX_AMOUNT)
    balance_to = PointsField(label=_("Balance up to"), required=False, least_points=-MAX_AMOUNT)
    area = forms.CharField(label=_("Area"), max_length=80, required=False)

    def __init__(self, points_name: str, own: Sequence[AttributeFacts], *args: Any, **kwargs: Any) -> None:
        """`own` are the store's own fields; numbers and days have two ends as well."""
        super().__init__(*args, **kwargs)
        self._own = own
        for one in own:
            self.fields |= filter_boxes(one)
        for name in ("balance_from", "balance_to"):
            self.fields[name].unit_after = points_name  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.template_name = FILTER_FIELD  # type: ignore[attr-defined]

    @property
    def own_boxes(self) -> list[forms.BoundField]:
        """Return the boxes of the store's own fields."""
        return [self[name] for name in self.fields if name not in self.base_fields]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        behind = [(field_name(one), _("The end is before the beginning.")) for one in self._own]
        for name, problem in (
            *behind,
            ("joined", _("The last day is before the first day.")),
            ("bought", _("The last day is before the first day.")),
            ("last", _("The last day is before the first day.")),
            ("balance", _("The highest balance is below the lowest.")),
        ):
            first, last = cleaned.get(f"{name}_from"), cleaned.get(f"{name}_to")
            if first is not None and last is not None and last < first:
                self.add_error(f"{name}_to", problem)
        return cleaned
