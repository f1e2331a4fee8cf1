"""JSON Schemas of every answer, as named components. Answers have exactly the fields listed here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pos_integration.schema.shapes.basics import Shape, nullable, ref
from pos_integration.schema.shapes.carts import CARTS
from pos_integration.schema.shapes.members import ENTRY_KINDS, MEMBERS
from pos_integration.schema.shapes.rewards import REWARDS
from pos_integration.schema.shapes.shared import PRODUCTS, SHARED
from pos_integration.schema.shapes.stored_value import STORED_VALUE

__all__ = ["ENTRY_KINDS", "SHAPES", "Shape", "nullable", "ref"]

SHAPES: Final[Mapping[str, Shape]] = {**SHARED, **MEMBERS, **CARTS, **STORED_VALUE, **REWARDS, **PRODUCTS}
