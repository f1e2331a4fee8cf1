"""Cards to start a promotion from: what shops here ask for, filled in so far that it makes sense at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.quantities import currency_digits


@dataclass(frozen=True)
class Pattern:
    """`definition` is what the form starts with; its amounts are rupiah, `in_currency` gives those of another one."""

    code: str
    title: Promise
    example: Promise
    icon: str
    definition: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return str(self.definition["kind"])

    def in_currency(self, currency: str) -> dict[str, Any]:
        """Return amounts scaled: Rp 10.000 is about one unit of the large currencies."""
        made: dict[str, Any] = _scale_amounts(
            self.definition, 1 if currency == "IDR" else 10 ** currency_digits(currency)
        )
        return made


AMOUNTS: Final = frozenset({"price", "cap", "min_subtotal", "list_amount"})


def _scale_amounts(value: Any, unit: int, name: str = "", kind: str = "") -> Any:
    if isinstance(value, Mapping):
        kind = str(value.get("kind", kind))
        return {key: _scale_amounts(item, unit, str(key), kind) for key, item in value.items()}
    is_amount = name in AMOUNTS or (name == "value" and kind.startswith(("amount_off", "new_", "cheapest_amount")))
    if unit != 1 and is_amount and isinstance(value, int):
        return max(1, value * unit // 10_000)
    return list(value) if isinstance(value, list) else value


PATTERNS: Final[tuple[Pattern, ...]] = (
    Pattern("bundle", _("Bundle price"), _("3 for Rp 70.000"), "package",
            {"kind": "bundle_price", "qty": 3, "price": 70_000}),
    Pattern("buy-get", _("Buy some, get some free"), _("Buy 10, get 1 free"), "shopping-cart",
            {"kind": "buy_get", "buy": {"qty": 10}, "get": {"qty": 1}, "repeat": True}),
    Pattern("gift", _("Gift from a minimum spend"), _("Spend Rp 350.000 today, get a bag"), "gift",
            {"kind": "gift_line", "gift": {"qty": 1, "list_amount": 45_000}, "when": {"min_subtotal": 350_000}}),
    Pattern("cashback", _("Cashback"), _("10% back as wallet money, up to Rp 20.000"), "cash",
            {"kind": "cashback", "percent": "10", "cap": 20_000, "credit": "wallet", "after_days": 7,
             "when": {"min_subtotal": 100_000}}),
    Pattern("friend", _("Bring a friend"), _("20% for friends on their first purchase"), "user-heart",
            {"kind": "percent_off", "value": "20", "cap": 50_000,
             "when": {"referred": True, "first_purchase": True}}),
    Pattern("member", _("Member discount"), _("10% off for members, at most Rp 50.000"), "star",
            {"kind": "percent_off", "value": "10", "cap": 50_000, "when": {"members_only": True}}),
    Pattern("lebaran", _("Lebaran discount for loyal members"), _("15% from a week before Lebaran, every year"),
            "calendar",
            {"kind": "percent_off", "value": "15", "cap": 100_000,
             "when": {"segments_any": ["loyal"], "moment": "lebaran", "moment_days_before": 7}}),
    Pattern("vip", _("VIP discount"), _("20% for Platinum members"), "star",
            {"kind": "percent_off", "value": "20", "cap": 200_000, "when": {"tiers_any": ["platinum"]}}),
    Pattern("gold-monday", _("More points on one day"), _("Gold members: points times 2 on Mondays"), "coins",
            {"kind": "earn_multiplier", "factor": "2", "when": {"tiers_any": ["gold"], "weekdays": [1]}}),
    Pattern("discount", _("Special discount"), _("10% off one category, at most Rp 50.000"), "percentage",
            {"kind": "percent_off", "value": "10", "cap": 50_000}),
    Pattern("amount", _("Amount off"), _("Rp 20.000 off from Rp 150.000"), "discount",
            {"kind": "amount_off", "value": 20_000, "when": {"min_subtotal": 150_000}}),
    Pattern("second-half", _("Second one at half the price"), _("Buy two, the cheaper one is 50% off"), "tags",
            {"kind": "cheapest_percent_off", "value": "50", "when": {"min_qty": 2}}),
    Pattern("happy-hour", _("Happy hour"), _("20% off on weekdays between 14.00 and 16.00"), "clock",
            {"kind": "percent_off", "value": "20",
             "when": {"weekdays": [1, 2, 3, 4, 5], "hours": [{"from": "14:00", "to": "16:00"}]}}),
    Pattern("birthday", _("Birthday present"), _("25% off within 7 days of the birthday, once"), "cake",
            {"kind": "percent_off", "value": "25", "cap": 75_000,
             "when": {"birthday_window_days": 7}, "usage": {"per_member_limit": 1}}),
    Pattern("come-back", _("Come back"), _("Lapsed members get Rp 25.000 off"), "rotate-2",
            {"kind": "amount_off", "value": 25_000, "when": {"segments_any": ["lapsed"], "min_subtotal": 100_000},
             "usage": {"per_member_limit": 1}}),
    Pattern("payday", _("Payday"), _("Rp 30.000 off around payday"), "calendar",
            {"kind": "amount_off", "value": 30_000, "when": {"moment": "payday", "min_subtotal": 250_000}}),
    Pattern("stamps", _("Stamp card"), _("10 coffees, the next one free"), "ticket",
            {"kind": "stamp", "per_unit": 1,
             "card": {"threshold": 10, "reward": {"kind": "cheapest_free", "valid_days": 30}}}),
    Pattern("next-time", _("Coupon for the next purchase"), _("Rp 15.000 off next time, for 14 days"), "mail-forward",
            {"kind": "issue_coupon", "when": {"min_subtotal": 100_000, "members_only": True},
             "coupon": {"kind": "amount_off", "value": 15_000, "valid_days": 14, "when": {"min_subtotal": 50_000}}}),
)  # fmt: skip
BY_CODE: Final = {pattern.code: pattern for pattern in PATTERNS}
FIRST_ONES: Final = PATTERNS[:6]
"""What most shops ask for: shown at once, here and on the empty list; the others are behind “More”."""
