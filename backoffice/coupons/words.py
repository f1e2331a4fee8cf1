"""Coupons in words: what a batch gives, on which conditions, and what became of a code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext, ngettext

from backoffice.words import BATCH_KIND_WORDS, WEEKDAY_WORDS
from common.languages import reader_language
from common.quantities import format_day, format_money, format_number
from merchants.facts import MerchantFacts
from rewards.coupons.facts import BatchFacts
from rewards.coupons.operations import UNLIMITED
from rewards.coupons.rules import most_cost
from rewards.engine import stored_definition
from rewards.promotions.wording import Names, Speaker, benefit_text, goods_text, listed


def benefit_of(batch: BatchFacts, merchant: MerchantFacts) -> str:
    """Say the offer in short: '10% off', 'Rp 20.000 off'."""
    return benefit_text(stored_definition(batch.offer), Speaker(reader_language(), merchant.currency))


def cost_of_one(batch: BatchFacts, merchant: MerchantFacts) -> str:
    """Say what one coupon can cost at most, all its uses together; '' where nothing bounds it."""
    most = most_cost(batch.offer, uses=batch.max_uses)
    return "" if most is None else format_money(most, merchant.currency, reader_language())


def choice_of(batch: BatchFacts, merchant: MerchantFacts) -> str:
    """Say in a list to choose from what the coupon is called, what it gives, and what one costs at most."""
    cost = cost_of_one(batch, merchant)
    cost_word = gettext("at most %(amount)s each") % {"amount": cost} if cost else gettext("without a highest amount")
    return " · ".join([batch.title, benefit_of(batch, merchant), cost_word])


def kind_word(batch: BatchFacts) -> str:
    return str(BATCH_KIND_WORDS[batch.kind])


def conditions_of(batch: BatchFacts, merchant: MerchantFacts, names: Names) -> list[str]:
    """Return the conditions as short sentences, for the page and for the slip of paper."""
    when, usage, lang = batch.offer.get("when", {}), batch.offer.get("usage", {}), reader_language()
    said = []
    goods = stored_definition(batch.offer).terms.filter if batch.offer.get("filter") else None
    if goods is not None:
        said.append(gettext("On %(goods)s") % {"goods": goods_text(goods, names.products)})
    if batch.offer.get("cap"):
        cap = format_money(batch.offer["cap"], merchant.currency, lang)
        said.append(gettext("At most %(amount)s off") % {"amount": cap})
    if when.get("min_subtotal"):
        amount = format_money(when["min_subtotal"], merchant.currency, lang)
        said.append(gettext("From a purchase of %(amount)s") % {"amount": amount})
    said += _write_days(batch, when, lang)
    said += [f"{span['from'].replace(':', '.')}–{span['to'].replace(':', '.')}" for span in when.get("hours", ())]
    said += _places_and_people(when, names)
    if batch.offer.get("on_return") == "reprice":
        said.append(gettext("When goods come back, what stays is priced anew."))
    if batch.offer.get("coupon_on_return") == "stays_used":
        said.append(gettext("Stays used, even when everything is returned"))
    return [*said, *_write_limits(batch, usage)]


def _places_and_people(when: Mapping[str, Any], names: Names) -> list[str]:
    said = []
    for field, words, sentence in (
        ("outlets", names.outlets, gettext("Only at %(names)s")),
        ("segments_any", names.segments, gettext("Only for %(names)s")),
        ("tiers_any", names.tiers, gettext("Only for %(names)s")),
    ):
        if when.get(field):
            said.append(sentence % {"names": listed(when[field], words)})
    if when.get("members_only"):
        said.append(gettext("For members"))
    return said


def _write_days(batch: BatchFacts, when: Mapping[str, Any], lang: str) -> list[str]:
    said = []
    if when.get("valid_from"):
        said.append(gettext("From %(day)s") % {"day": format_day(date.fromisoformat(when["valid_from"]), lang)})
    if batch.valid_until:
        said.append(gettext("Until %(day)s") % {"day": format_day(batch.valid_until, lang)})
    if batch.valid_days:
        words = ngettext("%(n)s day from the day it is given", "%(n)s days from the day it is given", batch.valid_days)
        said.append(words % {"n": format_number(batch.valid_days)})
    if when.get("weekdays"):
        said.append(", ".join(str(WEEKDAY_WORDS[day]) for day in sorted(when["weekdays"])))
    return said


def _write_limits(batch: BatchFacts, usage: Mapping[str, Any]) -> list[str]:
    said = []
    if batch.max_uses != UNLIMITED and (batch.kind != "issued" or batch.max_uses > 1):
        words = ngettext("Each code %(n)s use", "Each code %(n)s uses", batch.max_uses)
        said.append(words % {"n": format_number(batch.max_uses)})
    sentences: dict[str, Callable[[int], str]] = {
        "limit": lambda n: ngettext("%(n)s use in all", "%(n)s uses in all", n),
        "per_day_limit": lambda n: ngettext("%(n)s use a day", "%(n)s uses a day", n),
        "per_member_limit": lambda n: gettext("%(n)s for each member"),
        "per_member_day_limit": lambda n: gettext("%(n)s for each member and day"),
    }
    return said + [
        say(usage[name]) % {"n": format_number(usage[name])} for name, say in sentences.items() if usage.get(name)
    ]
