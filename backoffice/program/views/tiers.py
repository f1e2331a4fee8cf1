"""Tiers: what each asks and gives, who holds it, who is close to the next, and how members moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, staff_page
from backoffice.charts import Chart, ChartHead, Series, column_chart
from backoffice.charts.units import counts
from backoffice.program.words import climbing_words, measured_words
from backoffice.promotions.names import names_of
from common.languages import reader_language
from common.quantities import format_day
from members.facts import TierFacts, TierMeasure, TierMonth, TierSize
from members.queries import perks_by_tier, tier_months, tier_program, tier_sizes, tiers
from merchants.facts import MerchantFacts, Permission
from merchants.rules import may
from rewards.promotions.queries import live_promotions, offers_of_tier
from rewards.promotions.wording import offer_in_words
from sales.queries import daily_figures

MONTHS: Final = 12
EXAMPLE_DAYS: Final = 90


@dataclass(frozen=True)
class TierRow:
    """One tier as the page shows it. `receipts`: how many of the shop's average it takes; None: unknown."""

    tier: TierFacts
    asks: str
    perks: Sequence[str]
    offers: Sequence[str]
    size: TierSize
    receipts: int | None
    is_highest: bool


@dataclass(frozen=True)
class AverageReceipt:
    """What a member's receipt came to on average, over which days, and how many they were."""

    amount: int
    receipts: int
    first: date
    last: date


@staff_page(Permission.SEE_FIGURES)
def tier_list(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    ladder, program = tiers(merchant=merchant), tier_program(merchant=merchant)
    average = _average_receipt(merchant)
    rows = _make_rows(merchant, ladder, average)
    return render(
        request,
        "backoffice/program/tiers.html",
        {
            "rows": rows,
            "held": sum(row.size.members for row in rows),
            "sentences": climbing_words(ladder[-1].measure if ladder else TierMeasure.SPEND, program),
            "average": average,
            "example": _worked_example(rows, average),
            "chart": _moves_chart(merchant),
            "may_edit": may(request.staff.role, Permission.EDIT_PROGRAM),
            "sees_members": may(request.staff.role, Permission.SEE_MEMBERS),
        },
    )


def _make_rows(merchant: MerchantFacts, ladder: Sequence[TierFacts], average: AverageReceipt | None) -> list[TierRow]:
    sizes, perks = tier_sizes(merchant=merchant), perks_by_tier(merchant=merchant)
    offers = _offers_by_code(merchant, ladder)
    return [
        TierRow(
            tier=tier,
            asks=measured_words(merchant, tier.measure, tier.threshold) if tier.threshold else "",
            perks=perks[tier.id],
            offers=offers[tier.code],
            size=sizes[tier.id],
            receipts=_receipts_needed(tier, average),
            is_highest=tier is ladder[-1],
        )
        for tier in ladder
    ]


def _offers_by_code(merchant: MerchantFacts, ladder: Sequence[TierFacts]) -> Mapping[str, Sequence[str]]:
    """Say what promotions in force give to each tier and not to everybody."""
    now = timezone.now()
    live, today = live_promotions(merchant=merchant, at=now), merchant.day_of(now)
    own = {tier.code: offers_of_tier(live, tier_code=tier.code, today=today) for tier in ladder}
    asked = [offer for offers in own.values() for offer in offers]
    if not asked:
        return dict.fromkeys(own, ())
    names = names_of(merchant, asked)
    return {
        code: [
            " ".join(offer_in_words(offer, currency=merchant.currency, language=reader_language(), names=names))
            for offer in offers
        ]
        for code, offers in own.items()
    }


def _average_receipt(merchant: MerchantFacts) -> AverageReceipt | None:
    """Return what members' receipts of the last days came to on average; None where there were none."""
    last = merchant.last_ended_day(timezone.now())
    first = last - timedelta(days=EXAMPLE_DAYS - 1)
    days = daily_figures(merchant=merchant, first=first, last=last).values()
    receipts, amount = sum(day.member_receipts for day in days), sum(day.member_amount for day in days)
    return AverageReceipt(amount // receipts, receipts, first, last) if receipts and amount > 0 else None


def _receipts_needed(tier: TierFacts, average: AverageReceipt | None) -> int | None:
    if average is None or tier.measure is not TierMeasure.SPEND or not average.amount:
        return None
    return -(-tier.threshold // average.amount)


def _worked_example(rows: Sequence[TierRow], average: AverageReceipt | None) -> TierRow | None:
    """Return the first tier that asks for something, for a sentence with the shop's own receipts."""
    return next((row for row in rows if row.tier.threshold and row.receipts), None) if average else None


def _moves_chart(merchant: MerchantFacts) -> Chart | None:
    """Draw moves up and down by month; None where no member has moved in that time."""
    today = merchant.day_of(timezone.now())
    months = [_month_before(today, back) for back in reversed(range(MONTHS))]
    found = {one.month: one for one in tier_months(merchant=merchant, since=months[0])}
    if not found:
        return None
    moved = [found.get(month, TierMonth(month, 0, 0)) for month in months]
    language = reader_language()
    return column_chart(
        head=ChartHead(
            key="moves",
            question=gettext("How many members move up and down?"),
            period=f"{format_day(months[0], language)} – {format_day(today, language)}",
            unit=counts(gettext("members"), language),
            note=gettext("By calendar month. A member's first tier is no move. This month is dashed."),
        ),
        labels=[format_day(month, language).partition(" ")[2] for month in months],
        series=[
            Series(gettext("Up"), [one.up for one in moved], "series-1", _month_urls(moved, is_up=True)),
            Series(gettext("Down"), [one.down for one in moved], "series-2", _month_urls(moved, is_up=False)),
        ],
        unfinished=MONTHS - 1,
        label_column=gettext("Month"),
    )


def _month_urls(moved: Sequence[TierMonth], *, is_up: bool) -> list[str]:
    page, way = reverse("backoffice:tier_moves"), "up" if is_up else "down"
    numbers = [one.up if is_up else one.down for one in moved]
    return [
        f"{page}?month={one.month:%Y-%m}&way={way}" if number else ""
        for one, number in zip(moved, numbers, strict=True)
    ]


def _month_before(day: date, back: int) -> date:
    """Return the first day of the month that many months before."""
    year, month = divmod(day.year * 12 + day.month - 1 - back, 12)
    return date(year, month + 1, 1)
