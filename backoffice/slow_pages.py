"""Pages that may take long: of each shop one at a time in every process, so that another shop's always find room.

Who comes second is not refused at once: the web server holds the request back without a thread and tries it again for
a few seconds; only then the page says that the shop's own pages are being worked on, and loads itself once more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Concatenate, Final, ParamSpec
from uuid import UUID

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from backoffice.access import StaffRequest
from common.lock_waits import WAIT_HEADER

RETRY_SECONDS: Final = 3
TRY_AGAIN_SECONDS: Final = 0.5
LONGEST_SECONDS: Final = 120.0

Given = ParamSpec("Given")
View = Callable[Concatenate[StaffRequest, Given], HttpResponseBase]

_busy: dict[UUID, float] = {}
_lock = threading.Lock()


def slow_page(view: View[Given]) -> View[Given]:
    """Let one request of the shop work at a time; 429 in words while another one does. Below `staff_page`.

    A streamed file keeps its place until its last line is written.
    """

    @wraps(view)
    def page(request: StaffRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponseBase:
        place = Place.take(request.staff.merchant.id)
        if place is None:
            return _refuse_page(request)
        try:
            response = view(request, *args, **kwargs)
        except BaseException:
            place.close()
            raise
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = HeldStream(iter(response), place)
        else:
            place.close()
        return response

    return page


class Place:
    """A shop's one place among the slow pages of this process; given back once, or lost after LONGEST_SECONDS."""

    def __init__(self, merchant_id: UUID, since: float) -> None:
        self.merchant_id, self.since = merchant_id, since

    @classmethod
    def take(cls, merchant_id: UUID) -> Place | None:
        """Take the shop's place; None while another request of the shop has it."""
        now = time.monotonic()
        with _lock:
            if now - _busy.get(merchant_id, -LONGEST_SECONDS) < LONGEST_SECONDS:
                return None
            _busy[merchant_id] = now
        return cls(merchant_id, now)

    def close(self) -> None:
        with _lock:
            if _busy.get(self.merchant_id) == self.since:
                del _busy[self.merchant_id]


class HeldStream:
    """The lines of a file, whose place is given back at their end, at an error, or when no one reads them at all."""

    def __init__(self, lines: Iterator[bytes], place: Place) -> None:
        self.lines, self.place = lines, place

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self.lines)
        except BaseException:
            self.place.close()
            raise

    def close(self) -> None:
        self.place.close()


def _refuse_page(request: StaffRequest) -> HttpResponseBase:
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    response[WAIT_HEADER] = str(TRY_AGAIN_SECONDS)
    if request.method == "GET" and "HX-Request" not in request.headers:
        response["Refresh"] = str(RETRY_SECONDS)
    return response
