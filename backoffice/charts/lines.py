"""Lines over time, at most four; the unfinished end is dashed, each line carries its name at its end."""

from __future__ import annotations

from collections.abc import Sequence

from backoffice.charts.axes import BOTTOM, LEFT, LETTER, RIGHT, TOP, Scale, bottom_labels, value_axis
from backoffice.charts.parts import (
    SEGMENT_PATHS,
    WIDTHS,
    Chart,
    ChartHead,
    ChartTooFullError,
    Series,
    Shape,
    shape,
    table_rows,
    tenth,
)

HEIGHT = 260
MOST_LINES = 4
NAME_GAP = 16


def line_chart(
    *,
    head: ChartHead,
    labels: Sequence[str],
    series: Sequence[Series],
    unfinished: int | None = None,
    label_column: str = "",
) -> Chart:
    """Draw lines, dashed from `unfinished` on (the running period, a forecast). Raises ChartTooFullError."""
    if len(series) > MOST_LINES:
        raise ChartTooFullError(f"{len(series)} lines")
    named = max((len(each.name) for each in series), default=0) * LETTER + 32 if len(series) > 1 else 0
    end = WIDTHS[head.size] - RIGHT - named
    values = [value for each in series for value in each.values if value is not None]
    low, high = min(values, default=0), max(values, default=0)
    scale, shapes = value_axis(low=low, high=high, unit=head.unit, width=end + RIGHT, height=HEIGHT)
    step = (end - LEFT - 16) / max(len(labels) - 1, 1)
    xs = [LEFT + 8 + step * i for i in range(len(labels))]
    for each in series:
        points = [(i, xs[i], scale.at(value)) for i, value in enumerate(each.values) if value is not None]
        shapes += _draw_strokes(each.css, points, unfinished)
        shapes += [_draw_dot(each, labels[i], head, i, x, y) for i, x, y in points]
    if len(series) > 1:
        shapes += _draw_names(series, scale, xs)
    shapes += bottom_labels(labels, xs, y=HEIGHT - BOTTOM + 18, right=end)
    columns = [label_column, *(each.name for each in series)]
    rows = table_rows(labels, series, head.unit)
    return Chart(head=head, height=HEIGHT, shapes=shapes, columns=columns, rows=rows)


def _draw_strokes(css: str, points: Sequence[tuple[int, float, float]], unfinished: int | None) -> list[Shape]:
    solid = [(x, y) for i, x, y in points if unfinished is None or i < unfinished]
    dashed = [(x, y) for i, x, y in points if unfinished is not None and i >= unfinished - 1]
    shapes = [shape("path", f"stroke {css}", d=_path_data(solid))] if len(solid) > 1 else []
    if len(dashed) > 1:
        shapes.append(shape("path", f"stroke {css} unfinished", d=_path_data(dashed)))
    return shapes


def _draw_dot(each: Series, label: str, head: ChartHead, *place: float) -> Shape:
    i, x, y = place
    title = f"{label} · {each.name}: {head.unit.full(each.values[int(i)] or 0)}"
    return shape("circle", f"fill {each.css} point", title=title, cx=x, cy=y, r=3)


def _path_data(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{tenth(x)} {tenth(y)}" for x, y in points)


def _draw_names(series: Sequence[Series], scale: Scale, xs: Sequence[float]) -> list[Shape]:
    """Draw the names at the ends of the lines, pushed apart so that none covers another."""
    ends = []
    for each in series:
        last = max((i for i, value in enumerate(each.values) if value is not None), default=None)
        if last is not None:
            ends.append((scale.at(each.values[last] or 0), xs[last], each))
    shapes, lowest = [], float(TOP - NAME_GAP)
    for y, x, each in sorted(ends, key=lambda end: end[0]):
        lowest = max(y, lowest + NAME_GAP)
        shapes.append(_draw_key(each.css, x + 10, lowest - 6))
        shapes.append(shape("text", "name", text=each.name, x=x + 27, y=lowest + 4))
    return shapes


def _draw_key(css: str, x: float, y: float) -> Shape:
    """Draw the mark before a name: a segment's own shape, else a square in the line's colour."""
    path = SEGMENT_PATHS.get(css, "M1 1h10v10h-10z")
    kind = "stroke" if css == "lapsed" else "fill"
    return shape("path", f"{kind} {css}", d=path, transform=f"translate({tenth(x)} {tenth(y)})")
