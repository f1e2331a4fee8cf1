"""What weighed and measured goods weigh or measure, exactly."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

UNITS: Final[Mapping[str, tuple[str, int]]] = {
    "g": ("mass", 1),
    "kg": ("mass", 1000),
    "ml": ("volume", 1),
    "l": ("volume", 1000),
    "cm": ("length", 1),
    "m": ("length", 100),
    "pcs": ("number", 1),
}
"""What each unit measures, and how many of the smallest unit it is."""
VALUE_PATTERN: Final = r"^[0-9]{1,6}(\.[0-9]{1,6})?$"
_TEXT: Final = re.compile(rf"({VALUE_PATTERN[1:-1]}) ({'|'.join(UNITS)})")


@dataclass(frozen=True, slots=True)
class Measure:
    """So many kilograms, litres, metres or pieces of one unit of the goods; `value` is above 0."""

    value: Decimal
    unit: str

    def __str__(self) -> str:
        return f"{self.value.normalize():f} {self.unit}"

    @classmethod
    def of_text(cls, text: str) -> "Measure":
        """Read back what `str` wrote. Raises ValueError."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ValueError(text)
        return cls(Decimal(match[1]), match[3])

    def in_unit(self, unit: str) -> tuple[int, int] | None:
        """Return how many of `unit` it is, as numerator and denominator; None: the unit measures something else."""
        kind, size = UNITS[self.unit]
        asked_kind, asked_size = UNITS[unit]
        if kind != asked_kind:
            return None
        num, den = self.value.as_integer_ratio()
        return num * size, den * asked_size
