"""What a body was refused for, as JSON pointers to the places in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework.exceptions import ErrorDetail

from common.errors import FieldError


def field_errors(detail: Any, pointer: str = "") -> Iterator[FieldError]:
    """Yield DRF's nested errors with JSON pointers such as '/lines/0/quantity'."""
    if isinstance(detail, ErrorDetail):
        yield FieldError(pointer, str(detail.code), str(detail))
    elif isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from field_errors(
                inner, pointer if name == "non_field_errors" else f"{pointer}/{_escape_pointer(str(name))}"
            )
    elif isinstance(detail, list):
        whole = all(isinstance(inner, ErrorDetail) for inner in detail)
        for index, inner in enumerate(detail):
            yield from field_errors(inner, pointer if whole else f"{pointer}/{index}")


def _escape_pointer(name: str) -> str:
    return name[:64].replace("~", "~0").replace("/", "~1")
