"""Coupons in words: what a batch gives, on which conditions, and what became of a code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import get_language, gettext, ngettext

from backoffice.words import BATCH_KIND_WORDS, WEEKDAY_WORDS
from common.quantities import format_day, format_money, format_number
from merchants.facts import MerchantFacts, OutletFacts
from rewards.engine import stored_definition
from rewards.facts.batches import BatchFacts
from rewards.operations import UNLIMITED
from rewards.wording import Speaker, benefit_text


def language() -> str:
    return (get_language() or "id").partition("-")[0]


def benefit_of(batch: BatchFacts, merchant: MerchantFacts) -> str:
    """The gist of the offer: '10% off', 'Rp 20.000 off'."""
    return benefit_text(stored_definition(batch.offer), Speaker(language(), merchant.currency))


def kind_word(batch: BatchFacts) -> str:
    return str(BATCH_KIND_WORDS[batch.kind])


def conditions_of(batch: BatchFacts, merchant: MerchantFacts, outlets: Sequence[OutletFacts] = ()) -> list[str]:
    """The conditions as short sentences, for the page and for the slip of paper."""
    when, usage, lang = batch.offer.get("when", {}), batch.offer.get("usage", {}), language()
    said = []
    if batch.offer.get("cap"):
        cap = format_money(batch.offer["cap"], merchant.currency, lang)
        said.append(gettext("At most %(amount)s off") % {"amount": cap})
    if when.get("min_subtotal"):
        amount = format_money(when["min_subtotal"], merchant.currency, lang)
        said.append(gettext("From a purchase of %(amount)s") % {"amount": amount})
    said += _days(batch, when, lang)
    said += [f"{span['from'].replace(':', '.')}–{span['to'].replace(':', '.')}" for span in when.get("hours", ())]
    names = [outlet.name for outlet in outlets if str(outlet.id) in when.get("outlets", ())]
    if names:
        said.append(gettext("Only at %(outlets)s") % {"outlets": ", ".join(names)})
    if when.get("members_only"):
        said.append(gettext("For members"))
    return [*said, *_limits(batch, usage)]


def _days(batch: BatchFacts, when: Mapping[str, Any], lang: str) -> list[str]:
    said = []
    if when.get("valid_from"):
        said.append(gettext("From %(day)s") % {"day": format_day(date.fromisoformat(when["valid_from"]), lang)})
    if batch.valid_until:
        said.append(gettext("Until %(day)s") % {"day": format_day(batch.valid_until, lang)})
    if when.get("weekdays"):
        said.append(", ".join(str(WEEKDAY_WORDS[day]) for day in sorted(when["weekdays"])))
    return said


def _limits(batch: BatchFacts, usage: Mapping[str, Any]) -> list[str]:
    said = []
    if batch.max_uses != UNLIMITED and batch.kind != "issued":
        words = ngettext("Each code %(n)s use", "Each code %(n)s uses", batch.max_uses)
        said.append(words % {"n": format_number(batch.max_uses)})
    sentences = {
        "limit": gettext("%(n)s uses in all"),
        "per_day_limit": gettext("%(n)s uses a day"),
        "per_member_limit": gettext("%(n)s for each member"),
        "per_member_day_limit": gettext("%(n)s for each member and day"),
    }
    return said + [words % {"n": format_number(usage[name])} for name, words in sentences.items() if usage.get(name)]
