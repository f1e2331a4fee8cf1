"""Refused values beside the boxes of the form that sent them."""

from __future__ import annotations

from collections.abc import Mapping

from django.forms import BaseForm

from common.errors import BadInput


def add_errors(form: BaseForm, bad: BadInput, *, renamed: Mapping[str, str] | None = None) -> None:
    """Put each refused value at its box, or above the form where it has none.

    `renamed` says which box asks for a value that has another name.
    """
    for error in bad.errors:
        name = error.pointer.strip("/")
        name = (renamed or {}).get(name, name)
        form.add_error(name if name in form.fields else None, error.message)
