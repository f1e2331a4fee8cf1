"""What kinds of promotions and units of measure are called."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

KIND_WORDS: Mapping[str, Promise] = {
    "percent_off": gettext_lazy("Percent off"),
    "percent_off_unit": gettext_lazy("Percent off each item"),
    "amount_off": gettext_lazy("Amount off"),
    "amount_off_per_unit": gettext_lazy("Amount off each item"),
    "amount_off_per_line": gettext_lazy("Amount off each line"),
    "amount_off_per_measure": gettext_lazy("Amount off by weight or measure"),
    "new_unit_price": gettext_lazy("New price per item"),
    "new_order_price": gettext_lazy("New price for the whole"),
    "bundle_price": gettext_lazy("Bundle price"),
    "cheapest_free": gettext_lazy("Cheapest item free"),
    "cheapest_percent_off": gettext_lazy("Percent off the cheapest item"),
    "cheapest_amount_off": gettext_lazy("Amount off the cheapest item"),
    "buy_get": gettext_lazy("Buy some, get some free"),
    "gift_line": gettext_lazy("Free gift"),
    "cashback": gettext_lazy("Cashback"),
    "earn": gettext_lazy("Points"),
    "earn_multiplier": gettext_lazy("Points multiplier"),
    "earn_bonus": gettext_lazy("Extra points"),
    "redeem_points": gettext_lazy("Points as payment"),
    "stamp": gettext_lazy("Stamps"),
    "issue_coupon": gettext_lazy("Coupon for the next purchase"),
}

UNIT_WORDS: Mapping[str, Promise] = {
    "kg": gettext_lazy("kg"),
    "g": gettext_lazy("g"),
    "l": gettext_lazy("l"),
    "ml": gettext_lazy("ml"),
    "m": gettext_lazy("m"),
    "cm": gettext_lazy("cm"),
    "pcs": gettext_lazy("pcs"),
}
"""Units of weight and measure, the usual ones first."""
