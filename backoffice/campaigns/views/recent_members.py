"""The question at the welcome's start: does it also go to members who joined shortly before it was switched on?"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.parts import Tab, url_with
from campaigns.facts import AutomationFacts, MemberOccasion, TriggerName
from campaigns.operations import WrongState, queue_missed_members
from campaigns.queries import automation_of, count_missed_members, missed_members
from common.quantities import format_number
from merchants.facts import MerchantFacts, Permission
from merchants.tenancy import refusable

PERIODS: Final = (7, 30, 90)
DAYS: Final = 30
MOST_AT_ONCE: Final = 5_000


@staff_page(Permission.EDIT_CAMPAIGNS)
def recent_members(request: StaffRequest) -> HttpResponse:
    """Show how many joined in the last days without a welcome, and send it to exactly that many."""
    merchant = request.staff.merchant
    known = automation_of(merchant=merchant, trigger=TriggerName.JOINED)
    if known is None or not known.is_on:
        messages.info(request, gettext("Switch the welcome on first."))
        return redirect("backoffice:welcome")
    days = _read_days(request)
    since = first_instant(merchant, days)
    if request.method == "POST":
        found = missed_members(merchant=merchant, trigger=TriggerName.JOINED, since=since, limit=MOST_AT_ONCE)
        if request.POST.get("members") == str(len(found)):
            return _welcome_them(request, known, found)
        messages.error(request, gettext("Meanwhile their number has changed. Look at it once more before you send."))
        return redirect(f"{request.path}{url_with({}, days=str(days))}")
    waiting = count_missed_members(merchant=merchant, trigger=TriggerName.JOINED, since=since)
    return render(
        request,
        "backoffice/campaigns/recent_members.html",
        {
            "welcome": known,
            "days": days,
            "since": since.date(),
            "tabs": [_period_tab(period, current=period == days) for period in PERIODS],
            "waiting": waiting,
            "sendable": min(waiting, MOST_AT_ONCE),
        },
    )


def _welcome_them(request: StaffRequest, known: AutomationFacts, found: list[MemberOccasion]) -> HttpResponse:
    try:
        with refusable():
            added = queue_missed_members(
                merchant=request.staff.merchant,
                trigger=TriggerName.JOINED,
                recipients=found,
                at=timezone.now(),
                actor=actor_of(request),
            )
    except WrongState:
        messages.error(request, gettext("Meanwhile the welcome was switched off."))
        return redirect("backoffice:welcome")
    said = ngettext("%(count)s member has a place in the welcome now.", "%(count)s members have a place now.", added)
    messages.success(request, said % {"count": format_number(added)})
    return redirect("backoffice:campaign", campaign_id=known.campaign.id)


def _read_days(request: StaffRequest) -> int:
    """Return the period asked for if it is one of those offered, else the usual one."""
    asked = (request.POST if request.method == "POST" else request.GET).get("days", "")
    return next((period for period in PERIODS if str(period) == asked), DAYS)


def _period_tab(days: int, *, current: bool) -> Tab:
    words = ngettext("Last %(days)s day", "Last %(days)s days", days) % {"days": days}
    return Tab(words, url_with({}, days=str(days)), current=current)


def first_instant(merchant: MerchantFacts, days: int) -> datetime:
    """Return midnight on the merchant's clocks that many days ago, so that a shown count does not change."""
    zone = ZoneInfo(merchant.timezone)
    first = timezone.now().astimezone(zone).date() - timedelta(days=days)
    return datetime.combine(first, time(0), tzinfo=zone)
