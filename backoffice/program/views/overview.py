"""The program by task: what each part does today, in one sentence, and the page that changes it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from backoffice.access import StaffRequest, staff_page
from backoffice.audit_words import MONEY_ROUNDING_WORDS, ROUND_AT_WORDS
from backoffice.program.approvals import KIND_WORDS
from backoffice.program.rule_words import earn_words, redeem_words
from backoffice.program.words import climbing_words
from common.quantities import format_number
from ledger.wording import expiry_words
from members.facts import TierMeasure
from members.queries import tier_program, tiers
from merchants.facts import MerchantFacts, Permission
from merchants.queries import open_approval_count
from rewards.engine.facts import Definition
from rewards.promotions.queries import live_promotions


@dataclass(frozen=True)
class Task:
    """One thing that a shop decides about its program: what counts now, and where it is changed."""

    title: str
    sentences: list[str]
    url: str
    action: str


@staff_page(Permission.EDIT_PROGRAM)
def program_overview(request: StaffRequest) -> HttpResponse:
    merchant, now = request.staff.merchant, timezone.now()
    live = sorted(live_promotions(merchant=merchant, at=now), key=lambda rule: (rule.priority, rule.id))
    waiting = open_approval_count(merchant=merchant, kinds=KIND_WORDS, now=now)
    return render(
        request,
        "backoffice/program/overview.html",
        {"tasks": [*_points_tasks(merchant, live), *_other_tasks(merchant, live, waiting)]},
    )


def _points_tasks(merchant: MerchantFacts, live: list[Definition]) -> list[Task]:
    earning = [rule for rule in live if rule.kind in {"earn", "earn_multiplier", "earn_bonus"}]
    paying = [rule for rule in live if rule.kind == "redeem_points"]
    change = gettext("Change")
    nothing = gettext("Nothing yet.")
    return [
        Task(
            gettext("What earns"),
            [earn_words(merchant, dict(rule.source)) for rule in earning] or [nothing],
            reverse("backoffice:program_earn"),
            change,
        ),
        Task(
            gettext("What points are worth and when they lapse"),
            [*(redeem_words(merchant, dict(rule.source)) for rule in paying), expiry_words(merchant.expiry_rule)],
            reverse("backoffice:program_points"),
            change,
        ),
    ]


def _other_tasks(merchant: MerchantFacts, live: list[Definition], waiting: int) -> list[Task]:
    ladder, change = tiers(merchant=merchant), gettext("Change")
    cashback = [rule.title for rule in live if rule.kind == "cashback"]
    measure = ladder[-1].measure if ladder else TierMeasure.SPEND
    waits = ngettext(
        "%(count)s request waits for another person.", "%(count)s requests wait for another person.", waiting
    )
    return [
        Task(
            gettext("Tiers"),
            [" · ".join(tier.name for tier in ladder), climbing_words(measure, tier_program(merchant=merchant))[0]],
            reverse("backoffice:tiers"),
            gettext("Open the page"),
        ),
        Task(
            gettext("Cashback"),
            cashback or [gettext("No promotion gives cashback now.")],
            reverse("backoffice:program_cashback"),
            gettext("Open the page"),
        ),
        Task(
            gettext("Stacking and rounding"), _stacking_words(merchant), reverse("backoffice:program_stacking"), change
        ),
        Task(
            gettext("Limits and approvals"),
            [waits % {"count": format_number(waiting)}],
            reverse("backoffice:program_limits"),
            change,
        ),
    ]


def _stacking_words(merchant: MerchantFacts) -> list[str]:
    groups = merchant.adding_groups
    said = [gettext("Of a group of promotions only the one worth most to the customer acts.")]
    if groups:
        said.append(gettext("In these groups all act: %(groups)s.") % {"groups": ", ".join(groups)})
    rounding = {
        "how": MONEY_ROUNDING_WORDS[merchant.money_rounding],
        "where": ROUND_AT_WORDS[merchant.round_at],
    }
    return [*said, gettext("Rounding: %(how)s. %(where)s.") % rounding]
