"""A body as the log keeps it: its shape, and the values of those fields that are named as kept.

What is no value of the field's own type is hidden too: a phone number sent as `member_id` stays out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final

from pos_integration.json_text import MalformedJsonError, TooLong, read_json
from pos_integration.request_log.kept_fields import KEPT_FIELDS, PROBLEM_FACTS
from pos_integration.schema.requests import request_name, request_shapes
from pos_integration.schema.shapes import SHAPES, Shape
from pos_integration.serializers import StrictSerializer

HIDDEN: Final = "…"
UNKNOWN: Final = "?"
MOST_ITEMS: Final = 50
LONGEST_TEXT: Final = 200
LONGEST_BODY: Final = 32_768
_FIELD_NAME: Final = re.compile(r"[a-z]{1,12}(_[a-z]{1,12}){0,5}")
_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    "uuid": re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)?"),
}
_POINTER: Final = re.compile(r"[/?]?[a-z0-9_/]{0,120}")


@dataclass(frozen=True, slots=True)
class RedactedBody:
    """JSON text; '' where there was none. `is_whole`: nothing was left out for its length, and it was JSON."""

    text: str
    is_whole: bool = True


NO_BODY: Final = RedactedBody("")


def redact_request(raw: bytes, serializer: type[StrictSerializer]) -> RedactedBody:
    """Return a till's body without personal data."""
    if not raw:
        return NO_BODY
    try:
        sent = read_json(raw)
    except MalformedJsonError:
        return RedactedBody("", is_whole=False)
    name = request_name(serializer)
    return _write_body(sent, {"$ref": f"/{name}"}, _Walk(_shapes_of(serializer)))


def redact_answer(raw: bytes, shape: str) -> RedactedBody:
    """Return an answer's body without personal data; `shape` is the name of its component."""
    if not raw:
        return NO_BODY
    return _write_body(json.loads(raw), {"$ref": f"/{shape}"}, _Walk(SHAPES))


def is_of_type(value: Any, shape: Shape) -> bool:
    """Return whether the value is one of the leaf's own type: nothing else can hide behind a kept field's name."""
    if "anyOf" in shape:
        return any(is_of_type(value, each) for each in shape["anyOf"])
    if "enum" in shape or "const" in shape:
        return value in shape.get("enum", [shape.get("const")])
    kind = shape.get("type")
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool | TooLong)
    if kind != "string" or not isinstance(value, str) or len(value) > LONGEST_TEXT:
        return False
    form = _FORMS.get(shape.get("format", ""))
    if form is not None and form.fullmatch(value) is None:
        return False
    return "pattern" not in shape or re.search(shape["pattern"].replace("$", r"\Z"), value) is not None


@cache
def _shapes_of(serializer: type[StrictSerializer]) -> Mapping[str, Shape]:
    """Return the shapes that a request is made of; made once, because making them copies every field."""
    return request_shapes(serializer)


class _Walk:
    """One walk through a body along its shape."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self.shapes = shapes
        self.is_whole = True

    def redact(self, value: Any, shape: Shape, name: str, path: str) -> Any:
        """Return what is kept of the value; `name` is the component it is in, `path` its place there."""
        if value is None:
            return None
        if "$ref" in shape:
            name, path = shape["$ref"].rpartition("/")[2], ""
            return self.redact(value, self.shapes.get(name, {}), name, path)
        if "properties" in shape and isinstance(value, dict):
            return self._redact_object(value, shape, name, path)
        if "items" in shape and isinstance(value, list):
            self.is_whole = self.is_whole and len(value) <= MOST_ITEMS
            return [self.redact(each, shape["items"], name, path) for each in value[:MOST_ITEMS]]
        structured = [each for each in shape.get("anyOf", ()) if _has_parts(each)]
        if structured and isinstance(value, dict | list):
            return self.redact(value, self._choose_shape(value, structured), name, path)
        if path in KEPT_FIELDS.get(name, ()) and is_of_type(value, shape) and not _is_odd_pointer(value, name, path):
            return value
        return HIDDEN

    def _redact_object(self, value: Mapping[str, Any], shape: Shape, name: str, path: str) -> dict[str, Any]:
        known = shape["properties"]
        kept: dict[str, Any] = {}
        for field, part in value.items():
            if field in known:
                kept[field] = self.redact(part, known[field], name, f"{path}.{field}" if path else field)
            elif name == "Problem" and field in PROBLEM_FACTS:
                kept[field] = part if is_of_type(part, PROBLEM_FACTS[field]) else HIDDEN
            else:
                kept[field if _FIELD_NAME.fullmatch(field) else UNKNOWN] = HIDDEN
        return kept

    def _choose_shape(self, value: Any, shapes: Sequence[Shape]) -> Shape:
        """Return the shape that knows most fields of the value."""
        fields = set(value) if isinstance(value, dict) else set()
        return max(shapes, key=lambda shape: len(fields & set(self._resolve_shape(shape).get("properties", {}))))

    def _resolve_shape(self, shape: Shape) -> Shape:
        return self.shapes.get(shape["$ref"].rpartition("/")[2], {}) if "$ref" in shape else shape


def _has_parts(shape: Shape) -> bool:
    """Return whether the shape is an object or a list, or may be one."""
    is_one = not shape.keys().isdisjoint({"$ref", "properties", "items"})
    return is_one or any(_has_parts(each) for each in shape.get("anyOf", ()))


def _is_odd_pointer(value: Any, name: str, path: str) -> bool:
    """Return whether a pointer names a field that a till made up: its name may say anything."""
    return (name, path) == ("FieldError", "pointer") and _POINTER.fullmatch(str(value)) is None


def _write_body(value: Any, shape: Shape, walk: _Walk) -> RedactedBody:
    kept = walk.redact(value, shape, "", "")
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"), default=_write_number)
    if len(text) > LONGEST_BODY:
        return RedactedBody("", is_whole=False)
    return RedactedBody(text, walk.is_whole)


def _write_number(value: Any) -> str:
    assert isinstance(value, Decimal)
    return HIDDEN
