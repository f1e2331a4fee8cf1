"""A batch of coupons in a few plain fields, and looking one code up."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import (
    AmountField,
    ClockField,
    DayField,
    NeedsByChoice,
    PercentField,
    WholeField,
    mark_asked_with,
)
from backoffice.products.forms.goods import GoodsField, TextsField, name_goods
from backoffice.promotions.forms.conditions import ON_RETURN
from backoffice.promotions.forms.field_bindings import FormContext
from backoffice.words import WEEKDAY_WORDS
from merchants.facts import MerchantFacts
from rewards.coupons.operations import MOST_CODES, MOST_VALID_DAYS, is_shared_code

ISSUED: Final = "issued"
CODES: Final = "codes"
SHARED: Final = "shared"
PERCENT: Final = "percent"
AMOUNT: Final = "amount"
NOT_A_CODE: Final = gettext_noop("Write 4 to 24 letters A–Z and digits; single dashes may stand between them.")


COUPON_ON_RETURN: Final = [("", _("The coupon can be used again")), ("stays_used", _("The coupon stays used"))]
NO_GIVING: Final = _("Only personal coupons count days from the day they are given. Leave this empty.")
UNUSED: Final[Mapping[tuple[str, str], Mapping[str, Any]]] = {
    ("kind", SHARED): {
        "max_uses": _("A shared code has one limit, that of all uses together. Leave this empty."),
        "valid_days": NO_GIVING,
    },
    ("kind", CODES): {"valid_days": NO_GIVING},
    ("offer_kind", AMOUNT): {"cap_amount": _("This is for a percentage. Leave it empty, or choose percent off.")},
}
"""Limits that a choice has no use for: what is in them would be lost without a word."""


def _uses_field(label: Any, **options: Any) -> WholeField:
    return WholeField(label=label, min_value=1, max_value=100_000_000, required=False, unit=_("times"), **options)


@dataclass(frozen=True)
class CostLimit:
    """What the batch can cost at most: uses, money for one use, both multiplied; None is without limit."""

    uses: int | None
    each_amount: int | None

    @property
    def total_amount(self) -> int | None:
        return None if self.uses is None or self.each_amount is None else self.uses * self.each_amount


class BatchForm(NeedsByChoice):
    NEEDS = {
        "kind": {CODES: ("count",), SHARED: ("text",)},
        "offer_kind": {PERCENT: ("percent",), AMOUNT: ("amount",)},
    }

    kind = forms.ChoiceField(
        label=_("How do customers get it?"),
        choices=[
            (CODES, _("Many unique codes, each for one customer")),
            (SHARED, _("One code that everybody uses")),
            (ISSUED, _("Personal coupons: by e-mail, as a reward or by hand")),
        ],
        widget=forms.RadioSelect,
        initial=CODES,
    )
    title = forms.CharField(label=_("Title"), max_length=120, help_text=_("Customers see it on cards and receipts."))
    count = WholeField(label=_("Number of codes"), min_value=1, max_value=MOST_CODES, unit=_("codes"), required=False)
    max_uses = _uses_field(_("Each code at most"), initial=1)
    valid_days = WholeField(
        label=_("Valid after it is given for"),
        min_value=1,
        max_value=MOST_VALID_DAYS,
        initial=30,
        required=False,
        unit=_("days"),
        help_text=_("That day counts. With a last day as well, the earlier end counts."),
    )
    text = forms.CharField(
        label=_("Code"), max_length=24, required=False, help_text=_("Such as LEBARAN27: 4 to 24 letters and digits.")
    )
    offer_kind = forms.ChoiceField(
        label=_("Discount"),
        choices=[(PERCENT, _("Percent off")), (AMOUNT, _("Amount off"))],
        widget=forms.RadioSelect,
        initial=PERCENT,
    )
    percent = PercentField(label=_("Percent"), required=False)
    cap_amount = AmountField(label=_("At most"), required=False, currency="IDR", least_amount=1)
    amount = AmountField(label=_("Amount"), required=False, currency="IDR", least_amount=1)
    min_spend_amount = AmountField(label=_("Minimum spend"), required=False, currency="IDR")
    valid_from = DayField(label=_("First day"), required=False)
    valid_until = DayField(label=_("Last day"), required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Only on these weekdays"),
        choices=list(WEEKDAY_WORDS.items()),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    outlets = forms.MultipleChoiceField(
        label=_("Only in these outlets"), required=False, widget=forms.CheckboxSelectMultiple
    )
    categories = TextsField(label=_("Only these categories"), required=False, help_text=_("With commas."))
    skus = GoodsField(label=_("Only these products"), required=False, help_text=_("By name or code."))
    exclude_categories = TextsField(label=_("But not these categories"), required=False)
    exclude_skus = GoodsField(label=_("But not these products"), required=False)
    segments = forms.MultipleChoiceField(
        label=_("Only these segments"), required=False, widget=forms.CheckboxSelectMultiple
    )
    tiers = forms.MultipleChoiceField(label=_("Only these tiers"), required=False, widget=forms.CheckboxSelectMultiple)
    limit = _uses_field(_("All codes together at most"))
    per_member_limit = _uses_field(_("Each member at most"), help_text=_("Customers have to be members then."))
    per_day_limit = _uses_field(_("Each day at most"))
    per_member_day_limit = _uses_field(_("Each member per day at most"))
    on_return = forms.ChoiceField(
        label=_("When part of the goods comes back"),
        choices=ON_RETURN,
        widget=forms.RadioSelect,
        required=False,
        initial="",
        help_text=_("Priced anew, no more is kept back than was given."),
    )
    coupon_on_return = forms.ChoiceField(
        label=_("When everything comes back, or the sale is voided"),
        choices=COUPON_ON_RETURN,
        widget=forms.RadioSelect,
        required=False,
        initial="",
    )

    def __init__(
        self, merchant: MerchantFacts, form_context: FormContext, now: datetime, *args: Any, **kwargs: Any
    ) -> None:
        """`form_context` says what conditions may name: outlets, tiers, segments, categories in use."""
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, AmountField):
                field.for_currency(merchant.currency)
        for name, choices in (
            ("outlets", form_context.outlets),
            ("segments", form_context.segments),
            ("tiers", form_context.tiers),
        ):
            chosen: Any = self.fields[name]
            chosen.choices = choices
        if form_context.categories:
            known = gettext("Yours: %(names)s.") % {"names": ", ".join(form_context.categories[:12])}
            self.fields["categories"].help_text = known
        if len(form_context.outlets) < 2:
            del self.fields["outlets"]
        for name in ("on_return", "coupon_on_return"):  # one of the two is always chosen
            preset: Any = self.fields[name]
            preset.is_plain = True
        self.fields["hours_from"] = ClockField(label=_("From"), zone=merchant.timezone, at=now, required=False)
        self.fields["hours_to"] = ClockField(label=_("Until"), zone=merchant.timezone, at=now, required=False)
        mark_asked_with(self.fields["valid_days"], "kind", ISSUED)
        name_goods(self, form_context.called)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("kind") == SHARED and data.get("text") and not is_shared_code(data["text"]):
            self.add_error("text", gettext(NOT_A_CODE))
        for (choice, chosen), boxes in UNUSED.items():
            for name, words in boxes.items() if data.get(choice) == chosen else ():
                if data.get(name) and data[name] != self.fields[name].initial:
                    self.add_error(name, words)
        if data.get("kind") == ISSUED and not (data.get("valid_days") or data.get("valid_until") or self.errors):
            self.add_error("valid_days", gettext("Say for how many days it is valid, or give its last day below."))
        if (data.get("hours_from") is None) != (data.get("hours_to") is None):
            self.add_error("hours_to", gettext("Give both times, or none."))
        elif data.get("hours_from") is not None and data["hours_from"] == data["hours_to"]:
            self.add_error("hours_to", gettext("The hours begin and end at the same time."))
        first, last = data.get("valid_from"), data.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", gettext("The last day is before the first day."))
        return data

    @property
    def definition(self) -> dict[str, Any]:
        """Return the offer as the engine reads it; what was left empty is no condition."""
        data = self.cleaned_data
        offer: dict[str, Any] = {"kind": "amount_off", "value": data["amount"]}
        if data["offer_kind"] == PERCENT:
            offer = {"kind": "percent_off", "value": str(data["percent"]), "cap": data["cap_amount"]}
        goods = _without_empty(
            {name: data[name] for name in ("skus", "categories", "exclude_skus", "exclude_categories")}
        )
        day = {name: data[name].isoformat() if data[name] else None for name in ("valid_from", "valid_until")}
        hours = {"from": data["hours_from"], "to": data["hours_to"]}
        when = {
            "min_subtotal": data["min_spend_amount"],
            "valid_from": day["valid_from"],
            "valid_to": day["valid_until"],
            "weekdays": data["weekdays"],
            "hours": [{end: f"{clock:%H:%M}" for end, clock in hours.items()}] if data["hours_from"] else None,
            "outlets": data.get("outlets"),
            "segments_any": data["segments"],
            "tiers_any": data["tiers"],
            "members_only": bool(data["per_member_limit"] or data["per_member_day_limit"]),
        }
        usage = {name: data[name] for name in ("limit", "per_member_limit", "per_day_limit", "per_member_day_limit")}
        if data["kind"] == SHARED:
            del usage["limit"]  # the one code's own limit
        returns = {name: data[name] for name in ("on_return", "coupon_on_return")}
        return {
            **_without_empty({**offer, "filter": goods, **returns}),
            "when": _without_empty(when),
            "usage": _without_empty(usage),
        }

    @property
    def opens_goods(self) -> bool:
        """Return whether a box about goods is filled, so that its part of the page is shown open."""
        names = ("categories", "skus", "exclude_categories", "exclude_skus")
        return any(self[name].errors or self[name].value() for name in names)

    @property
    def opens_people(self) -> bool:
        return any(self[name].errors or self[name].value() for name in ("segments", "tiers"))

    @property
    def is_unbounded(self) -> bool:
        """Return whether the codes can cost any amount: they are created only after a second look.

        One code of many uses without a limit, or a percentage of purchases of any size without a highest amount. How
        many personal coupons there are is decided where they are given, which says what they cost.
        """
        cost = self.cost_limit
        return cost.each_amount is None if self.cleaned_data["kind"] == ISSUED else cost.total_amount is None

    @property
    def fingerprint(self) -> str:
        """Return the mark of what a preview was shown for; a form that was changed since is shown again."""
        return hashlib.sha256(repr(sorted(self.cleaned_data.items())).encode()).hexdigest()

    @property
    def cost_limit(self) -> CostLimit:
        data = self.cleaned_data
        by_codes = data["count"] * (data["max_uses"] or 1) if data["kind"] == CODES else None
        bounds = [bound for bound in (by_codes, data["limit"]) if bound]
        each = data["amount"] if data["offer_kind"] == AMOUNT else data["cap_amount"]
        return CostLimit(min(bounds) if bounds else None, each)


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


class LookUpForm(forms.Form):
    code = forms.CharField(
        label=_("Code of a coupon or gift card"),
        max_length=64,
        help_text=_("The whole code, as it is printed."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
