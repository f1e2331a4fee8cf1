"""A dot with its interval: an estimate is never shown without how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backoffice.charts.axes import LETTER, RIGHT, Scale, ticks
from backoffice.charts.parts import WIDTHS, Chart, ChartHead, Shape, shape

ROW = 40
FOOT = 28


@dataclass(frozen=True)
class EstimateInterval:
    """An estimate between `low` and `high` (95 % unless the chart's note says otherwise), from `base` cases."""

    label: str
    value: float
    low: float
    high: float
    base: str = ""
    css: str = "series-1"
    url: str = ""
    """The list behind the estimate."""


def interval_chart(
    *, head: ChartHead, intervals: Sequence[EstimateInterval], columns: Sequence[str], with_zero: bool = True
) -> Chart:
    """Draw intervals; `columns` titles the table: name, estimate, from, to, base. The zero line shows the proof."""
    width, height = WIDTHS[head.size], ROW * max(len(intervals), 1) + FOOT
    left = min(max((len(each.label) for each in intervals), default=0) * LETTER * 1.08 + 24, width * 0.4)
    values = [value for each in intervals for value in (each.low, each.high, each.value)] or [0.0]
    marks = ticks(min(values), max(values))
    scale = Scale(marks[0], marks[-1], left, width - RIGHT - 24)
    shapes = []
    for mark in marks:
        x = scale.at(mark)
        css = "zero" if mark == 0 and with_zero else "grid"
        shapes.append(shape("line", css, x1=x, x2=x, y1=0, y2=height - FOOT))
        shapes.append(shape("text", "axis", text=head.unit.short(mark), x=x, y=height - 8, text_anchor="middle"))
    for i, each in enumerate(intervals):
        shapes += _draw_row(head, each, scale, ROW * (i + 0.5))
    rows = [[each.label, *map(head.unit.full, (each.value, each.low, each.high)), each.base] for each in intervals]
    urls = [["", each.url] for each in intervals]
    return Chart(head=head, height=height, shapes=shapes, columns=columns, rows=rows, urls=urls)


def _draw_row(head: ChartHead, each: EstimateInterval, scale: Scale, y: float) -> list[Shape]:
    low, middle, high = scale.at(each.low), scale.at(each.value), scale.at(each.high)
    full = head.unit.full
    title = f"{each.label}: {full(each.value)} ({full(each.low)} – {full(each.high)})"
    whisker = f"M{low:.1f} {y - 6:.1f}v12M{low:.1f} {y:.1f}H{high:.1f}M{high:.1f} {y - 6:.1f}v12"
    return [
        shape("text", "row-label", text=each.label, x=0, y=y + 4),
        shape("path", f"stroke {each.css}", d=whisker),
        shape("circle", f"fill {each.css}", title=title, url=each.url, cx=middle, cy=y, r=5),
        shape("text", "label", text=full(each.value), x=middle, y=y - 10, text_anchor="middle"),
    ]
