"""Charts: where things stand, what is refused, what the table says. Pure, no database."""

import re
from itertools import pairwise

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from backoffice import charts
from backoffice.charts.axes import ticks
from backoffice.charts.parts import WIDTHS
from backoffice.charts.units import compact

MEMBERS = charts.counts("member", "id")


def head(unit: charts.ChartUnit = MEMBERS, size: str = "wide") -> charts.ChartHead:
    return charts.ChartHead("sample", "Do they come back?", "Jan – Mar 2026", unit, size=size)  # type: ignore[arg-type]


def boxes(chart: charts.Chart) -> list[dict[str, float]]:
    return [{name: float(value) for name, value in shape.attributes} for shape in chart.shapes if shape.tag == "rect"]


@pytest.mark.parametrize(
    ("value", "indonesian", "english"),
    [
        (0, "0", "0"),
        (0.5, "0,5", "0,5"),
        (950, "950", "950"),
        (12_500, "12,5\u00a0rb", "12,5\u00a0k"),
        (1_250_000, "1,25\u00a0jt", "1,25\u00a0mn"),
        (-400_000, "-400\u00a0rb", "-400\u00a0k"),
        (1_250_000_000, "1,25\u00a0miliar", "1,25\u00a0bn"),
    ],
)
def test_axes_write_three_digits_and_never_a_bare_m(value: float, indonesian: str, english: str) -> None:
    assert compact(value, "id") == indonesian
    assert compact(value, "en") == english


def test_money_on_an_axis_is_in_whole_units_of_the_currency() -> None:
    assert charts.amounts("IDR", "id").short(1_250_000) == "1,25\u00a0jt"
    assert charts.amounts("GBP", "en").short(125_000) == "1,25\u00a0k"
    assert charts.amounts("GBP", "en").full(125_050) == "£\u00a01.250,50"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 100, [0, 25, 50, 75, 100]),
        (0, 0, [0, 0.25, 0.5, 0.75, 1]),
        (-4, 7, [-5, 0, 5, 10]),
        (0.02, 0.14, [0, 0.05, 0.1, 0.15]),
    ],
)
def test_ticks_are_round_and_hold_zero(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == expected


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
def test_ticks_enclose_every_value(one: float, other: float) -> None:
    low, high = min(one, other), max(one, other)
    marks = ticks(low, high)
    reach = max(abs(low), abs(high), 1) * 1e-6
    assert marks[0] <= low + reach
    assert marks[-1] >= high - reach
    assert 0 in marks
    assert 2 <= len(marks) <= 8


def test_columns_begin_at_zero_and_keep_their_proportions() -> None:
    chart = charts.column_chart(head=head(), labels=["Jan", "Feb"], series=[charts.Series("Sales", (50, 100))])
    first, second = boxes(chart)
    assert second["height"] == pytest.approx(2 * first["height"], abs=0.2)
    assert first["y"] + first["height"] == pytest.approx(second["y"] + second["height"], abs=0.2)


def test_a_negative_column_hangs_from_zero() -> None:
    chart = charts.column_chart(head=head(), labels=["Jan", "Feb"], series=[charts.Series("Gain", (-50, 100))])
    below, above = boxes(chart)
    assert below["y"] == pytest.approx(above["y"] + above["height"], abs=0.2)


def test_stacked_columns_lie_on_each_other() -> None:
    series = [charts.Series("Back", (60,)), charts.Series("New", (40,), "series-2")]
    lower, upper = boxes(charts.column_chart(head=head(), labels=["Jan"], series=series, stacked=True))
    assert upper["y"] + upper["height"] == pytest.approx(lower["y"] - 1, abs=0.2)


def test_an_unfinished_period_is_marked() -> None:
    chart = charts.column_chart(
        head=head(), labels=["Jan", "Feb"], series=[charts.Series("Sales", (5, 3))], unfinished=1
    )
    assert [shape.css for shape in chart.shapes if shape.tag == "rect"] == ["fill series-1", "fill series-1 unfinished"]


def test_a_missing_value_is_a_gap_and_a_dash_not_zero() -> None:
    series = [charts.Series("Sales", (5, None, 7))]
    chart = charts.column_chart(head=head(), labels=["Jan", "Feb", "Mar"], series=series)
    assert len(boxes(chart)) == 2
    assert chart.rows[1] == ["Feb", "–"]


@pytest.mark.parametrize("size", ["wide", "half"])
def test_nothing_is_drawn_outside_the_picture(size: str) -> None:
    labels = [f"{day} Nov" for day in range(1, 32)]
    values = tuple(float(day * 37_000) for day in range(31))
    series = [charts.Series("A", values), charts.Series("B", values, "lapsed")]
    bars = [charts.Bar("A very long name of a tier indeed", 1_284), charts.Bar("B", 0)]
    drawn = [
        charts.column_chart(head=head(size=size), labels=labels, series=series[:1]),
        charts.line_chart(head=head(size=size), labels=labels, series=series),
        charts.bar_chart(head=head(size=size), bars=bars),
        charts.interval_chart(
            head=head(size=size), intervals=[charts.EstimateInterval("Sent", 5, -2, 9)], columns=[""]
        ),
    ]
    for chart in drawn:
        for shape in chart.shapes:
            places = {name: float(value) for name, value in shape.attributes if re.fullmatch(r"-?[\d.]+", value)}
            across = [places[name] for name in ("x", "x1", "x2", "cx") if name in places]
            assert all(-0.1 <= x <= WIDTHS[chart.head.size] for x in across), shape
            assert all(-0.1 <= places[name] <= chart.height for name in ("y", "y1", "y2", "cy") if name in places), (
                shape
            )


def test_labels_below_do_not_run_into_each_other() -> None:
    labels = [f"{day} Nov 2026" for day in range(1, 32)]
    chart = charts.column_chart(head=head(), labels=labels, series=[charts.Series("Sales", tuple(range(31)))])
    xs = [float(dict(shape.attributes)["x"]) for shape in chart.shapes if shape.text in labels]
    assert 2 <= len(xs) < 31
    assert min(right - left for left, right in pairwise(xs)) >= len(labels[0]) * 6.6


def test_names_at_the_ends_of_lines_do_not_cover_each_other() -> None:
    series = [
        charts.Series(name, (100, 100), f"series-{i}") for i, name in enumerate(("One", "Two", "Three", "Four"), 1)
    ]
    chart = charts.line_chart(head=head(), labels=["Jan", "Feb"], series=series)
    ys = sorted(float(dict(shape.attributes)["y"]) for shape in chart.shapes if shape.css == "name")
    assert min(low - high for high, low in pairwise(ys)) >= 16


def test_what_cannot_be_read_is_refused() -> None:
    many = [charts.Series(str(i), (1,)) for i in range(5)]
    with pytest.raises(charts.ChartTooFullError):
        charts.line_chart(head=head(), labels=["Jan"], series=many)
    with pytest.raises(charts.ChartTooFullError):
        charts.column_chart(head=head(), labels=[str(i) for i in range(32)], series=[charts.Series("A", (1,) * 32)])
    with pytest.raises(charts.ChartTooFullError):
        charts.bar_chart(head=head(), bars=[charts.Bar(str(i), i) for i in range(9)])


def test_a_funnel_names_its_base_and_survives_an_empty_audience() -> None:
    steps = [charts.Bar("Audience", 2000), charts.Bar("Sent", 1476)]
    chart = charts.funnel_chart(head=head(), steps=steps, of_first="% of audience")
    assert chart.rows[1] == ["Sent", "1.476", "73,8%"]
    empty = charts.funnel_chart(head=head(), steps=[charts.Bar("Audience", 0)], of_first="%")
    assert empty.rows == [["Audience", "0", ""]]


def test_charts_without_values_are_still_charts() -> None:
    assert charts.column_chart(head=head(), labels=[], series=[charts.Series("Sales", ())]).rows == []
    assert charts.line_chart(head=head(), labels=[], series=[charts.Series("Sales", ())]).rows == []
    assert charts.bar_chart(head=head(), bars=[]).rows == []
    assert charts.interval_chart(head=head(), intervals=[], columns=[]).rows == []


def test_the_frame_shows_question_unit_period_table_and_csv() -> None:
    rupiah = charts.amounts("IDR", "id")
    chart = charts.column_chart(
        head=charts.ChartHead("sales", "Who buys <again>?", "Jan 2026", rupiah, "n = 12", "?format=csv"),
        labels=["Jan"],
        series=[charts.Series("Sales", (1_250_000,))],
        label_column="Month",
    )
    with translation.override("en"):
        markup = Template("{% load ui %}{% chart chart %}").render(Context({"chart": chart}))
    for text in (
        "Who buys &lt;again&gt;?",
        "Rp · Jan 2026",
        "n = 12",
        "?format=csv",
        "Rp\u00a01.250.000",
        "View table",
    ):
        assert text in markup
    assert 'role="img"' in markup
    assert "style=" not in markup
