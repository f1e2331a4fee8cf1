"""Forms about products."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import FileExtensionValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import AmountField, DayField
from backoffice.products.forms.goods import GoodsField, TextsField, name_goods
from common.quantities import format_number
from common.text import clean_line, comparison_key
from merchants.facts import ExcludedGoods, GoodsNames
from merchants.rules import MOST_GOODS_NAMED
from products.facts import ProductDraft, ProductText

MOST_BYTES = 5_000_000
Called = Callable[[Sequence[str]], Mapping[str, str]]


class NamesField(TextsField):
    """Product codes or categories with commas between, each at most as long as a till may send it."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 2})
        super().__init__(**{"max_length": 40_000, "required": False, "widget": widget, **options})

    def clean(self, value: Any) -> Any:
        names = list({comparison_key(name): clean_line(name) for name in super().clean(value)}.values())
        long = next((name for name in names if len(name) > 64), None)
        if long is not None:
            raise forms.ValidationError(
                gettext("“%(name)s…” is longer than 64 characters. Put commas between names.") % {"name": long[:20]}
            )
        if len(names) > MOST_GOODS_NAMED:
            raise forms.ValidationError(
                gettext("These are %(count)s names; at most %(most)s. Name a category instead of its products.")
                % {"count": format_number(len(names)), "most": format_number(MOST_GOODS_NAMED)}
            )
        return names


class ProductsField(NamesField, GoodsField):
    """The same for product codes, found and shown by name."""


class ExcludedGoodsForm(forms.Form):
    """Goods that are never discounted, and goods that never earn."""

    never_discounted_categories = NamesField(label=_("Categories never discounted"), help_text=_("With commas."))
    never_discounted_skus = ProductsField(label=_("Products never discounted"), help_text=_("By name or code."))
    never_earns_categories = NamesField(label=_("Categories that bring no points"), help_text=_("With commas."))
    never_earns_skus = ProductsField(label=_("Products that bring no points"), help_text=_("By name or code."))
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, goods: ExcludedGoods, called: Called, data: Any = None) -> None:
        """`called`: what goods are called, by the codes asked for."""
        start: dict[str, Any] = {"seen": json.dumps(goods.to_json())}
        for side in ("never_discounted", "never_earns"):
            names = getattr(goods, side)
            start |= {f"{side}_skus": names.skus, f"{side}_categories": names.categories}
        super().__init__(data, initial=start)
        name_goods(self, called)

    def clean_seen(self) -> ExcludedGoods:
        try:
            return ExcludedGoods.from_json(json.loads(self.cleaned_data["seen"]))
        except (ValueError, TypeError, AttributeError):
            raise forms.ValidationError(gettext("Open this page again: the form is incomplete.")) from None

    @property
    def goods(self) -> ExcludedGoods:
        """Return what the boxes say; of a valid form."""
        data = self.cleaned_data
        sides = {
            side: GoodsNames(tuple(data[f"{side}_skus"]), tuple(data[f"{side}_categories"]))
            for side in ("never_discounted", "never_earns")
        }
        return ExcludedGoods(**sides)


TAKES_NO_PART: Final = ("never_discounted", "never_earns")


class ProductTextForm(forms.Form):
    """What is said of one product; its code stays."""

    name = forms.CharField(label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    category = forms.CharField(
        label=_("Category"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "categories"}),
    )
    never_discounted = forms.BooleanField(
        label=_("Never discounted"),
        required=False,
        help_text=_("No promotion, coupon or gift counts it, and points cannot pay for it."),
    )
    never_earns = forms.BooleanField(
        label=_("Never brings points"),
        required=False,
        help_text=_("It brings no points, cashback, stamps or coupons."),
    )
    drawn = forms.CharField(required=False, widget=forms.HiddenInput)
    """Which of the two boxes were ticked when the page was drawn: one that was not touched changes nothing."""
    field_order = ("sku", "name", "category", "price_amount", "cost_amount", "never_discounted", "never_earns")

    def __init__(self, currency: str, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        boxes = [name for name in TAKES_NO_PART if (initial or {}).get(name)]
        super().__init__(data, initial={**(initial or {}), "drawn": " ".join(boxes) or "none"})
        self.fields["price_amount"] = AmountField(label=_("List price"), currency=currency, required=False)
        self.order_fields(self.field_order)

    def clean_name(self) -> str:
        return clean_line(self.cleaned_data["name"])

    def clean_category(self) -> str:
        return clean_line(self.cleaned_data["category"])

    @property
    def text(self) -> ProductText:
        """Return what the boxes say; of a valid form."""
        given = self.cleaned_data
        return ProductText(
            name=given["name"],
            category=given["category"],
            price_amount=given["price_amount"],
            **{name: self._read_touched(name) for name in TAKES_NO_PART},
        )

    def _read_touched(self, name: str) -> bool | None:
        """Return the box where the person changed it; None where it is as it was drawn."""
        ticked: bool = self.cleaned_data[name]
        drawn = self.cleaned_data["drawn"].split()
        return None if drawn and ticked == (name in drawn) else ticked


class ProductForm(ProductTextForm):
    """One product by hand. What it costs from another day on is added on its page."""

    sku = forms.CharField(
        label=_("Product code"),
        max_length=64,
        help_text=_("As your till sends it: SKU, PLU or barcode. It cannot be changed later."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, currency: str, data: Any = None) -> None:
        super().__init__(currency, data)
        self.fields["cost_amount"] = AmountField(
            label=_("Cost per unit"),
            currency=currency,
            required=False,
            help_text=_("What it costs you, from today on."),
        )
        self.order_fields(self.field_order)

    def clean_sku(self) -> str:
        code = clean_line(self.cleaned_data["sku"])
        if not code:
            raise forms.ValidationError(gettext("Write the product code."))
        return code

    @property
    def draft(self) -> ProductDraft:
        """Return what the boxes say; of a valid form."""
        given = self.cleaned_data
        return ProductDraft(
            sku=given["sku"],
            name=given["name"] or None,
            category=given["category"] or None,
            price_amount=given["price_amount"],
            cost_amount=given["cost_amount"],
        )


class CostForm(forms.Form):
    """What a product costs from a day on."""

    starts_on = DayField(label=_("From"))

    def __init__(self, currency: str, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["cost_amount"] = AmountField(label=_("Cost per unit"), currency=currency)
        self.order_fields(["cost_amount", "starts_on"])


class ProductFileForm(forms.Form):
    file = forms.FileField(
        label=_("Products file"),
        help_text=_("CSV with a heading line; up to 20.000 rows and 5 MB. Amounts as 25000 or 25.000."),
        validators=[FileExtensionValidator(["csv", "txt"], _("Save the table as CSV and choose that file."))],
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(
                gettext("The file is larger than 5 MB. Split it, or use the command import_products.")
            )
        return file
