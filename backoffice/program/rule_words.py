"""What the rules of earning and paying say, in one line each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext, gettext_lazy

from backoffice.program.forms.rules import CAPS, POINTS_SHOWN
from common.languages import reader_language
from common.quantities import format_money, format_number, format_percent, format_points
from merchants.facts import MerchantFacts


def earn_words(merchant: MerchantFacts, source: dict[str, Any]) -> str:
    """Say what a rule of earning gives, with its limits."""
    per_amount = source.get("per_amount")
    if not per_amount:
        return str(source.get("title", ""))
    words = [
        gettext("%(points)s for every %(amount)s")
        % {
            "points": format_points(int(per_amount["points"]), reader_language(), merchant.points_name),
            "amount": format_money(int(per_amount["spend"]), merchant.currency, reader_language()),
        }
    ]
    cap = source.get("points_cap") or {}
    words += [
        str(_CAP_WORDS[name]) % {"points": format_points(int(cap[name]), reader_language(), merchant.points_name)}
        for name in CAPS
        if cap.get(name)
    ]
    return "; ".join(words)


_CAP_WORDS: Final = {
    "per_sale": gettext_lazy("at most %(points)s a purchase"),
    "per_member_day": gettext_lazy("at most %(points)s a member and day"),
    "per_member_month": gettext_lazy("at most %(points)s a member and month"),
}


def redeem_words(merchant: MerchantFacts, source: dict[str, Any]) -> str:
    """Say what points pay for, with the rule's limits."""
    value = source.get("value_per_point")
    if value is None:
        return str(source.get("title", ""))
    words = [
        gettext("%(points)s pay for %(amount)s; at least %(least)s at once")
        % {
            "points": format_points(POINTS_SHOWN, reader_language(), merchant.points_name),
            "amount": format_money(int(Decimal(str(value)) * POINTS_SHOWN), merchant.currency, reader_language()),
            "least": format_number(int(source.get("minimum_points", 0))),
        }
    ]
    if source.get("percent_limit"):
        share = format_percent(Decimal(str(source["percent_limit"])) / 100, 2)
        words.append(gettext("at most %(percent)s of a purchase") % {"percent": share})
    if source.get("last_point_pays_rest"):
        words.append(gettext("the last point pays a rest below its value"))
    return "; ".join(words)
