"""Forms of the simulator: a live rule changed a little, a rule pasted as JSON, and the limits of discounts."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import AmountField, DayField, PercentField, WholeField
from backoffice.products.forms.goods import list_texts, texts_in
from common.languages import reader_language
from common.quantities import DECIMAL_MARK
from insights.facts import Base, Change, ChangeKind, ScenarioInputs
from insights.rules.drafts import Variation, figures_of, vary
from members.facts import TierFacts
from merchants.facts import MerchantFacts, OutletFacts
from rewards.engine import DefinitionError, validate_definition
from rewards.engine.facts import Definition
from rewards.promotions.wording import problem_message

PASTED = "paste"


class RateField(forms.CharField):
    """A number above 0 with up to four decimals: '1,5' and '1.5' are the same. Gives a Decimal."""

    default_error_messages = {"unclear": _("Write a number above 0 such as 2 or 1,5.")}

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**options)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        if not re.fullmatch(r"\d{1,8}([.,]\d{1,4})?", text, re.ASCII) or not Decimal(text.replace(",", ".")):
            raise ValidationError(self.error_messages["unclear"], code="unclear")
        return Decimal(text.replace(",", "."))

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}".replace(".", DECIMAL_MARK) if isinstance(value, Decimal) else value


class ScenarioForm(forms.Form):
    """What every simulation asks: name, period, outlets, what it is compared with, and how people would behave."""

    title = forms.CharField(label=_("Name of the simulation"), max_length=120)
    first_on = DayField(label=_("First day"))
    last_on = DayField(label=_("Last day"))
    outlets = forms.MultipleChoiceField(
        label=_("Outlets"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means all."),
    )
    base = forms.ChoiceField(
        label=_("Compared with"),
        choices=[
            (Base.TODAY.value, _("Today's program over the whole period")),
            (Base.HISTORY.value, _("The program as it was on each day")),
        ],
        widget=forms.RadioSelect,
    )
    behaviour_percent = WholeField(
        label=_("Members would buy more by"),
        unit="%",
        min_value=-90,
        max_value=300,
        help_text=_("An assumption of yours; 0 takes the past as it was. Less than 0 means they would buy less."),
    )

    def __init__(self, merchant: MerchantFacts, outlets: Sequence[OutletFacts], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.merchant = merchant
        field: Any = self.fields["outlets"]
        field.choices = [(str(outlet.id), outlet.name) for outlet in outlets]
        if len(outlets) < 2:
            del self.fields["outlets"]

    def change(self) -> Change:
        raise NotImplementedError

    def inputs(self) -> ScenarioInputs:
        """Return the inputs of a valid form. Raises DefinitionError where the change gives no possible rule."""
        given = self.cleaned_data
        return ScenarioInputs(
            title=given["title"],
            base=Base(given["base"]),
            changes=(self.change(),),
            first_on=given["first_on"],
            last_on=given["last_on"],
            outlet_ids=tuple(given.get("outlets", ())),
            behaviour_percent=given["behaviour_percent"],
        )

    def add_problems(self, invalid: DefinitionError) -> None:
        language = reader_language()
        for problem in invalid.problems:
            self.add_error(self.field_of(problem.pointer), problem_message(problem, language=language))

    def field_of(self, pointer: str) -> str | None:
        return None


class VariantForm(ScenarioForm):
    """A live rule with some values changed, or left out."""

    remove = forms.BooleanField(label=_("Simulate without this rule"), required=False)
    spend = AmountField(label=_("For every"), currency="IDR", least_amount=1)
    points = WholeField(label=_("Points given"), min_value=1, max_value=10**9)
    percent_of_amount = RateField(label=_("Points in percent of the amount"))
    per_unit = WholeField(label=_("Points per unit"), min_value=1, max_value=10**9)
    factor = RateField(label=_("Points multiplied by"))
    value_per_point = RateField(label=_("Money per point, in the smallest unit"))
    percent = PercentField(label=_("Percent"))
    amount = AmountField(label=_("Amount"), currency="IDR", least_amount=1)
    min_amount = AmountField(label=_("Minimum spend"), currency="IDR", required=False)
    excluded = forms.CharField(
        label=_("Excluded categories"),
        max_length=500,
        required=False,
        help_text=_("As the till sends them, separated by commas."),
    )
    tiers = forms.MultipleChoiceField(
        label=_("Only for tiers"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means all."),
    )

    FIGURES = ("spend", "points", "percent_of_amount", "per_unit", "factor", "value_per_point", "percent", "amount")

    def __init__(
        self,
        rule: Definition,
        ladder: Sequence[TierFacts],
        merchant: MerchantFacts,
        outlets: Sequence[OutletFacts],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        shown = figures_of(rule.source)
        when = rule.source.get("when") or {}
        goods = rule.source.get("filter") or {}
        kwargs["initial"] = {
            **{name: _to_form_value(value) for name, value in shown.items()},
            "title": gettext("%(title)s, changed") % {"title": rule.title},
            "min_amount": when.get("min_subtotal"),
            "excluded": list_texts(goods.get("exclude_categories", ())),
            "tiers": list(when.get("tiers_any", ())),
            **kwargs.get("initial", {}),
        }
        super().__init__(merchant, outlets, *args, **kwargs)
        self.rule, self.figures = rule, [name for name in self.FIGURES if name in shown]
        for name in self.FIGURES:
            if name not in shown:
                del self.fields[name]
        if not hasattr(rule.terms, "filter"):
            del self.fields["excluded"]
        for name in ("spend", "amount", "min_amount"):
            if name in self.fields:
                money: Any = self.fields[name]
                money.for_currency(merchant.currency)
        tiers: Any = self.fields["tiers"]
        tiers.choices = [(tier.code, tier.name) for tier in ladder]
        if self.data.get("remove"):
            for name in self.figures:
                self.fields[name].required = False

    def figure_fields(self) -> list[Any]:
        return [self[name] for name in self.figures]

    def change(self) -> Change:
        given = self.cleaned_data
        if given["remove"]:
            return Change(ChangeKind.REMOVE, self.rule.id)
        excluded = texts_in(given.get("excluded", ""))
        varied = vary(
            self.rule.source,
            Variation(
                figures={name: _to_stored_value(given[name]) for name in self.figures},
                min_amount=given["min_amount"],
                excluded=excluded,
                tiers=given["tiers"],
            ),
        )
        return Change(ChangeKind.REPLACE, self.rule.id, validate_definition(varied))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not given.get("remove"):
            change = self.change_or_problems()
            if change is not None and change.definition is not None and change.definition.source == self.rule.source:
                raise ValidationError(gettext("Nothing is changed yet. Change at least one value of the rule."))
        return given

    def change_or_problems(self) -> Change | None:
        try:
            return self.change()
        except DefinitionError as invalid:
            self.add_problems(invalid)
            return None


class PastedForm(ScenarioForm):
    """A rule as the engine reads it, for anyone who writes definitions."""

    definition = forms.CharField(
        label=_("Rule as JSON"),
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "class": "code"}),
        max_length=20_000,
        help_text=_("A promotion's definition; it acts beside the program as a rule of its own."),
    )

    def clean_definition(self) -> Definition | None:
        try:
            data = json.loads(self.cleaned_data["definition"], parse_float=Decimal)
        except ValueError as error:
            raise ValidationError(gettext("This is not JSON: %(reason)s.") % {"reason": error}) from error
        if not isinstance(data, dict):
            raise ValidationError(gettext("Give one object in curly brackets."))
        try:
            return validate_definition({"title": gettext("Pasted rule"), **data, "id": "draft"})
        except DefinitionError as invalid:
            self.add_problems(invalid)
            return None

    def field_of(self, pointer: str) -> str | None:
        return "definition"

    def change(self) -> Change:
        return Change(ChangeKind.ADD, definition=self.cleaned_data["definition"])


def default_period(yesterday: date) -> tuple[date, date]:
    """Return the last twelve months."""
    try:
        first = yesterday.replace(year=yesterday.year - 1)
    except ValueError:
        first = yesterday.replace(year=yesterday.year - 1, day=28)
    return date.fromordinal(first.toordinal() + 1), yesterday


def _to_form_value(value: Any) -> Any:
    """Return figures of a definition as the fields show them: texts of decimals become decimals."""
    return Decimal(value) if isinstance(value, str) else value


def _to_stored_value(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value
