"""Horizontal bars for named things, and the funnel: bars whose base is the first of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from backoffice.charts.axes import LETTER, RIGHT, Scale
from backoffice.charts.parts import WIDTHS, Chart, ChartHead, ChartTooFullError, Shape, shape
from common.quantities import format_percent

ROW = 36
BAR = 20
MOST_BARS = 8


@dataclass(frozen=True)
class Bar:
    """One named value; `note` is behind it (n, share), `url` opens its list. `css` as in Series."""

    label: str
    value: float
    note: str = ""
    css: str = "series-1"
    url: str = ""


def bar_chart(*, head: ChartHead, bars: Sequence[Bar], label_column: str = "", value_column: str = "") -> Chart:
    """Draw bars in the order given; more than eight raises ChartTooFullError (group the rest under 'Others')."""
    if len(bars) > MOST_BARS:
        raise ChartTooFullError(f"{len(bars)} bars")
    noted = any(bar.note for bar in bars)
    rows = [[bar.label, head.unit.full(bar.value), *([bar.note] if noted else [])] for bar in bars]
    columns = [label_column, value_column or head.unit.name, *([""] if noted else [])]
    return _draw_chart(head, bars, columns, rows)


def funnel_chart(
    *, head: ChartHead, steps: Sequence[Bar], of_first: str, label_column: str = "", value_column: str = ""
) -> Chart:
    """Draw each step with its count and its share of the first; `of_first` is that column's title."""
    first = steps[0].value if steps else 0
    bars = [replace(step, note=step.note or (format_percent(step.value / first) if first else "")) for step in steps]
    rows = [[bar.label, head.unit.full(bar.value), bar.note] for bar in bars]
    return _draw_chart(head, bars, [label_column, value_column or head.unit.name, of_first], rows)


def _draw_chart(head: ChartHead, bars: Sequence[Bar], columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Chart:
    urls = [["", bar.url] for bar in bars]
    return Chart(
        head=head, height=_chart_height(bars), shapes=_draw_rows(head, bars), columns=columns, rows=rows, urls=urls
    )


def _chart_height(bars: Sequence[Bar]) -> int:
    return ROW * max(len(bars), 1) + 8


def _draw_rows(head: ChartHead, bars: Sequence[Bar]) -> list[Shape]:
    width = WIDTHS[head.size]
    left = min(max((len(bar.label) for bar in bars), default=0) * LETTER * 1.08 + 16, width * 0.4)
    written = [head.unit.full(bar.value) + (f" · {bar.note}" if bar.note else "") for bar in bars]
    right = max((len(text) for text in written), default=0) * LETTER + 24
    most = max((bar.value for bar in bars), default=0) or 1
    scale = Scale(0, most, left, width - RIGHT - right)
    shapes = []
    for i, (bar, text) in enumerate(zip(bars, written, strict=True)):
        y = 4 + i * ROW + (ROW - BAR) / 2
        end = max(scale.at(max(bar.value, 0)), left + (1 if bar.value else 0))
        shapes.append(shape("text", "row-label", text=bar.label, x=0, y=y + 14))
        title = f"{bar.label}: {text}"
        width_drawn = end - left
        shapes.append(
            shape("rect", f"fill {bar.css}", title=title, url=bar.url, x=left, y=y, width=width_drawn, height=BAR)
        )
        shapes.append(shape("text", "label", text=text, x=end + 8, y=y + 14))
    shapes.append(shape("line", "zero", x1=left, x2=left, y1=0, y2=_chart_height(bars)))
    return shapes
