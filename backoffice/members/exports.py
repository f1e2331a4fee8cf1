"""Members as a file: its head, its rows, and the job that writes a long one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext

from backoffice.members.views.filters import Asked, asked_of
from backoffice.members.views.listing import rows_of
from backoffice.words import SEGMENT_WORDS
from common.quantities import format_instant
from common.secrets import decrypt, encrypt
from members.facts import AttributeFacts, MemberFacts, ViewedPart
from members.operations import note_viewings
from members.queries import MemberFilter, attributes, count_members, members_page
from members.rules import mask_email, mask_phone, show_phone
from merchants.facts import Actor, JobError, MerchantFacts
from merchants.queries import merchant_by_id
from merchants.rules import is_above
from merchants.tasks import JobRefused, JobRun
from merchants.tenancy import merchant_scope

KIND: Final = "members_export"
BATCH_ROWS: Final = 2_000


@dataclass(frozen=True)
class MembersExport:
    """What a job of this kind is asked for: the list's filters and order as in its address; contacts in full or not.

    `member_ids` are rows that were ticked, whatever the filters say. `count` is how many members were asked for,
    `limit` how many with contacts one person might take alone by then (None: any number).
    """

    query: str
    in_full: bool
    count: int
    limit: int | None
    member_ids: tuple[UUID, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the values as a job keeps them: what a person searched for may name someone, so it is encrypted."""
        is_sealed = "q" in QueryDict(self.query)
        return {
            "query": encrypt(self.query).hex() if is_sealed else self.query,
            "is_sealed": is_sealed,
            "in_full": self.in_full,
            "count": self.count,
            "limit": self.limit,
            "member_ids": [str(one) for one in self.member_ids],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> MembersExport:
        kept = str(data["query"])
        return cls(
            query=decrypt(bytes.fromhex(kept)) if data["is_sealed"] else kept,
            in_full=bool(data["in_full"]),
            count=int(data["count"]),
            limit=data["limit"],
            member_ids=tuple(UUID(one) for one in data["member_ids"]),
        )

    def asked(self, merchant: MerchantFacts, today: date) -> Asked:
        """Return whom the file is about, and the same in words."""
        asked = asked_of(merchant, QueryDict(self.query), today)
        return asked_by_hand(asked, self.member_ids) if self.member_ids else asked


def asked_by_hand(asked: Asked, member_ids: Sequence[UUID]) -> Asked:
    """Return the ticked rows instead of what the filters say."""
    filters = MemberFilter(member_ids=tuple(member_ids))
    return replace(asked, filters=filters, words={"member": gettext("Selected by hand")})


def has_grown(asked_for: int, count: int) -> bool:
    """Return whether a list has so many more members now that what was asked for is not what it would give.

    A tenth more is what people who join while the request waits bring.
    """
    return count > asked_for * 11 // 10 + 10


def write_members(run: JobRun) -> None:
    """Write the file that a job asks for, in the language of who asked."""
    export = MembersExport.from_json(run.job.parameters)
    with merchant_scope(run.merchant.id), translation.override(run.job.language):
        asked = export.asked(run.merchant, run.merchant.day_of(run.job.asked_at))
        count = count_members(merchant=run.merchant, filters=asked.filters)
        limit = merchant_by_id(run.merchant.id).export_alone_members
    if export.in_full and is_above(limit, count) and has_grown(export.count, count):
        raise JobRefused(JobError.LIST_GREW)
    run.write_file(
        name=file_name(run.job.asked_at),
        head=lambda at: head_rows(run.merchant, asked.words, count, at, run.job.language),
        batch=member_batches(
            run.merchant,
            asked.filters,
            asked.sort,
            in_full=export.in_full,
            viewer=run.job.asker,
            at=run.job.asked_at,
        ),
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
    merchant: MerchantFacts, filters: MemberFilter, sort: str, *, in_full: bool, viewer: Actor, at: datetime
) -> Callable[[str | None], tuple[list[list[Any]], str | None]]:
    """Return the function that gives the next rows and the cursor behind them.

    That `viewer` took them out is noted for each of them with their rows: they may ask who looked.
    """
    own = _own_fields(merchant)

    def batch(after: str | None) -> tuple[list[list[Any]], str | None]:
        found = members_page(
            merchant=merchant, filters=filters, after=after, limit=BATCH_ROWS, sort=sort, counted=False
        )
        note_viewings(
            merchant=merchant,
            member_ids=[one.id for one in found.members],
            part=ViewedPart.LIST,
            actor=viewer,
            at=at,
            business_date=merchant.day_of(at),
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
