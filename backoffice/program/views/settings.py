"""Settings of the program, one page for each task: what points are worth and when they lapse, stacking, limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, staff_page
from backoffice.context import ROLE_WORDS
from backoffice.program.approvals import KIND_WORDS
from backoffice.program.forms.settings import LIMITS, POINTS, STACKING
from backoffice.program.rule_pages import PAYING, find_rules
from backoffice.program.rule_words import redeem_words
from backoffice.program.setting_pages import settings_page
from ledger.queries import points_held_by_day
from ledger.rules import points_expiry_day, points_lapsing
from ledger.wording import expiry_words
from merchants.facts import MerchantFacts, Permission
from merchants.queries import open_approval_count
from merchants.rules import may, promotion_settings_with
from rewards.promotions.queries import worked_discounts

LOOKED_AHEAD: Final = timedelta(days=365)


@dataclass(frozen=True)
class ExpiryExample:
    """Points earned on a day, and the last day they can be used: now, and under the settings that are shown."""

    earned_on: date
    last_days: Sequence[date | None]


@dataclass(frozen=True)
class LapsingPoints:
    """What members hold today, how much of it lapses within a year, and how much would by the settings shown."""

    held: int
    until: date
    lapsing: int
    would_lapse: int


@staff_page(Permission.EDIT_PROGRAM)
def points(request: StaffRequest) -> HttpResponse:
    """What points are called, what they are worth and when they lapse."""
    return settings_page(
        request,
        POINTS,
        here="backoffice:program_points",
        template="backoffice/program/points.html",
        describe=_describe_points,
    )


@staff_page(Permission.EDIT_PROGRAM)
def stacking(request: StaffRequest) -> HttpResponse:
    """Which promotions add up, and how their discounts are rounded."""
    return settings_page(
        request,
        STACKING,
        here="backoffice:program_stacking",
        template="backoffice/program/stacking.html",
        describe=_describe_stacking,
    )


@staff_page(Permission.EDIT_PROGRAM)
def limits(request: StaffRequest) -> HttpResponse:
    """Limits of points, debts and returns, and what each role may move alone."""
    sets_roles = may(request.staff.role, Permission.MANAGE_STAFF)
    return settings_page(
        request,
        LIMITS,
        here="backoffice:program_limits",
        template="backoffice/program/limits.html",
        describe=lambda merchant, changes: {**_describe_limits(merchant), "sets_roles": sets_roles},
    )


def _describe_points(merchant: MerchantFacts, changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Work the last days out for three days of earning, and count what members hold where the days would differ."""
    today = merchant.day_of(timezone.now())
    then = replace(merchant, **{name: changes[name] for name in changes})
    rules = [merchant.expiry_rule, *([then.expiry_rule] if then.expiry_rule != merchant.expiry_rule else [])]
    days = (today, date(today.year + 1, 1, 15), date(today.year + 1, 8, 17))
    lapsing = None
    if len(rules) > 1:
        held = points_held_by_day(merchant=merchant, today=today)
        # What the new rule would do to a member's points goes by the member's last earning where it follows purchases.
        by_then = points_held_by_day(merchant=merchant, today=today, by_last_earning=rules[1].follows_purchases)
        until = today + LOOKED_AHEAD
        lapsing = LapsingPoints(
            held=sum(one.points for one in held),
            until=until - timedelta(days=1),
            lapsing=points_lapsing(held, until),
            would_lapse=points_lapsing(by_then, until, rule=rules[1]),
        )
    paying = find_rules(merchant, PAYING).own
    return {
        "worth": redeem_words(merchant, dict(paying.source)) if paying else "",
        "sentence": expiry_words(merchant.expiry_rule),
        "examples": [ExpiryExample(day, [points_expiry_day(day, rule) for rule in rules]) for day in days],
        "differs": len(rules) > 1,
        "follows_purchases": any(rule.follows_purchases for rule in rules),
        "lapsing": lapsing,
    }


def _describe_stacking(merchant: MerchantFacts, changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let the till's engine work one cart out: two promotions of one group, under the settings now and then."""
    settings = [merchant.promotion_settings]
    if changes:
        settings.append(promotion_settings_with(settings[0], changes))
    now = timezone.now()
    worked = [worked_discounts(merchant=replace(merchant, promotion_settings=each), at=now) for each in settings]
    rows = [
        (gettext("Price of the goods"), [(one.subtotal_amount, ()) for one in worked]),
        (gettext("Discount where only the best acts"), [(one.best_amount, one.best) for one in worked]),
        (gettext("Discount in a group that adds up"), [(one.together_amount, one.together) for one in worked]),
    ]
    return {"rows": rows}


def _describe_limits(merchant: MerchantFacts) -> Mapping[str, Any]:
    return {
        "merchant": merchant,
        "roles": [(ROLE_WORDS[role], *amounts) for role, amounts in merchant.movement_limits.of_roles().items()],
        "waiting": open_approval_count(merchant=merchant, kinds=KIND_WORDS, now=timezone.now()),
    }
