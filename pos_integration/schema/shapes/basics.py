"""The small shapes that answers are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Shape = dict[str, Any]

TEXT: Final[Shape] = {"type": "string"}
FLAG: Final[Shape] = {"type": "boolean"}
UUID: Final[Shape] = {"type": "string", "format": "uuid"}
DAY: Final[Shape] = {"type": "string", "format": "date"}
INSTANT: Final[Shape] = {"type": "string", "format": "date-time"}
AMOUNT: Final[Shape] = {"type": "integer", "minimum": 0, "description": "Money in the merchant's currency digits"}
POINTS: Final[Shape] = {"type": "integer", "minimum": 0}
COUNT: Final[Shape] = {"type": "integer", "minimum": 0}
SIGNED: Final[Shape] = {"type": "integer"}
# Figures of a decision are money, units, points, days or codes, by reason.
FIGURE: Final[Shape] = {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]}


def ref(name: str) -> Shape:
    return {"$ref": f"#/components/schemas/{name}"}


def listed(shape: Shape) -> Shape:
    return {"type": "array", "items": shape}


def nullable(shape: Shape) -> Shape:
    return {"anyOf": [shape, {"type": "null"}]}


def choice(*values: str) -> Shape:
    return {"type": "string", "enum": list(values)}


def exactly(fields: Mapping[str, Shape], *, optional: tuple[str, ...] = (), description: str = "") -> Shape:
    """Return an object with these fields and no other; all required but the `optional` ones."""
    shape: Shape = {
        "type": "object",
        "properties": dict(fields),
        "required": [name for name in fields if name not in optional],
        "additionalProperties": False,
    }
    return {**shape, "description": description} if description else shape


def page(item: str) -> Shape:
    return exactly({"results": listed(ref(item)), "next": nullable(TEXT)})
