"""The tabs of a member's page that are lists: purchases, points, coupons and rewards."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext

from backoffice.access import StaffRequest
from backoffice.ledger.rows import movement_rows
from backoffice.parts import Page, Tab, page_urls
from backoffice.sent_texts import read_instant_and_id
from backoffice.words import CODE_STATE_WORDS, RECEIPT_WORDS
from backoffice.workplaces import works_at
from common.ids import uuid_or_none
from common.languages import reader_language
from common.quantities import format_day, format_instant
from ledger.facts import MovementFilter, Unit
from ledger.queries import balance, movements
from members.facts import MemberFacts
from merchants.facts import MerchantFacts, Permission
from merchants.queries import all_outlets
from merchants.rules import may
from rewards.catalogue.queries import taken_by
from rewards.coupons.facts import CouponFacts, CouponUse
from rewards.coupons.queries import coupons_and_stamps, uses_of_coupons
from sales.queries import receipts_by_id, receipts_of_member

PAGE_SIZE: Final = 30
SHOWN_REWARDS: Final = 20
EARLIEST: Final = date(2000, 1, 1)
"""No movement is older: the ledger's page asks for a first day."""


class MemberTab(StrEnum):
    ACTIVITY = "activity"
    PURCHASES = "purchases"
    POINTS = "points"
    COUPONS = "coupons"
    DATA = "data"


@dataclass(frozen=True)
class PurchaseRow:
    """A receipt; `url` is empty where it was sold at an outlet at which the reader does not work."""

    id: UUID
    reference: str
    at: datetime
    outlet: str
    amount: int
    points: int
    state: str
    url: str


@dataclass(frozen=True)
class CouponRow:
    """A coupon of the member: `why` says what keeps it from being used, or until when it can be.

    `receipt_url` is empty where the receipt is of an outlet at which the reader does not work.
    """

    coupon: CouponFacts
    state: str
    tone: str
    why: str
    url: str
    used_at: datetime | None
    receipt_url: str


def read_tab(text: str) -> MemberTab:
    return MemberTab(text) if text in set(MemberTab) else MemberTab.ACTIVITY


def tabs_of(current: MemberTab) -> list[Tab]:
    words = {
        MemberTab.ACTIVITY: gettext("Activity"),
        MemberTab.PURCHASES: gettext("Purchases"),
        MemberTab.POINTS: gettext("Points"),
        MemberTab.COUPONS: gettext("Coupons and rewards"),
        MemberTab.DATA: gettext("Data and consent"),
    }
    return [
        Tab(word, "?" if one is MemberTab.ACTIVITY else f"?tab={one}", current=one is current)
        for one, word in words.items()
    ]


def load_purchases(request: StaffRequest, found: MemberFacts, now: datetime) -> dict[str, Any]:
    """Return the receipts, newest first, with outlet and points."""
    merchant = request.staff.merchant
    passed = request.GET.getlist("after")
    after = read_instant_and_id(passed[-1]) if passed else None
    rows = receipts_of_member(merchant=merchant, member_id=found.id, after=after, limit=PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    cursor = f"{shown[-1].occurred_at.isoformat()}~{shown[-1].id}" if len(rows) > PAGE_SIZE else None
    newer_url, older_url = page_urls(request.GET, cursor)
    named = {one.id: one.name for one in all_outlets(merchant=merchant)}
    page_rows = [
        PurchaseRow(
            id=one.id,
            reference=one.reference,
            at=one.occurred_at,
            outlet=named[one.outlet_id],
            amount=one.total_amount - one.refunded_amount,
            points=one.points_earned,
            state=str(RECEIPT_WORDS[one.status]) if one.status != "completed" else "",
            url=reverse("backoffice:receipt", args=[one.id]) if works_at(request, one.outlet_id) else "",
        )
        for one in shown
    ]
    return {"page": Page(rows=page_rows, total=None, newer_url=newer_url, older_url=older_url)}


def load_points(request: StaffRequest, found: MemberFacts, now: datetime) -> dict[str, Any]:
    """Return what the account holds and when it lapses, and every movement, the latest first."""
    merchant = request.staff.merchant
    today = merchant.day_of(now)
    passed = request.GET.getlist("after")
    rows = movements(
        merchant=merchant,
        filters=MovementFilter(unit=Unit.POINTS, first=EARLIEST, last=today, owner_id=found.id),
        after=uuid_or_none(passed[-1]) if passed else None,
        limit=PAGE_SIZE + 1,
    )
    shown = rows[:PAGE_SIZE]
    newer_url, older_url = page_urls(request.GET, str(shown[-1].id) if len(rows) > PAGE_SIZE else None)
    return {
        "wallet": balance(merchant=merchant, owner_id=found.id, unit=Unit.WALLET, business_date=today, at=now),
        "ledger_url": _ledger_url(found, today),
        "wallet_url": _ledger_url(found, today, unit=Unit.WALLET.value),
        "page": Page(rows=movement_rows(merchant, shown), total=None, newer_url=newer_url, older_url=older_url),
    }


def _ledger_url(found: MemberFacts, today: date, **more: str) -> str:
    asked = {"member": str(found.id), "first": EARLIEST.isoformat(), "last": today.isoformat(), **more}
    return f"{reverse('backoffice:ledger')}?{urlencode(asked)}"


def load_coupons(request: StaffRequest, found: MemberFacts, now: datetime) -> dict[str, Any]:
    """Return the coupons, usable ones first, the stamp cards, and what points were redeemed for."""
    merchant = request.staff.merchant
    today = merchant.day_of(now)
    coupons, stamps = coupons_and_stamps(merchant=merchant, member_id=found.id, at=now, today=today)
    uses = uses_of_coupons(merchant=merchant, coupon_ids=[one.id for one in coupons])
    receipts = receipts_by_id(merchant=merchant, sale_ids={use.sale_id for use in uses.values()}) if uses else {}
    opened = {one.id for one in receipts.values() if works_at(request, one.outlet_id)}
    looks_up = may(request.staff.role, Permission.LOOK_UP_CODES)
    rows = [_coupon_row(merchant, one, uses.get(one.id), today, opened, looks_up=looks_up) for one in coupons]
    return {
        "coupons": rows,
        "stamps": stamps,
        "taken": taken_by(merchant=merchant, member_id=found.id, limit=SHOWN_REWARDS),
    }


_TONES: Final = {"issued": "good", "reserved": "attention", "blocked": "bad"}


def _coupon_row(
    merchant: MerchantFacts,
    one: CouponFacts,
    use: CouponUse | None,
    today: date,
    opened: Collection[UUID],
    *,
    looks_up: bool,
) -> CouponRow:
    """Return the row; `opened` are the receipts that the reader may open."""
    kept = use if use is not None and use.reinstated_at is None else None
    return CouponRow(
        coupon=one,
        state=str(CODE_STATE_WORDS[one.status]),
        tone=_TONES.get(one.status, "outline"),
        why=_say_why(merchant, one, today),
        url=reverse("backoffice:coupon", args=[one.id]) if looks_up else "",
        used_at=kept.at if kept else None,
        receipt_url=reverse("backoffice:receipt", args=[kept.sale_id]) if kept and kept.sale_id in opened else "",
    )


def _say_why(merchant: MerchantFacts, one: CouponFacts, today: date) -> str:
    """Return why a till refuses the coupon now, or until when it takes it; "" where it has no end."""
    language = reader_language()
    if one.status in {"issued", "reserved"} and one.valid_from is not None and today < one.valid_from:
        return gettext("It counts from %(day)s on.") % {"day": format_day(one.valid_from, language)}
    if one.status == "reserved" and one.reserved_until is not None:
        until = format_instant(one.reserved_until, merchant.timezone, language)
        return gettext("A till keeps it until %(at)s.") % {"at": until}
    if one.valid_until is None or one.status in {"cancelled", "blocked", "redeemed"}:
        return ""
    day = format_day(one.valid_until, language)
    if one.status == "expired":
        return gettext("Its last day was %(day)s.") % {"day": day}
    return gettext("Until %(day)s") % {"day": day}
