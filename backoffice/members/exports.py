"""Members as a file: its head, its rows, and the job that writes a long one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext

from backoffice.members.views.filters import asked_of
from backoffice.members.views.listing import rows_of
from backoffice.words import SEGMENT_WORDS
from common.quantities import format_instant
from members.facts import AttributeFacts, MemberFacts
from members.queries import MemberFilter, attributes, count_members, members_page
from members.rules import mask_email, mask_phone, show_phone
from merchants.facts import MerchantFacts
from merchants.tasks import JobRun
from merchants.tenancy import merchant_scope

KIND: Final = "members_export"
BATCH_ROWS: Final = 2_000


@dataclass(frozen=True)
class MembersExport:
    """What a job of this kind is asked for: the list's filters and order as in its address; contacts in full or not."""

    query: str
    in_full: bool

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> MembersExport:
        return cls(query=str(data["query"]), in_full=bool(data["in_full"]))


def write_members(run: JobRun) -> None:
    """Write the file that a job asks for, in the language of who asked."""
    export = MembersExport.from_json(run.job.parameters)
    with merchant_scope(run.merchant.id), translation.override(run.job.language):
        asked = asked_of(run.merchant, QueryDict(export.query), run.merchant.day_of(run.job.asked_at))
        count = count_members(merchant=run.merchant, filters=asked.filters)
    run.write_file(
        name=file_name(run.job.asked_at),
        head=lambda at: head_rows(run.merchant, asked.words, count, at, run.job.language),
        batch=member_batches(run.merchant, asked.filters, asked.sort, in_full=export.in_full),
        total=count,
    )


def file_name(at: datetime) -> str:
    return f"members-{at:%Y-%m-%d}.csv"


def head_rows(
    merchant: MerchantFacts, words: Mapping[str, str], count: int, at: datetime, language: str
) -> list[list[Any]]:
    """Return what is above the members: whose, made when, under which filters, how many; then the columns."""
    return [
        [merchant.name, gettext("Members")],
        [gettext("Made"), format_instant(at, merchant.timezone, language)],
        [gettext("Filters"), *(words.values() or [gettext("none")])],
        [gettext("Members"), count],
        _column_names(merchant, _own_fields(merchant)),
    ]


def member_batches(
    merchant: MerchantFacts, filters: MemberFilter, sort: str, *, in_full: bool
) -> Callable[[str | None], tuple[list[list[Any]], str | None]]:
    """Return the function that gives the next rows and the cursor behind them."""

    own = _own_fields(merchant)

    def batch(after: str | None) -> tuple[list[list[Any]], str | None]:
        found = members_page(
            merchant=merchant, filters=filters, after=after, limit=BATCH_ROWS, sort=sort, counted=False
        )
        return _row_cells(merchant, found.members, own, in_full=in_full), found.next_after

    return batch


def _column_names(merchant: MerchantFacts, own: Sequence[AttributeFacts]) -> list[str]:
    return [
        gettext("Member number"),
        gettext("Name"),
        gettext("Mobile number"),
        gettext("E-mail"),
        gettext("Segment"),
        gettext("Tier"),
        gettext("Balance (%(unit)s)") % {"unit": merchant.points_name},
        gettext("Net spend, all time (%(unit)s)") % {"unit": merchant.currency},
        gettext("Purchases"),
        gettext("Last purchase"),
        gettext("Member since"),
        gettext("Offers by e-mail"),
        gettext("Area"),
        *(one.label for one in own),
    ]


def _own_fields(merchant: MerchantFacts) -> list[AttributeFacts]:
    return [one for one in attributes(merchant=merchant) if one.is_active]


def _row_cells(
    merchant: MerchantFacts, found: Sequence[MemberFacts], own: Sequence[AttributeFacts], *, in_full: bool
) -> list[list[Any]]:
    """Return one row per member; days as ISO dates, money as whole numbers of the smallest unit, for machines."""
    rows = {row.id: row for row in rows_of(merchant, found)}
    phone, email = (show_phone, str) if in_full else (mask_phone, mask_email)
    return [
        [
            m.number,
            m.name,
            phone(m.phone) if m.phone else "",
            email(m.email) if m.email else "",
            str(SEGMENT_WORDS.get(m.segment or "", "")),
            m.tier.name if m.tier else "",
            rows[m.id].points,
            m.spend_amount,
            m.purchase_count,
            rows[m.id].last_on or "",
            m.joined_on,
            gettext("yes") if m.promo_email else gettext("no"),
            m.area,
            *(m.attributes.get(one.key, "") for one in own),
        ]
        for m in found
    ]
