"""The program as a till needs it: who am I talking to, what earns, what points are worth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import override

from common.quantities import format_money, format_number
from ledger.wording import expiry_words
from members.facts import TierFacts, Topic
from members.wording import CONSENT_CHANNELS, consent_text
from merchants.facts import ExpiryKind, MerchantFacts, TillFacts
from pos_integration.presentation.members import Json
from rewards.engine.facts import Definition

_NOT_TERMS: Final = frozenset(
    {"id", "title", "kind", "priority", "group", "exclusive", "when", "usage", "budget", "code"}
)
NO_REDEMPTION: Final[Json] = {"points_per_step": 0, "amount_per_step": 0, "minimum_points": 0}


def program_json(
    till: TillFacts,
    *,
    earning: Sequence[Definition],
    redemption: Sequence[Definition],
    tiers: Sequence[TierFacts],
    at: datetime,
    language: str,
) -> Json:
    merchant = till.merchant
    return {
        "merchant": {
            "id": merchant.id,
            "name": merchant.name,
            "currency": merchant.currency,
            "currency_digits": merchant.currency_digits,
            "timezone": merchant.timezone,
        },
        "outlet": {"id": till.outlet.id, "name": till.outlet.name, "timezone": till.outlet.timezone},
        "till": {"id": till.id, "name": till.name},
        "points_name": merchant.points_name,
        "points_expiry": _expiry_json(merchant, language),
        "earning": [_earning_json(rule, merchant, language) for rule in earning],
        "redemption": next((found for rule in redemption if (found := _redemption_json(rule))), NO_REDEMPTION),
        "tiers": [{"code": tier.code, "name": tier.name, "rank": tier.rank} for tier in tiers],
        "consents": [
            {
                "topic": Topic.PROMO,
                "channel": channel,
                "wording_version": version,
                "text": _consent_text(merchant.name, version, language),
            }
            for version, channel in CONSENT_CHANNELS.items()
        ],
        "server_time": at,
    }


def _expiry_json(merchant: MerchantFacts, language: str) -> Json:
    """Write when points lapse; `months` is null where they never do, and where a year's lapse on one day."""
    rule = merchant.expiry_rule
    with override(language):
        description = expiry_words(rule)
    months = None if rule.kind is ExpiryKind.CALENDAR else rule.months
    return {"rule": rule.kind.value, "months": months, "description": description}


def _consent_text(merchant_name: str, version: str, language: str) -> str:
    with override(language):
        return consent_text(merchant_name, version)


def _earning_json(rule: Definition, merchant: MerchantFacts, language: str) -> Json:
    """Write a rule of earning: `terms` are its own figures; `conditional`: it does not hold for every sale."""
    terms = {name: value for name, value in rule.to_json().items() if name not in _NOT_TERMS}
    return {
        "title": rule.title,
        "description": _earning_text(rule.kind, terms, rule.title, merchant, language),
        "kind": rule.kind,
        "terms": _without_decimals(terms),
        "conditional": bool(rule.source.get("when")),
    }


def _earning_text(kind: str, terms: Json, title: str, merchant: MerchantFacts, language: str) -> str:
    points_name = merchant.points_name
    with override(language):
        if kind == "earn" and "per_amount" in terms:
            step = terms["per_amount"]
            return _("%(points)s %(name)s for every %(amount)s") % {
                "points": format_number(int(step["points"])),
                "name": points_name,
                "amount": format_money(int(step["spend"]), merchant.currency, language),
            }
        if kind == "earn" and "per_unit" in terms:
            return _("%(points)s %(name)s for each item") % {"points": terms["per_unit"], "name": points_name}
        if kind == "earn_multiplier":
            return _("%(factor)s times the %(name)s") % {"factor": terms["factor"], "name": points_name}
        if kind == "earn_bonus":
            return _("%(points)s extra %(name)s") % {"points": terms["points"], "name": points_name}
    return title


def _redemption_json(rule: Definition) -> Json | None:
    """Return the smallest step of points that is worth a whole amount; None for rules that give a percentage."""
    rate = rule.terms.value_per_point
    if rate is None:
        return None
    worth = Fraction(rate.num, rate.den) * rule.terms.step
    step = rule.terms.step * worth.denominator
    least = max(rule.terms.minimum_points, rule.terms.step)
    return {"points_per_step": step, "amount_per_step": worth.numerator, "minimum_points": least}


def _without_decimals(value: Any) -> Any:
    """Write percentages and factors as text: no answer holds a float."""
    if isinstance(value, dict):
        return {name: _without_decimals(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_decimals(item) for item in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)
