"""Who the members are: by age, by area, by the outlet they joined at, and by the choices of the store's own fields."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from backoffice.access import StaffRequest, staff_page
from backoffice.members.attribute_fields import field_name
from backoffice.members.views.figure_filters import UNKNOWN, age_code, age_word
from backoffice.slow_pages import slow_page
from common.languages import reader_language
from common.quantities import format_day, format_number
from members.facts import AttributeFacts, AttributeKind
from members.queries import (
    GroupFigures,
    attributes,
    members_by_age,
    members_by_area,
    members_by_choice,
    members_by_outlet,
)
from members.rules import ADULT_AT
from merchants.facts import MerchantFacts, Permission
from merchants.queries import all_outlets
from merchants.rules import may

RECENT_DAYS: Final = 365


@dataclass(frozen=True)
class GroupRow:
    """A group as a line shows it. `url` opens its members, `recent_url` those of them who have bought since the day.

    `is_child`: nothing but how many they are is said.
    """

    label: str
    figures: GroupFigures
    url: str = ""
    is_child: bool = False
    recent_url: str = ""


@dataclass(frozen=True)
class GroupTable:
    """One way to look at the members; every member is in one of its rows."""

    title: str
    heading: str
    rows: list[GroupRow]
    footnote: str = ""

    @property
    def members(self) -> int:
        return sum(row.figures.members for row in self.rows)


@staff_page(Permission.SEE_FIGURES)
@slow_page
def member_figures(request: StaffRequest) -> HttpResponse:
    merchant, now = request.staff.merchant, timezone.now()
    since_on = merchant.day_of(now) - timedelta(days=RECENT_DAYS - 1)
    since = merchant.bounds_of(since_on)[0]
    own = [one for one in attributes(merchant=merchant) if one.is_active and one.kind is AttributeKind.CHOICE]
    found = [
        _by_age(merchant, now, since),
        _by_area(merchant, since),
        _by_outlet(merchant, since),
        *(_by_choice(merchant, one, since) for one in own),
    ]
    context: dict[str, Any] = {
        "tables": [_with_recent(table, since_on) for table in found if table.rows],
        "since": format_day(since_on, reader_language()),
        "sees_members": may(request.staff.role, Permission.SEE_MEMBERS),
    }
    return render(request, "backoffice/members/figures.html", context)


def _with_recent(table: GroupTable, since_on: date) -> GroupTable:
    """Return the table with the address of those who have bought since that day, of each group that has a list."""
    rows = [
        replace(row, recent_url=f"{row.url}&{urlencode({'last_from': since_on.isoformat()})}") if row.url else row
        for row in table.rows
    ]
    return replace(table, rows=rows)


def _by_age(merchant: MerchantFacts, now: datetime, since: datetime) -> GroupTable:
    rows = [
        GroupRow(age_word(one.key), one, _list_url(age=age_code(one.key)), is_child=_is_of_children(*one.key))
        for one in members_by_age(merchant=merchant, today=merchant.day_of(now), since=since)
    ]
    footnote = gettext("Of members under %(age)s only the number is shown: no profile is made of a child.")
    return GroupTable(gettext("By age"), gettext("Age"), rows, footnote % {"age": ADULT_AT})


def _is_of_children(first_age: int | None, last_age: int | None) -> bool:
    return first_age is not None and last_age is not None and last_age < ADULT_AT


def _by_area(merchant: MerchantFacts, since: datetime) -> GroupTable:
    named, unknown, more = members_by_area(merchant=merchant, since=since)
    rows = [GroupRow(one.key, one, _list_url(area=one.key)) for one in named]
    rows.append(GroupRow(gettext("Not known"), unknown, _list_url(area=UNKNOWN)))
    if more:
        words = ngettext("%(count)s more area is not listed.", "%(count)s more areas are not listed.", more)
        footnote = words % {"count": format_number(more)}
    elif not named:
        footnote = gettext("No area is known yet. It is typed on a member's page, or sent by a till.")
    else:
        footnote = ""
    return GroupTable(gettext("By area"), gettext("Area"), rows, footnote)


def _by_outlet(merchant: MerchantFacts, since: datetime) -> GroupTable:
    names = {outlet.id: outlet.name for outlet in all_outlets(merchant=merchant)}
    rows = [
        GroupRow(names.get(one.key, gettext("At no outlet")), one, _list_url(outlet=str(one.key)) if one.key else "")
        for one in members_by_outlet(merchant=merchant, since=since)
    ]
    return GroupTable(gettext("By outlet"), gettext("Joined at"), rows if len(names) > 1 else [])


def _by_choice(merchant: MerchantFacts, own: AttributeFacts, since: datetime) -> GroupTable:
    rows = [
        GroupRow(str(one.key), one, _list_url(**{field_name(own): one.key}) if one.key in own.choices else "")
        for one in members_by_choice(merchant=merchant, attribute=own, since=since)
    ]
    return GroupTable(own.label, own.label, rows)


def _list_url(**asked: str) -> str:
    return f"{reverse('backoffice:members')}?{urlencode(asked)}"
