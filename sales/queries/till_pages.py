"""Pages of what tills left, newest first: of one till or of all."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)


def newest_of_till(
    rows: QuerySet[Row], *, instant: str, till_id: UUID | None, after: tuple[datetime, UUID] | None
) -> QuerySet[Row]:
    """Return the rows of the till (None: of every till), newest by `instant` first; `after` is the last one seen."""
    if till_id is not None:
        rows = rows.filter(till_id=till_id)
    if after is not None:
        at, row_id = after
        rows = rows.filter(Q(**{f"{instant}__lt": at}) | Q(**{instant: at}, id__lt=row_id))
    return rows.order_by(f"-{instant}", "-id")
