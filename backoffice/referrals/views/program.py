"""The program's terms: asked, shown what a friend costs, then published as a new version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.referrals.forms import ProgramForm
from backoffice.words import actor_word
from common.errors import BadInput
from common.form_errors import add_errors
from common.languages import reader_language
from common.quantities import format_instant, format_money
from merchants.facts import MerchantFacts, Permission
from merchants.tenancy import refusable
from rewards.promotions.queries import point_value
from rewards.referrals.facts import FriendPrice, ReferralProgramFacts, ReferralTerms, RewardKind
from rewards.referrals.operations import publish_referral_program
from rewards.referrals.queries import batches_to_give, newest_program, referral_programs
from rewards.referrals.wording import price_words, reward_words


@dataclass(frozen=True)
class CostPreview:
    """What one friend costs, in words: at the minimum purchase, or at an example where there is none."""

    promise: str
    reward: str
    price: str
    price_cost: str
    total: str
    month: str


@staff_page(Permission.EDIT_PROGRAM)
def program(request: StaffRequest) -> HttpResponse:
    """Ask for the terms, show what a friend costs, then publish them as a new version."""
    merchant, now = request.staff.merchant, timezone.now()
    newest = newest_program(merchant=merchant)
    terms = newest.terms if newest else ReferralTerms(reward_amount=100, minimum_amount=50_000)
    form = ProgramForm(
        merchant, batches_to_give(merchant=merchant), post_data(request), initial=ProgramForm.initial_of(terms)
    )
    preview: CostPreview | None = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("confirmed") == form.fingerprint:
            try:
                with refusable():
                    publish_referral_program(
                        merchant=merchant,
                        terms=form.terms,
                        starts_at=form.starts_at(now),
                        at=now,
                        actor=actor_of(request),
                    )
            except BadInput as bad:
                add_errors(form, bad, renamed=FIELD_OF)
            else:
                messages.success(request, gettext("The program is published. Friends who joined before keep theirs."))
                return redirect("backoffice:referrals")
        preview = _preview_cost(merchant, form.terms) if form.is_valid() else None
    return render(
        request,
        "backoffice/referrals/program.html",
        {
            "form": form,
            "preview": preview,
            "versions": [_version_row(merchant, v) for v in referral_programs(merchant=merchant)],
        },
        status=400 if form.errors else 200,
    )


FIELD_OF: Final = {"starts_at": "starts_on"}
EXAMPLE_AMOUNT: Final = 100_000


def _preview_cost(merchant: MerchantFacts, terms: ReferralTerms) -> CostPreview:
    language = reader_language()
    reward_cost = _reward_cost(merchant, terms)
    example = terms.minimum_amount or EXAMPLE_AMOUNT
    price_cost = {
        FriendPrice.PERCENT: example * terms.friend_value // 100,
        FriendPrice.AMOUNT: min(terms.friend_value, example),
    }.get(terms.friend_price, 0)

    def money(amount: int) -> str:
        return format_money(amount, merchant.currency, language)

    reward = reward_words(merchant, terms.reward_kind, terms.reward_amount, language)
    known = reward_cost is not None
    shown = {"cost": money(price_cost), "example": money(example)}
    return CostPreview(
        promise=ngettext(
            "Who brings a friend gets %(reward)s, %(days)s day after the friend's first purchase.",
            "Who brings a friend gets %(reward)s, %(days)s days after the friend's first purchase.",
            terms.waiting_days,
        )
        % {"reward": reward, "days": terms.waiting_days},
        reward=money(reward_cost) if reward_cost is not None else reward,
        price=price_words(merchant, terms, language),
        price_cost=gettext("%(cost)s on a purchase of %(example)s") % shown,
        total=money((reward_cost or 0) + price_cost) if known else gettext("%(cost)s and the coupon") % shown,
        month=money(reward_cost * terms.monthly_cap) if reward_cost and terms.monthly_cap else "",
    )


def _reward_cost(merchant: MerchantFacts, terms: ReferralTerms) -> int | None:
    """Return the cost in money; None for a coupon, whose worth depends on what is bought with it."""
    if terms.reward_kind is RewardKind.WALLET:
        return terms.reward_amount
    if terms.reward_kind is RewardKind.POINTS:
        return point_value(merchant=merchant, points=terms.reward_amount, at=timezone.now())
    return None


@dataclass(frozen=True)
class VersionRow:
    number: int
    starts: str
    by: str
    state: str
    reward: str
    price: str
    minimum: str


def _version_row(merchant: MerchantFacts, version: ReferralProgramFacts) -> VersionRow:
    language, terms = reader_language(), version.terms
    return VersionRow(
        number=version.number,
        starts=format_instant(version.starts_at, merchant.timezone, language),
        by=actor_word(version.created_by),
        state=gettext("open") if terms.is_open else gettext("closed"),
        reward=reward_words(merchant, terms.reward_kind, terms.reward_amount, language),
        price=price_words(merchant, terms, language) or "–",
        minimum=format_money(terms.minimum_amount, merchant.currency, language),
    )
