"""The grid of recency and frequency scores."""

from __future__ import annotations

from django.db import connection

from merchants.facts import MerchantFacts
from segments.facts import BUYERS_FOR_GRID, Grid, GridCell
from segments.models import SegmentPointer
from segments.rules import zone


def rfm_grid(*, merchant: MerchantFacts) -> Grid:
    """Return all 25 cells, highest recency first; spend is net and of all time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r, f, count(*), sum(spend_amount) FROM segments_current WHERE merchant_id = %s GROUP BY r, f",
            [merchant.id],
        )
        counted = {(r, f): (members, int(spend)) for r, f, members, spend in cursor.fetchall()}
    pointer = SegmentPointer.objects.filter(merchant_id=merchant.id).first()
    cells = tuple(
        GridCell(r, f, zone(r, f), *counted.get((r, f), (0, 0))) for r in range(5, 0, -1) for f in range(1, 6)
    )
    return Grid(
        as_of=pointer.business_date if pointer else None,
        buyers=sum(cell.member_count for cell in cells),
        needed=BUYERS_FOR_GRID,
        cells=cells,
    )
