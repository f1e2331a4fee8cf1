"""Charts drawn on the server: values in, shapes out. Pure Python; no Django, no styles, no script.

Each function answers one question and returns a `Chart` that `{% chart %}` draws with its table. Colours are
classes (`series-1` to `series-6`, the four segments, `now`, `past`, `control`), the same in light, dark and print.
"""

from backoffice.charts.bars import Bar, bar_chart, funnel_chart
from backoffice.charts.columns import column_chart
from backoffice.charts.intervals import EstimateInterval, interval_chart
from backoffice.charts.lines import line_chart
from backoffice.charts.parts import Chart, ChartHead, ChartTooFullError, Series, Shape
from backoffice.charts.units import ChartUnit, amounts, counts, shares

__all__ = [
    "Bar",
    "Chart",
    "ChartHead",
    "ChartTooFullError",
    "ChartUnit",
    "EstimateInterval",
    "Series",
    "Shape",
    "amounts",
    "bar_chart",
    "column_chart",
    "counts",
    "funnel_chart",
    "interval_chart",
    "line_chart",
    "shares",
]
