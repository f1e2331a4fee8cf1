"""The till's own clock as it sends a request: how far off it is corrects every time that the till says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from rest_framework.exceptions import ValidationError

from pos_integration.fields import Instant
from pos_integration.problems import ProblemError

_INSTANT: Final = Instant()


def read_till_clock(meta: Mapping[str, Any]) -> datetime | None:
    """Return what X-Till-Clock says, without it the Date header; None: the till does not say.

    Raises the 400 problem of a malformed X-Till-Clock. A malformed Date is no clock, as HTTP has it.
    """
    written = meta.get("HTTP_X_TILL_CLOCK")
    if written is None:
        return _read_date(meta.get("HTTP_DATE"))
    try:
        return _INSTANT.to_internal_value(str(written).strip())
    except ValidationError:
        raise ProblemError("till_clock_malformed") from None


def _read_date(header: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(header or "")
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
