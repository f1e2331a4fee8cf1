"""Overview: what changed, who the buyers are, what is owed, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext

from backoffice.access import StaffRequest, staff_page
from backoffice.charts import Chart, ChartHead, Series, column_chart
from backoffice.charts.units import amounts
from backoffice.menu import menu_for
from backoffice.parts import Comparison, Direction, Figure
from common.quantities import format_day, format_money, format_number, format_percent
from ledger.queries import liability
from merchants.facts import MerchantFacts, Permission, Role
from merchants.queries import till_list
from merchants.rules import ROLE_PERMISSIONS, last_ended_day, may
from rewards.queries import point_value
from sales.queries import DayFigures, daily_figures, period_figures
from segments.queries import latest_run, segment_cards

PERIOD: Final = timedelta(days=30)
WEEKS: Final = 12


@dataclass(frozen=True)
class SetupStep:
    title: str
    detail: str
    url: str
    done: bool


@staff_page(None)
def overview(request: StaffRequest) -> HttpResponse:
    """Those whose role sees no figures land on the first page it opens."""
    if not may(request.staff.role, Permission.SEE_FIGURES):
        menu = menu_for(permissions=ROLE_PERMISSIONS[request.staff.role], path=request.path)
        return redirect(menu[0].url) if menu else render(request, "backoffice/no_permission.html", status=403)
    merchant = request.staff.merchant
    now = timezone.now()
    last = last_ended_day(now, merchant.timezone, merchant.day_starts_at)
    current = period_figures(merchant=merchant, first=last - PERIOD + timedelta(days=1), last=last)
    before = period_figures(merchant=merchant, first=last - 2 * PERIOD + timedelta(days=1), last=last - PERIOD)
    steps = _setup(merchant, current) if may(request.staff.role, Permission.MANAGE_TILLS) else []
    return render(
        request,
        "backoffice/overview.html",
        {
            "figures": _figures(merchant, current, before, last, request.staff.role),
            "cards": segment_cards(merchant=merchant),
            "run": latest_run(merchant=merchant),
            "chart": _weeks(merchant, last),
            "may_see_members": may(request.staff.role, Permission.SEE_MEMBERS),
            "steps": steps,
            "steps_done": sum(step.done for step in steps),
        },
    )


# --- figures -----------------------------------------------------------------------------------------------------


def _figures(merchant: MerchantFacts, now: DayFigures, before: DayFigures, last: date, role: Role) -> list[Figure]:
    language = _language()
    period = _days(last - PERIOD + timedelta(days=1), last)
    against = _days(last - 2 * PERIOD + timedelta(days=1), last - PERIOD)
    return [
        _returning(merchant, now, before, period, against),
        Figure(
            label=gettext("Members who bought"),
            value=format_number(now.buyers),
            unit=gettext("members"),
            definition=gettext("Members with at least one purchase in the period that was not fully returned."),
            period=period,
            comparison=_compare(now.buyers, before.buyers, format_number(before.buyers), against),
            url=reverse("backoffice:members") if may(role, Permission.SEE_MEMBERS) else "",
        ),
        Figure(
            label=gettext("Net sales"),
            value=format_money(now.net_amount, merchant.currency, language),
            definition=gettext("Totals of all receipts after discounts, less returned goods, tax included."),
            period=period,
            base=gettext("%(count)s receipts") % {"count": format_number(now.receipts)},
            comparison=_compare(
                now.net_amount, before.net_amount, format_money(before.net_amount, merchant.currency, language), against
            ),
        ),
        _owed(merchant, last),
    ]


def _returning(merchant: MerchantFacts, now: DayFigures, before: DayFigures, period: str, against: str) -> Figure:
    """The share of member sales that comes from people who had bought on an earlier day."""
    share = now.returning_amount / now.member_amount if now.member_amount else None
    earlier = before.returning_amount / before.member_amount if before.member_amount else None
    comparison = None
    if share is not None and earlier is not None:
        points = round((share - earlier) * 100, 1)
        comparison = Comparison(
            change=gettext("%(points)s percentage points") % {"points": f"{points:+.1f}".replace(".", ",")},
            direction=_direction(points),
            against=f"{against}: {format_percent(earlier)}",
        )
    return Figure(
        label=gettext("Returning share of member sales"),
        value=format_percent(share) if share is not None else "–",
        definition=gettext(
            "Net sales to members who had bought on an earlier day, divided by net sales to all members in the period."
        ),
        period=period,
        base=gettext("of %(amount)s member sales")
        % {"amount": format_money(now.member_amount, merchant.currency, _language())},
        comparison=comparison,
    )


def _owed(merchant: MerchantFacts, last: date) -> Figure:
    owed = liability(merchant=merchant, business_date=last + timedelta(days=1))
    value = point_value(merchant=merchant, points=owed.outstanding, at=timezone.now())
    return Figure(
        label=gettext("Points owed to members"),
        value=format_number(owed.outstanding),
        unit=merchant.points_name,
        definition=gettext(
            "Points that members can still spend: available, pending and held. The money is what they are worth as "
            "payment at today's rate."
        ),
        period=gettext("on %(day)s") % {"day": format_day(last + timedelta(days=1), _language())},
        base=(
            gettext("worth %(amount)s, %(count)s members")
            % {
                "amount": format_money(value, merchant.currency, _language()),
                "count": format_number(owed.members_with_balance),
            }
            if value is not None
            else gettext("%(count)s members") % {"count": format_number(owed.members_with_balance)}
        ),
    )


def _compare(now: int, before: int, shown: str, against: str) -> Comparison | None:
    if not before:
        return None
    change = (now - before) / before
    return Comparison(
        change=("+" if change > 0 else "") + format_percent(change),
        direction=_direction(change),
        against=f"{against}: {shown}",
    )


def _direction(change: float) -> Direction:
    return "up" if change > 0 else "down" if change < 0 else "same"


def _days(first: date, last: date) -> str:
    return f"{format_day(first, _language())} – {format_day(last, _language())}"


def _language() -> str:
    return (get_language() or "id")[:2]


# --- new and returning, week by week -----------------------------------------------------------------------------


def _weeks(merchant: MerchantFacts, last: date) -> Chart | None:
    """Columns of whole weeks, Monday first; the running week is dashed. None before the first sale to a member."""
    monday = last - timedelta(days=last.weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    sums: dict[date, list[int]] = {first + timedelta(weeks=n): [0, 0] for n in range(WEEKS)}
    for day in daily_figures(merchant=merchant, first=first, last=last):
        assert day.day is not None
        week = sums[day.day - timedelta(days=day.day.weekday())]
        week[0] += day.returning_amount
        week[1] += day.first_amount
    if not any(map(any, sums.values())):
        return None
    unit = amounts(merchant.currency, _language())
    return column_chart(
        head=ChartHead(
            key="weeks",
            question=gettext("Do sales come from members who return, or from new ones?"),
            period=_days(first, last),
            unit=unit,
            note=gettext(
                "Net sales to members by week. New: bought for the first time on that day. The running week is dashed."
            ),
        ),
        labels=[_short(week) for week in sums],
        series=[
            Series(gettext("Returning members"), [week[0] for week in sums.values()], "series-1"),
            Series(gettext("New members"), [week[1] for week in sums.values()], "series-2"),
        ],
        stacked=True,
        unfinished=WEEKS - 1 if last.weekday() != 6 else None,
        label_column=gettext("Week from"),
    )


def _short(day: date) -> str:
    return format_day(day, _language()).rsplit(" ", 1)[0]


# --- first steps -------------------------------------------------------------------------------------------------


def _setup(merchant: MerchantFacts, figures: DayFigures) -> Sequence[SetupStep]:
    """Ticked by what really happened; gone when all of it has."""
    tills = till_list(merchant=merchant)
    run = latest_run(merchant=merchant)
    has_key = any(key.revoked_at is None for _, keys in tills for key in keys)
    return [
        SetupStep(
            gettext("Store and outlet"),
            gettext("Your store is open with its first outlet and till."),
            reverse("backoffice:tills"),
            done=True,
        ),
        SetupStep(
            gettext("Connect a till"),
            gettext("Issue a key for your cash register; it can look up members and record sales with it."),
            reverse("backoffice:tills"),
            done=has_key,
        ),
        SetupStep(
            gettext("First members"),
            gettext("They join at the till, or on your public page with a QR poster."),
            reverse("backoffice:members"),
            done=run is not None or figures.member_receipts > 0,
        ),
        SetupStep(
            gettext("First night"),
            gettext("After the first business day with sales, members are sorted into new, active, loyal and lapsed."),
            reverse("backoffice:segments"),
            done=run is not None and run.buyer_count > 0,
        ),
    ]
