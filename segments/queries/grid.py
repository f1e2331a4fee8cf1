"""The grid of recency and frequency scores."""

from __future__ import annotations

from django.db import connection

from merchants.facts import MerchantFacts
from segments.facts import BUYERS_FOR_GRID, Grid, GridCell, RunFacts
from segments.rules import zone


def rfm_grid(*, merchant: MerchantFacts, run: RunFacts | None) -> Grid:
    """Return all 25 cells of what `run` published, highest recency first; spend is net and of all time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r, f, count(*), sum(spend_amount) FROM segments_current WHERE merchant_id = %s GROUP BY r, f",
            [merchant.id],
        )
        counted = {(r, f): (members, int(spend)) for r, f, members, spend in cursor.fetchall()}
    cells = tuple(
        GridCell(r, f, zone(r, f), *counted.get((r, f), (0, 0))) for r in range(5, 0, -1) for f in range(1, 6)
    )
    return Grid(
        as_of=run.business_date if run else None,
        buyers=sum(cell.member_count for cell in cells),
        needed=BUYERS_FOR_GRID,
        cells=cells,
    )
