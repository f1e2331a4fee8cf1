"""The values a chart is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final, Literal

from backoffice.charts.units import ChartUnit

# The drawing's own pixels: a chart over the whole page, or one of two beside each other. Text is 12 px at full size.
WIDTHS: Final = {"wide": 1040, "half": 510}

Size = Literal["wide", "half"]

# The shapes of the lifecycle segments on a field of 12 x 12; the diamond is drawn as a line, not filled.
SEGMENT_PATHS: Final = {
    "new": "M6 1a5 5 0 1 0 0 10a5 5 0 1 0 0-10z",
    "active": "M6 .8 11.6 11H.4z",
    "loyal": "m6 .3 1.7 3.9 4.1.4-3.1 2.8.9 4.2L6 9.4l-3.6 2.2.9-4.2L.2 4.6l4.1-.4z",
    "lapsed": "m6 1.4 4.6 4.6L6 10.6 1.4 6z",
}


class ChartTooFullError(ValueError):
    """More lines, bars or columns than a reader can tell apart: split the question or group the rest."""


@dataclass(frozen=True)
class ChartHead:
    """What is around the drawing. `key` is unique on the page; `note` says n, definitions, what is unfinished."""

    key: str
    question: str
    period: str
    unit: ChartUnit
    note: str = ""
    csv_url: str = ""
    size: Size = "wide"


@dataclass(frozen=True)
class Series:
    """One set of values, None for none. `css`: series-1 to series-6, a segment's code, now, past, control.

    `urls`: the list behind each value, '' for none.
    """

    name: str
    values: Sequence[float | None]
    css: str = "series-1"
    urls: Sequence[str] = ()


@dataclass(frozen=True)
class Shape:
    """One SVG element: tag, class, attributes, the text inside, the title under the pointer, the list it opens."""

    tag: Literal["rect", "path", "circle", "line", "text"]
    css: str
    attributes: tuple[tuple[str, str], ...]
    text: str = ""
    title: str = ""
    url: str = ""


@dataclass(frozen=True)
class Chart:
    """`urls`: the list behind each cell of the table, '' for none; empty where no cell opens one."""

    head: ChartHead
    height: int
    shapes: Sequence[Shape]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    legend: Sequence[Series] = field(default_factory=tuple)
    urls: Sequence[Sequence[str]] = ()

    @property
    def linked_rows(self) -> list[list[tuple[str, str]]]:
        """Return each cell with the address of the list behind it."""
        return [
            [(cell, url) for cell, url in zip_longest(row, urls, fillvalue="")]
            for row, urls in zip_longest(self.rows, self.urls, fillvalue=())
        ]

    @property
    def opens_lists(self) -> bool:
        return any(url for row in self.urls for url in row)

    @property
    def width(self) -> int:
        return WIDTHS[self.head.size]


def shape(
    tag: Literal["rect", "path", "circle", "line", "text"],
    css: str,
    *,
    text: str = "",
    title: str = "",
    url: str = "",
    **attributes: float | str,
) -> Shape:
    """Return a shape with its numbers rounded to a tenth of a pixel; `text_anchor` becomes `text-anchor`."""
    written = tuple(
        (name.replace("_", "-"), value if isinstance(value, str) else tenth(value))
        for name, value in attributes.items()
    )
    return Shape(tag, css, written, text, title, url)


def tenth(value: float) -> str:
    """Write 12.04 as '12', 3.25 as '3.2': short, and no minus zero."""
    shown = f"{value:.1f}".removesuffix(".0")
    return "0" if shown == "-0" else shown


def table_urls(series: Sequence[Series], count: int) -> list[list[str]]:
    """Return the lists behind the cells of `table_rows`."""
    return [["", *(each.urls[i] if each.urls else "" for each in series)] for i in range(count)]


def table_rows(labels: Sequence[str], series: Sequence[Series], unit: ChartUnit) -> list[list[str]]:
    return [
        [label, *("–" if each.values[i] is None else unit.full(each.values[i] or 0) for each in series)]
        for i, label in enumerate(labels)
    ]
