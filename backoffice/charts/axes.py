"""The value axis: round ticks from zero, thin lines, labels on the left; labels of the other axis stay horizontal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from backoffice.charts.parts import Shape, shape
from backoffice.charts.units import ChartUnit

LEFT: Final = 72
RIGHT: Final = 8
TOP: Final = 20
BOTTOM: Final = 28
LETTER: Final = 6.6
"""About the width of one letter at 12 px."""
ROOM: Final = 9.0
"""The width kept free for one letter below the axis: in narrow cards the text is drawn larger, up to 16 px."""


@dataclass(frozen=True)
class Scale:
    """From a value to a pixel."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


SMALLEST_REACH = 1e-9


def ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Round values from at most `low` to at least `high`, about `wanted` steps; always with zero in it.

    A reach no figure of a shop has (below a billionth) is drawn as 0 to 1.
    """
    low, high = min(low, 0), max(high, 0)
    if high - low < SMALLEST_REACH:
        low, high = 0, 1
    raw = (high - low) / wanted
    power = 10 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def value_axis(*, low: float, high: float, unit: ChartUnit, width: float, height: float) -> tuple[Scale, list[Shape]]:
    """Return a vertical scale with its lines and labels; the line of zero is stronger."""
    marks = ticks(low, high)
    scale = Scale(marks[0], marks[-1], height - BOTTOM, TOP)
    shapes = []
    for mark in marks:
        y = scale.at(mark)
        shapes.append(shape("line", "zero" if mark == 0 else "grid", x1=LEFT, x2=width - RIGHT, y1=y, y2=y))
        shapes.append(shape("text", "axis", text=unit.short(mark), x=LEFT - 8, y=y + 4, text_anchor="end"))
    return scale, shapes


def bottom_labels(labels: Sequence[str], centres: Sequence[float], *, y: float, right: float) -> list[Shape]:
    """Return as many labels as fit without turning; the first is always there."""
    if not labels:
        return []
    room = (centres[-1] - centres[0]) / max(len(labels) - 1, 1) if len(labels) > 1 else right
    widest = max(len(label) for label in labels) * ROOM + 8
    every = max(1, math.ceil(widest / room)) if room else 1
    shown = []
    for i in range(0, len(labels), every):
        half = len(labels[i]) * LETTER / 2
        x = min(centres[i], right - half)
        shown.append(shape("text", "axis", text=labels[i], x=x, y=y, text_anchor="middle"))
    return shown
