"""Columns over time: beside each other, or stacked when the parts add up to a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backoffice.charts.axes import BOTTOM, LEFT, RIGHT, Scale, bottom_labels, value_axis
from backoffice.charts.parts import (
    WIDTHS,
    Chart,
    ChartHead,
    ChartTooFullError,
    Series,
    Shape,
    shape,
    table_rows,
    table_urls,
)

HEIGHT = 260
MOST_COLUMNS = 31
MOST_SERIES = 4


def column_chart(
    *,
    head: ChartHead,
    labels: Sequence[str],
    series: Sequence[Series],
    stacked: bool = False,
    unfinished: int | None = None,
    label_column: str = "",
) -> Chart:
    """Draw columns of the periods `labels`, dashed from the index `unfinished` on. Raises ChartTooFullError."""
    if len(labels) > MOST_COLUMNS or len(series) > MOST_SERIES:
        raise ChartTooFullError(f"{len(labels)} columns of {len(series)} series")
    width = WIDTHS[head.size]
    low, high = _value_range(series, len(labels), stacked=stacked)
    scale, shapes = value_axis(low=low, high=high, unit=head.unit, width=width, height=HEIGHT)
    step = (width - LEFT - RIGHT) / max(len(labels), 1)
    centres = [LEFT + step * (i + 0.5) for i in range(len(labels))]
    for i, label in enumerate(labels):
        dashed = unfinished is not None and i >= unfinished
        place = _Place(i, label, centres[i], step, " unfinished" if dashed else "")
        shapes += (_draw_stack if stacked else _draw_group)(place, series, head, scale)
    shapes += bottom_labels(labels, centres, y=HEIGHT - BOTTOM + 18, right=width - RIGHT)
    return Chart(
        head=head,
        height=HEIGHT,
        shapes=shapes,
        legend=tuple(series) if len(series) > 1 else (),
        columns=[label_column, *(each.name for each in series)],
        rows=table_rows(labels, series, head.unit),
        urls=table_urls(series, len(labels)),
    )


def _value_range(series: Sequence[Series], count: int, *, stacked: bool) -> tuple[float, float]:
    if stacked:
        sums = [sum(max(each.values[i] or 0, 0) for each in series) for i in range(count)]
        return 0, max(sums, default=0)
    values = [value for each in series for value in each.values if value is not None]
    return min(values, default=0), max(values, default=0)


@dataclass(frozen=True)
class _Place:
    """Where the columns of one period stand."""

    index: int
    label: str
    centre: float
    step: float
    css: str


def _draw_group(place: _Place, series: Sequence[Series], head: ChartHead, scale: Scale) -> list[Shape]:
    bar = min(40, place.step * 0.72 / len(series))
    shapes = []
    for k, each in enumerate(series):
        value = each.values[place.index]
        if value is None:
            continue
        x = place.centre + (k - len(series) / 2) * bar
        top, bottom = sorted((scale.at(value), scale.at(0)))
        shapes.append(_draw_column(place, each, head, value, x=x + 0.5, y=top, width=bar - 1, height=bottom - top))
        if len(series) == 1 and place.step >= 56:
            y = top - 6 if value >= 0 else bottom + 14
            text = head.unit.short(value)
            shapes.append(shape("text", "label", text=text, x=place.centre, y=y, text_anchor="middle"))
    return shapes


def _draw_stack(place: _Place, series: Sequence[Series], head: ChartHead, scale: Scale) -> list[Shape]:
    bar = min(48, place.step * 0.72)
    base = 0.0
    shapes = []
    for each in series:
        value = max(each.values[place.index] or 0, 0)
        if value:
            top, bottom = scale.at(base + value), scale.at(base)
            height = max(bottom - top - 1, 0.5)
            shapes.append(
                _draw_column(place, each, head, value, x=place.centre - bar / 2, y=top, width=bar, height=height)
            )
            base += value
    return shapes


def _draw_column(
    place: _Place, each: Series, head: ChartHead, value: float, *, x: float, y: float, width: float, height: float
) -> Shape:
    title = f"{place.label} · {each.name}: {head.unit.full(value)}"
    url = each.urls[place.index] if each.urls else ""
    return shape("rect", f"fill {each.css}{place.css}", title=title, url=url, x=x, y=y, width=width, height=height)
