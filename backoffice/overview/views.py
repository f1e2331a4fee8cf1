"""Overview: what changed, who the buyers are, what is owed, what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from backoffice.access import StaffRequest, staff_page
from backoffice.charts import Chart, ChartHead, Series, column_chart
from backoffice.charts.units import amounts
from backoffice.menu import menu_for
from backoffice.no_permission import refuse_for_role
from backoffice.overview.open_work import count_approvals, count_what_waits
from backoffice.parts import Comparison, Direction, Figure
from backoffice.slow_pages import slow_page
from common.languages import reader_language
from common.quantities import format_day, format_money, format_number, format_percent
from ledger.queries import liability
from merchants.facts import MerchantFacts, Permission, Role
from merchants.queries import till_list
from merchants.rules import ROLE_PERMISSIONS, may
from rewards.promotions.queries import point_value
from sales.queries import (
    DayFigures,
    WhoseMoney,
    buyer_count,
    daily_figures,
)
from segments.facts import RunFacts
from segments.queries import latest_run, segment_cards

PERIOD: Final = timedelta(days=30)
WEEKS: Final = 12
FIRST_PAGES: Final = {Role.INTEGRATOR: "backoffice:tills"}
"""Where the day of a role begins that sees no figures, unless it is the first page of its menu."""


@dataclass(frozen=True)
class SetupStep:
    title: str
    detail: str
    url: str
    done: bool


@dataclass(frozen=True)
class PeriodFigures:
    """Business days `first` to `last`, both included: their sums and how many members bought."""

    first: date
    last: date
    sums: DayFigures
    buyers: int

    @property
    def shown(self) -> str:
        return _format_days(self.first, self.last)


@staff_page(None)
@slow_page
def overview(request: StaffRequest) -> HttpResponse:
    """Show the overview; a person whose role sees no figures goes to the first page it opens."""
    if request.staff.role in FIRST_PAGES:
        return redirect(FIRST_PAGES[request.staff.role])
    if not may(request.staff.role, Permission.SEE_FIGURES):
        menu = menu_for(permissions=ROLE_PERMISSIONS[request.staff.role], path=request.path)
        return redirect(menu[0].url) if menu else refuse_for_role(request, None)
    merchant = request.staff.merchant
    now = timezone.now()
    last = merchant.last_ended_day(now)
    weeks = [last - timedelta(days=last.weekday()) - timedelta(weeks=n) for n in reversed(range(WEEKS))]
    days = daily_figures(merchant=merchant, first=min(weeks[0], last - 2 * PERIOD), last=last)
    current, before = _sum_period(merchant, days, last), _sum_period(merchant, days, last - PERIOD)
    run = latest_run(merchant=merchant)
    steps = _setup_steps(merchant, current.sums, run) if may(request.staff.role, Permission.MANAGE_TILLS) else []
    return render(
        request,
        "backoffice/overview/overview.html",
        {
            "figures": _make_figures(merchant, current, before, request.staff.role),
            "unmatched": _sum_unmatched(merchant, current),
            **count_what_waits(request, now),
            "open_approvals": count_approvals(request, now),
            "cards": segment_cards(merchant=merchant, run=run),
            "run": run,
            "chart": _draw_weeks(merchant, days, weeks, last),
            "may_see_members": may(request.staff.role, Permission.SEE_MEMBERS),
            "steps": steps,
            "steps_done": sum(step.done for step in steps),
        },
    )


# --- figures -----------------------------------------------------------------------------------------------------


def _sum_period(merchant: MerchantFacts, days: Mapping[date, DayFigures], last: date) -> PeriodFigures:
    """Sum the 30 days up to `last`."""
    first = last - PERIOD + timedelta(days=1)
    sums = sum((figures for day, figures in days.items() if first <= day <= last), start=DayFigures())
    return PeriodFigures(first, last, sums, buyer_count(merchant=merchant, first=first, last=last))


def _make_figures(merchant: MerchantFacts, now: PeriodFigures, before: PeriodFigures, role: Role) -> list[Figure]:
    sees_members = may(role, Permission.SEE_MEMBERS)
    return [
        _returning_figure(merchant, now, before),
        Figure(
            label=gettext("Members who bought"),
            value=format_number(now.buyers),
            unit=gettext("members"),
            definition=gettext("Members with at least one purchase in the period that was not fully returned."),
            period=now.shown,
            comparison=_make_comparison(now.buyers, before.buyers, format_number(before.buyers), before.shown),
            url=_members_url(bought_from=now.first.isoformat(), bought_to=now.last.isoformat()) if sees_members else "",
        ),
        _net_sales(merchant, now, before),
        _owed_figure(merchant, now.last, sees_members=sees_members),
    ]


def _net_sales(merchant: MerchantFacts, now: PeriodFigures, before: PeriodFigures) -> Figure:
    earlier = before.sums.net_amount
    return Figure(
        label=gettext("Net sales"),
        value=format_money(now.sums.net_amount, merchant.currency, reader_language()),
        definition=gettext(
            "Totals of the receipts of these days after discounts, tax included, less goods that came back on these "
            "days, whenever they were sold. A day that is over keeps its figure."
        ),
        period=now.shown,
        base=ngettext("%(count)s receipt", "%(count)s receipts", now.sums.receipts)
        % {"count": format_number(now.sums.receipts)},
        comparison=_make_comparison(
            now.sums.net_amount, earlier, format_money(earlier, merchant.currency, reader_language()), before.shown
        ),
        url=_receipts_url(now.first, now.last, WhoseMoney.ALL),
    )


def _sum_unmatched(merchant: MerchantFacts, now: PeriodFigures) -> dict[str, str | int] | None:
    """Sum what returns without their sale took off net sales in the period; None when there were none."""
    if not now.sums.unmatched_lines:
        return None
    days = urlencode({"first": now.first.isoformat(), "last": now.last.isoformat()})
    return {
        "amount": format_money(-now.sums.unmatched_amount, merchant.currency, reader_language()),
        "count": now.sums.unmatched_lines,
        "url": f"{reverse('backoffice:unmatched_returns')}?{days}",
    }


def _members_url(**query: str) -> str:
    return f"{reverse('backoffice:members')}?{urlencode(query)}"


def _receipts_url(first: date, last: date, who: WhoseMoney) -> str:
    """Return the address of the receipts and returns that a figure of these days adds up."""
    return f"{reverse('backoffice:receipts')}?{urlencode({'who': who, 'first': first, 'last': last})}"


def _returning_figure(merchant: MerchantFacts, now: PeriodFigures, before: PeriodFigures) -> Figure:
    """Return the share of member sales that comes from people who had bought on an earlier day."""
    share, earlier = _returning_share(now.sums), _returning_share(before.sums)
    comparison = None
    if share is not None and earlier is not None:
        points = round((share - earlier) * 100, 1)
        comparison = Comparison(
            change=gettext("%(points)s percentage points") % {"points": f"{points:+.1f}".replace(".", ",")},
            direction=_direction_of(points),
            against=f"{before.shown}: {format_percent(earlier)}",
        )
    return Figure(
        label=gettext("Returning share of member sales"),
        value=format_percent(share) if share is not None else "–",
        definition=gettext(
            "Net sales to members who had bought on an earlier day, divided by net sales to all members in the period. "
            "Goods that came back are taken off the group of their sale."
        ),
        period=now.shown,
        base=gettext("of %(amount)s member sales")
        % {"amount": format_money(now.sums.member_amount, merchant.currency, reader_language())},
        comparison=comparison,
        url=_receipts_url(now.first, now.last, WhoseMoney.RETURNING) if share is not None else "",
    )


def _returning_share(sums: DayFigures) -> float | None:
    """Return the share; None where returns outweigh what was sold, so that there is none."""
    if sums.member_amount <= 0 or not 0 <= sums.returning_amount <= sums.member_amount:
        return None
    return sums.returning_amount / sums.member_amount


def _owed_figure(merchant: MerchantFacts, last: date, *, sees_members: bool) -> Figure:
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
        period=gettext("on %(day)s") % {"day": format_day(last + timedelta(days=1), reader_language())},
        base=(
            ngettext(
                "worth %(amount)s, %(count)s member", "worth %(amount)s, %(count)s members", owed.members_with_balance
            )
            % {
                "amount": format_money(value, merchant.currency, reader_language()),
                "count": format_number(owed.members_with_balance),
            }
            if value is not None
            else ngettext("%(count)s member", "%(count)s members", owed.members_with_balance)
            % {"count": format_number(owed.members_with_balance)}
        ),
        url=_members_url(balance_from="1", sort="-balance") if sees_members and owed.members_with_balance else "",
    )


def _make_comparison(now: int, before: int, shown: str, against: str) -> Comparison | None:
    if before <= 0:
        return None
    change = (now - before) / before
    return Comparison(
        change=("+" if change > 0 else "") + format_percent(change),
        direction=_direction_of(change),
        against=f"{against}: {shown}",
    )


def _direction_of(change: float) -> Direction:
    return "up" if change > 0 else "down" if change < 0 else "same"


def _format_days(first: date, last: date) -> str:
    return f"{format_day(first, reader_language())} – {format_day(last, reader_language())}"


# --- new and returning, week by week -----------------------------------------------------------------------------


def _draw_weeks(
    merchant: MerchantFacts, days: Mapping[date, DayFigures], weeks: Sequence[date], last: date
) -> Chart | None:
    """Draw columns of whole weeks, Monday first, the running one dashed; None before the first sale to a member.

    A week in which more came back than was bought is drawn as 0 and has its number in the table.
    """
    sums = {monday: DayFigures() for monday in weeks}
    for day, figures in days.items():
        monday = day - timedelta(days=day.weekday())
        if monday in sums:
            sums[monday] += figures
    if not any(week.first_amount or week.returning_amount for week in sums.values()):
        return None
    unit = amounts(merchant.currency, reader_language())
    return column_chart(
        head=ChartHead(
            key="weeks",
            question=gettext("Do sales come from members who return, or from first purchases?"),
            period=_format_days(weeks[0], last),
            unit=unit,
            note=gettext(
                "Net sales to members by week; goods that came back count in the week they came back. "
                "The running week is dashed."
            ),
        ),
        labels=[_format_short_day(week) for week in weeks],
        series=[
            Series(
                gettext("Had bought before"),
                [week.returning_amount for week in sums.values()],
                "series-1",
                _week_urls(weeks, last, WhoseMoney.RETURNING),
            ),
            Series(
                gettext("First purchase"),
                [week.first_amount for week in sums.values()],
                "series-2",
                _week_urls(weeks, last, WhoseMoney.FIRST),
            ),
        ],
        stacked=True,
        unfinished=WEEKS - 1 if last.weekday() != 6 else None,
        label_column=gettext("Week from"),
    )


def _week_urls(weeks: Sequence[date], last: date, who: WhoseMoney) -> list[str]:
    return [_receipts_url(week, min(week + timedelta(days=6), last), who) for week in weeks]


def _format_short_day(day: date) -> str:
    return format_day(day, reader_language()).rsplit(" ", 1)[0]


# --- first steps -------------------------------------------------------------------------------------------------


def _setup_steps(merchant: MerchantFacts, figures: DayFigures, run: RunFacts | None) -> Sequence[SetupStep]:
    """Return the steps, ticked by what really happened; none once all are done."""
    tills = till_list(merchant=merchant)
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
            reverse("backoffice:join_page"),
            done=run is not None or figures.member_receipts > 0,
        ),
        SetupStep(
            gettext("First segments"),
            gettext("After the first business day with sales, members are sorted into new, active, loyal and lapsed."),
            reverse("backoffice:segments"),
            done=run is not None and run.buyer_count > 0,
        ),
    ]
