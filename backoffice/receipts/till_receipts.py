"""What lists of receipts by till and days share: the question, the tills to choose from, and the pages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone

from backoffice.access import StaffRequest
from backoffice.parts import Page, page_urls
from backoffice.periods import DaysForm
from backoffice.sent_texts import read_instant_and_id
from backoffice.workplaces import own_tills
from common.ids import uuid_or_none
from merchants.facts import MerchantFacts, TillPlace
from merchants.queries import till_places

PAGE_SIZE: Final = 50
PERIOD_DAYS: Final = 30


class TillFigures(Protocol):
    """A till's line above the list; `receipts` says how many of the list are its own."""

    @property
    def till_id(self) -> UUID: ...
    @property
    def receipts(self) -> int: ...


class TillRow(Protocol):
    """A row of the list."""

    @property
    def id(self) -> UUID: ...
    @property
    def till_id(self) -> UUID: ...


Row = TypeVar("Row", bound=TillRow)


@dataclass(frozen=True)
class TillDays:
    """What is asked: receipts of these business days, of one till or (None) of all, from behind `after` on."""

    merchant: MerchantFacts
    query: QueryDict
    form: DaysForm
    first: date
    last: date
    places: Mapping[UUID, TillPlace]
    till_ids: Collection[UUID] | None
    till: TillPlace | None
    after: tuple[datetime, UUID] | None

    @property
    def of_days(self) -> dict[str, Any]:
        """Return the arguments of a query for the tills' figures."""
        return {"merchant": self.merchant, "first": self.first, "last": self.last, "till_ids": self.till_ids}

    @property
    def of_page(self) -> dict[str, Any]:
        """Return the arguments of a query for a page's rows and, to know whether there are more, the next one."""
        till_id = self.till.id if self.till else None
        return {**self.of_days, "till_id": till_id, "after": self.after, "limit": PAGE_SIZE + 1}


def read_till_days(request: StaffRequest) -> TillDays:
    """Return what the address asks; without days the last 30 with today: what came late is looked at as it comes."""
    merchant, form = request.staff.merchant, DaysForm(request.GET)
    today = merchant.day_of(timezone.now())
    first, last = form.days() or (today - timedelta(days=PERIOD_DAYS - 1), today)
    places = till_places(merchant=merchant)
    till_id = uuid_or_none(request.GET.get("till"))
    passed = request.GET.getlist("after")
    return TillDays(
        merchant=merchant,
        query=request.GET,
        form=form,
        first=first,
        last=last,
        places=places,
        till_ids=own_tills(request),
        till=places.get(till_id) if till_id else None,
        after=read_instant_and_id(passed[-1]) if passed else None,
    )


def describe_list(
    asked: TillDays,
    *,
    tills: Sequence[TillFigures],
    found: Sequence[Row],
    instant_of: Callable[[Row], datetime],
    describe: Callable[[Row], Mapping[str, Any]],
) -> dict[str, Any]:
    """Return what `receipts/by_till.html` shows of what `of_page` found; `instant_of` a row is what it is sorted by."""
    shown = found[:PAGE_SIZE]
    next_after = f"{instant_of(shown[-1]).isoformat()}~{shown[-1].id}" if len(found) > PAGE_SIZE else None
    newer_url, older_url = page_urls(asked.query, next_after)
    choices = {one.till_id: asked.places[one.till_id] for one in tills}
    return {
        "asked": asked,
        "choices": list((choices | ({asked.till.id: asked.till} if asked.till else {})).values()),
        "tills": [{"figures": one, "place": asked.places[one.till_id]} for one in tills],
        "page": Page(
            rows=[{"place": asked.places[row.till_id], **describe(row)} for row in shown],
            total=sum(one.receipts for one in tills if asked.till is None or one.till_id == asked.till.id),
            newer_url=newer_url,
            older_url=older_url,
        ),
    }
