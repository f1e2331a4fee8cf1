"""By when a request about a member's data must be done, and what may close it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from members.facts import DataRequestKind, WhatWasDone

DONE_WITHIN: Final = timedelta(hours=72)
"""Three times 24 hours of real time, week-ends included."""
ERASED_WITHIN: Final = timedelta(days=30)
"""Copies of the database kept for restoring are gone by then, too; nothing is done with the data from the start."""

MAY_CLOSE: Final[Mapping[DataRequestKind, frozenset[WhatWasDone]]] = {
    DataRequestKind.ACCESS: frozenset({WhatWasDone.FILE_GIVEN, WhatWasDone.TAKEN_BACK}),
    DataRequestKind.CORRECTION: frozenset({WhatWasDone.CORRECTED, WhatWasDone.TAKEN_BACK}),
    DataRequestKind.WITHDRAWAL: frozenset({WhatWasDone.CONSENT_WITHDRAWN, WhatWasDone.TAKEN_BACK}),
    DataRequestKind.RESTRICTION: frozenset({WhatWasDone.RESTRICTED, WhatWasDone.TAKEN_BACK}),
    DataRequestKind.ERASURE: frozenset({WhatWasDone.ERASED, WhatWasDone.TAKEN_BACK}),
}
BY_HAND: Final = frozenset({WhatWasDone.FILE_GIVEN, WhatWasDone.CORRECTED, WhatWasDone.TAKEN_BACK})
"""What staff say that they did; the rest is done by the step that closes the request."""


def due_at(kind: DataRequestKind, received_at: datetime) -> datetime:
    """Return the last instant at which the request may still be open."""
    return received_at + (ERASED_WITHIN if kind is DataRequestKind.ERASURE else DONE_WITHIN)
