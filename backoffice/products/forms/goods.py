"""Boxes for goods: product codes with commas between, found by name and shown by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms


class TextsField(forms.CharField):
    """Several texts with commas between; gives a list."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 2000, **options})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return texts_in(text)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(sorted(value)) if isinstance(value, (list, tuple)) else value


def texts_in(text: str) -> list[str]:
    """Return what is between the commas, each once."""
    return list(dict.fromkeys(part.strip() for part in text.replace("\n", ",").split(",") if part.strip()))


@dataclass(frozen=True)
class GoodsChip:
    """One chosen product as the page shows it; one that no catalogue knows by its code."""

    code: str
    name: str
    is_known: bool


class GoodsField(TextsField):
    """Product codes. The page finds products by name or code while someone types and shows the chosen as chips."""

    is_goods = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.chips: list[GoodsChip] = []


def name_goods(form: forms.Form, called: Callable[[Sequence[str]], Mapping[str, str]] | None) -> None:
    """Give the form's boxes for goods their chips; one look-up for all, none where no goods are named."""
    codes = {
        name: texts_in(str(form[name].value() or ""))
        for name, field in form.fields.items()
        if isinstance(field, GoodsField)
    }
    every = sorted({code for listed in codes.values() for code in listed})
    names = called(every) if called is not None and every else {}
    for name, listed in codes.items():
        field: Any = form.fields[name]
        field.chips = [
            GoodsChip(code, names.get(code, code), is_known=names.get(code, code) != code) for code in listed
        ]
