"""Boxes for goods: product codes or categories with commas between, found by name and shown by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.translation import gettext

from common.text import comparison_key


class TextsField(forms.CharField):
    """Several texts with commas between; gives a list. A text that holds a comma is put in double quotes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 2000, **options})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return texts_in(text)

    def prepare_value(self, value: Any) -> Any:
        return list_texts(sorted(value)) if isinstance(value, (list, tuple)) else value


_PART: Final = re.compile(r'\s*"((?:[^"]|"")*)"\s*(?:,|$)|([^,]*)(?:,|$)')
"""What is between two commas: in double quotes with commas of its own, a quote in it written twice; or as it is."""


def texts_in(text: str) -> list[str]:
    """Return what is between the commas, each once; commas within double quotes divide nothing."""
    parts = (quoted.replace('""', '"') or plain for quoted, plain in _PART.findall(text.replace("\n", ",")))
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def list_texts(texts: Iterable[str]) -> str:
    """Return texts with commas between, as `texts_in` reads them again."""
    return ", ".join(f'"{one.replace(chr(34), chr(34) * 2)}"' if {",", '"'} & set(one) else one for one in texts)


@dataclass(frozen=True)
class GoodsChip:
    """One chosen product as the page shows it; one that no catalogue knows by its code."""

    code: str
    name: str
    is_known: bool


class GoodsField(TextsField):
    """Product codes. The page finds products by name or code while someone types and shows the chosen as chips."""

    is_goods = True
    found_at = "backoffice:goods_found"
    takes_one = False
    opens = False
    """Whether the list is shown before anything is typed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.chips: list[GoodsChip] = []


class ProductField(GoodsField):
    """The code of one product. Choosing it fills the form's boxes `fills_name` and `fills_price` from the catalogue."""

    takes_one = True

    def __init__(self, *, fills_name: str, fills_price: str, **options: Any) -> None:
        super().__init__(**options)
        self.fills_name, self.fills_price = fills_name, fills_price

    def clean(self, value: Any) -> Any:
        codes = super().clean(value)
        if len(codes) > 1:
            raise forms.ValidationError(gettext("Choose one product only."), code="several")
        return codes[0] if codes else ""


class CategoriesField(GoodsField):
    """Categories, found among those in use."""

    found_at = "backoffice:categories_found"
    opens = True

    def __init__(self, *, known: Sequence[str] = (), **options: Any) -> None:
        super().__init__(**options)
        self.known = {comparison_key(category) for category in known}


def name_goods(form: forms.Form, called: Callable[[Sequence[str]], Mapping[str, str]] | None) -> None:
    """Give the form's boxes for goods their chips; one look-up for all, none where no goods are named."""
    listed = {
        name: (field, texts_in(str(form[name].value() or "")))
        for name, field in form.fields.items()
        if isinstance(field, GoodsField)
    }
    products = [codes for field, codes in listed.values() if not isinstance(field, CategoriesField)]
    every = sorted({code for codes in products for code in codes})
    names = called(every) if called is not None and every else {}
    for field, codes in listed.values():
        if isinstance(field, CategoriesField):
            field.chips = [GoodsChip(code, code, is_known=comparison_key(code) in field.known) for code in codes]
        else:
            named = [(code, names.get(code, code)) for code in codes]
            field.chips = [GoodsChip(code, name, is_known=name != code) for code, name in named]
