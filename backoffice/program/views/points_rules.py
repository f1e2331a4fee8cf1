"""What earns: the rule that every purchase counts by, promotions that bring points, and what is given once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from backoffice.access import StaffRequest, staff_page
from backoffice.program.forms.rules import POINTS_SHOWN, example_amounts
from backoffice.program.forms.settings import JOINING
from backoffice.program.offers import offers_of_kinds
from backoffice.program.rule_pages import EARNING, PAYING, Rules, rule_page
from backoffice.program.setting_pages import settings_page
from common.languages import reader_language
from common.quantities import format_number, format_percent, format_points
from merchants.facts import MerchantFacts, Permission
from rewards.engine.facts import Definition
from rewards.promotions.queries import WorkedReceipt, worked_receipt

EARNING_KINDS: Final = ("earn", "earn_multiplier", "earn_bonus")


@dataclass(frozen=True)
class WorkedRow:
    """One purchase, and the points it brings: by the rule that counts now and, where one is shown, by the draft."""

    amount: int
    earned: Sequence[int]


@staff_page(Permission.EDIT_PROGRAM)
def earn(request: StaffRequest) -> HttpResponse:
    return rule_page(request, EARNING, _describe_earning)


@staff_page(Permission.EDIT_PROGRAM)
def worth(request: StaffRequest) -> HttpResponse:
    """What points pay for."""
    return rule_page(request, PAYING, _describe_worth)


@staff_page(Permission.EDIT_PROGRAM)
def joining(request: StaffRequest) -> HttpResponse:
    """Points for joining, and how long new points wait."""
    return settings_page(
        request, JOINING, here="backoffice:program_joining", template="backoffice/program/joining.html"
    )


def _describe_earning(merchant: MerchantFacts, rules: Rules, versions: Sequence[Definition]) -> Mapping[str, Any]:
    own = "" if rules.own is None else rules.own.id
    goods = merchant.excluded_goods.never_earns
    return {
        "examples": _example_rows(merchant, rules, versions),
        "shares": [_cost_share(merchant, rules.with_own(one), rules) for one in versions],
        "largest": example_amounts(merchant.currency)[-1],
        "offers": offers_of_kinds(merchant, EARNING_KINDS, without=own),
        "once": _once_words(merchant),
        "excluded": len(goods.skus) + len(goods.categories),
    }


def _describe_worth(merchant: MerchantFacts, rules: Rules, versions: Sequence[Definition]) -> Mapping[str, Any]:
    largest, now = example_amounts(merchant.currency)[-1], timezone.now()
    paid = [
        worked_receipt(merchant=merchant, rules=[one], spend_amount=largest, at=now, points_offered=POINTS_SHOWN)
        for one in versions
    ]
    own = "" if rules.own is None else rules.own.id
    return {
        "paid": paid,
        "hundred": POINTS_SHOWN,
        "shares": [_cost_share(merchant, rules.with_own(one), rules) for one in versions] if rules.other else [],
        "largest": largest,
        "offers": offers_of_kinds(merchant, ("redeem_points",), without=own),
    }


def _example_rows(merchant: MerchantFacts, rules: Rules, versions: Sequence[Definition]) -> list[WorkedRow]:
    """Return the same purchases under each version, worked out by the till's engine."""
    now = timezone.now()
    return [
        WorkedRow(
            amount,
            [
                worked_receipt(merchant=merchant, rules=rules.with_own(one), spend_amount=amount, at=now).points_earned
                for one in versions
            ],
        )
        for amount in (example_amounts(merchant.currency) if versions else ())
    ]


def _cost_share(merchant: MerchantFacts, pair: Sequence[Definition], rules: Rules) -> str:
    """Return what a purchase's points cost as a share of it, if all are used; "" where points pay for nothing."""
    if rules.other is None:
        return ""
    largest, now = example_amounts(merchant.currency)[-1], timezone.now()
    paid = worked_receipt(merchant=merchant, rules=pair, spend_amount=largest, at=now, points_offered=POINTS_SHOWN)
    earned = worked_receipt(merchant=merchant, rules=pair, spend_amount=largest, at=now)
    return _points_share(earned, paid)


def _points_share(earned: WorkedReceipt, paid: WorkedReceipt) -> str:
    if not paid.points_used:
        return "–"
    value = Decimal(earned.points_earned) * paid.points_value_amount / paid.points_used
    return format_percent(value / earned.spend_amount, 2)


def _once_words(merchant: MerchantFacts) -> list[str]:
    """Say what is given for joining, and how long new points wait."""
    points = format_points(merchant.join_bonus_points, reader_language(), merchant.points_name)
    joining = gettext("%(points)s for joining.") % {"points": points}
    waiting = ngettext(
        "New points wait %(days)s day before they can be spent.",
        "New points wait %(days)s days before they can be spent.",
        merchant.pending_days,
    ) % {"days": format_number(merchant.pending_days)}
    return [
        joining if merchant.join_bonus_points else gettext("No points for joining."),
        waiting if merchant.pending_days else gettext("New points can be spent at once."),
    ]
