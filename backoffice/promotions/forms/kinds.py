"""What the form asks for each kind of promotion the engine knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from backoffice.promotions.forms.coupon_kinds import ISSUE_COUPON, STAMP
from backoffice.promotions.forms.field_bindings import (
    PICKS,
    FactorField,
    FieldBinding,
    KindForm,
    ShareField,
    Variants,
    amount,
    choice,
    collect_parts,
    decimal_of,
    decimal_text,
    except_bindings,
    flag,
    goods_bindings,
    one_product,
    part_bindings,
    percent,
    points,
    spread_parts,
    text,
    whole,
    whole_only,
)
from backoffice.simulator.forms import RateField
from rewards.promotions.wording import UNIT_WORDS

PERCENT: Final = FieldBinding("percent", "value", percent(_("Percentage")), decimal_text, decimal_of)
CAP: Final = FieldBinding("cap", "cap", amount(_("At most"), needed=False))
MAX_UNITS: Final = FieldBinding("max_units", "max_units", whole(_("At most so many items")))
PER_LINE: Final = FieldBinding("max_units_per_line", "max_units_per_line", whole(_("At most so many items per line")))
PICK: Final = FieldBinding("unit_pick", "unit_pick", choice(_("Which items"), PICKS))
PER_SET: Final = FieldBinding(
    "per_bundle",
    "per_bundle",
    whole(_("Only complete sets of"), unit=_("items"), help_text=_("Empty: every item counts.")),
    read=whole_only,
)
TIMES: Final = FieldBinding("max_applications", "max_applications", whole(_("Times per purchase")))
ROUND_AT: Final = FieldBinding(
    "round_at",
    "round_at",
    choice(
        _("Rounded"),
        [
            ("", _("As in the settings")),
            ("line", _("Per line")),
            ("total", _("On the total")),
            ("total_then_share", _("On the total, then shared")),
        ],
    ),
)
SHARES: Final = FieldBinding(
    "share",
    "share",
    choice(_("Shared over the goods"), [("by_amount", _("By price")), ("by_quantity", _("By number"))]),
)
CREDITS: Final = [("wallet", _("Wallet money")), ("points", _("Points")), ("discount", _("Taken off at once"))]
BASES: Final = [("after_discounts", _("What is left after discounts")), ("before_discounts", _("The full price"))]


MULTIPLIES: Final = [
    ("", _("As usual")),
    ("value", _("The amount or percentage counts again")),
    ("max_units", _("It is good for more items")),
    ("nothing", _("One set is enough")),
]
EACH_SET: Final = [
    *part_bindings("each", 1, _("For each purchase of")),
    *part_bindings("each", 2, _("Together with")),
    FieldBinding("multiplies", "multiplies", choice(_("With every set"), MULTIPLIES)),
]
BUNDLES: Final = Variants(
    _("The bundle is"),
    [("qty", _("Several of the same goods")), ("parts", _("Some of each"))],
    {"qty": ("qty",), "parts": ("part1_qty", "part2_qty")},
)


def _finish_sets(made: dict[str, Any], data: Mapping[str, Any]) -> None:
    collect_parts(made, "each", "for_each", 2)


def _start_sets(source: dict[str, Any]) -> None:
    spread_parts(source, "each", "for_each", 2)


def _finish_bundle(made: dict[str, Any], data: Mapping[str, Any]) -> None:
    _finish_sets(made, data)
    collect_parts(made, "part", "parts", 3)


def _start_bundle(source: dict[str, Any]) -> None:
    _start_sets(source)
    spread_parts(source, "part", "parts", 3)


def _unlockable_kind(bindings: Sequence[FieldBinding], more: Sequence[FieldBinding]) -> KindForm:
    """A kind whose offer sets of other goods may unlock."""
    return KindForm(bindings, [*more, *EACH_SET], finish=_finish_sets, start=_start_sets)


def _amount_field(name: str, label: Any, *, least: int = 1) -> FieldBinding:
    return FieldBinding(name, "value", amount(label, least=least))


# --- buy some, get some ------------------------------------------------------------------------------------------


def _finish_buy_get(made: dict[str, Any], data: Mapping[str, Any]) -> None:
    """Free goods no one named are those that are bought."""
    if "filter" not in made.get("get", {}) and made.get("buy", {}).get("filter"):
        made["get"]["filter"] = deepcopy(made["buy"]["filter"])


def _start_buy_get(source: dict[str, Any]) -> None:
    get = source.setdefault("get", {"qty": 1, "filter": source.get("buy", {}).get("filter")})
    if get.get("filter") == source.get("buy", {}).get("filter"):
        get.pop("filter", None)


# --- ways --------------------------------------------------------------------------------------------------------

CASHBACK: Final = Variants(
    _("How much"),
    [("percent", _("A percentage")), ("value", _("An amount"))],
    {"percent": ("percent",), "value": ("amount",)},
)
EARNING: Final = Variants(
    _("Points are given"),
    [
        ("per_amount", _("Per amount spent")),
        ("per_unit", _("Per item")),
        ("product_bonus", _("Once per product")),
        ("percent_of_amount", _("As a percentage of what is spent")),
    ],
    {
        "per_amount": ("spend", "points"),
        "per_unit": ("per_unit",),
        "product_bonus": ("product_bonus",),
        "percent_of_amount": ("percent_of_amount",),
    },
)
REDEEMING: Final = Variants(
    _("Points are worth"),
    [("by_value", _("So much money per point")), ("fixed", _("A percentage for a fixed number"))],
    {"by_value": ("value_per_point",), "fixed": ("fixed_points", "percent")},
)


def variant_of(kind: str, source: Mapping[str, Any]) -> str:
    """In which of its ways the definition is meant."""
    if kind == "issue_coupon":
        return str((source.get("coupon") or {}).get("kind") or "percent_off")
    if kind == "redeem_points":
        return "fixed" if source.get("fixed_points") is not None else "by_value"
    variants = KINDS[kind].variants
    if variants is None:
        return ""
    return next((code for code, _word in variants.choices if source.get(code) is not None), variants.choices[0][0])


_EACH = [
    PER_LINE,
    PER_SET,
    FieldBinding("bundle_multiplies", "bundle_multiplies", flag(_("Once more for every complete set"))),
]
KINDS: Final[Mapping[str, KindForm]] = {
    "percent_off": _unlockable_kind(
        [PERCENT, CAP, *goods_bindings()], [*except_bindings(), MAX_UNITS, PER_LINE, PICK, PER_SET, ROUND_AT]
    ),
    "percent_off_unit": _unlockable_kind([PERCENT, *goods_bindings()], except_bindings()),
    "amount_off": _unlockable_kind(
        [_amount_field("amount", _("Amount off")), *goods_bindings()],
        [*except_bindings(), SHARES, MAX_UNITS, PICK, PER_SET],
    ),
    "amount_off_per_unit": _unlockable_kind(
        [_amount_field("amount", _("Off each item")), *goods_bindings()], [*except_bindings(), *_EACH]
    ),
    "amount_off_per_line": _unlockable_kind(
        [_amount_field("amount", _("Off each line")), *goods_bindings()], [*except_bindings(), *_EACH]
    ),
    "amount_off_per_measure": _unlockable_kind(
        [
            _amount_field("amount", _("Amount off")),
            FieldBinding(
                "per",
                "per",
                lambda form_context: RateField(label=_("Per"), required=False),
                decimal_text,
                decimal_of,
            ),
            FieldBinding("unit", "unit", choice(_("Unit"), list(UNIT_WORDS.items()))),
            *goods_bindings(),
        ],
        except_bindings(),
    ),
    "new_unit_price": _unlockable_kind(
        [_amount_field("amount", _("New price per item"), least=0), *goods_bindings()],
        [*except_bindings(), MAX_UNITS, PICK, PER_SET],
    ),
    "new_order_price": _unlockable_kind(
        [_amount_field("amount", _("New price together"), least=0), *goods_bindings()], [*except_bindings(), PER_SET]
    ),
    "bundle_price": KindForm(
        [
            FieldBinding("qty", "qty", whole(_("How many")), variant="qty"),
            *goods_bindings(variant="qty"),
            *part_bindings("part", 1, _("How many of the first"), variant="parts"),
            *part_bindings("part", 2, _("How many of the second"), variant="parts"),
            *part_bindings("part", 3, _("How many of a third"), variant="parts"),
            FieldBinding("price", "price", amount(_("Price of the set"), least=0)),
        ],
        [*except_bindings(), TIMES, PICK, *EACH_SET],
        variants=BUNDLES,
        finish=_finish_bundle,
        start=_start_bundle,
    ),
    "cheapest_free": _unlockable_kind([*goods_bindings(), CAP, TIMES], except_bindings()),
    "cheapest_percent_off": _unlockable_kind([PERCENT, *goods_bindings(), CAP, TIMES], except_bindings()),
    "cheapest_amount_off": _unlockable_kind(
        [_amount_field("amount", _("Amount off")), *goods_bindings(), CAP, TIMES], except_bindings()
    ),
    "buy_get": KindForm(
        [
            FieldBinding("buy_qty", "buy/qty", whole(_("Bought"), needed=True)),
            *goods_bindings("buy/filter"),
            FieldBinding("get_qty", "get/qty", whole(_("Free"), needed=True)),
            FieldBinding(
                "repeat", "repeat", flag(_("As often as the basket allows"), help_text=_("Off: once per purchase."))
            ),
        ],
        [
            *goods_bindings("get/filter", "get_", words=(_("Other products are free"), _("Other categories are free"))),
            FieldBinding("max_get_units", "max_get_units", whole(_("Free items at most"))),
            FieldBinding("get_pick", "get_pick", choice(_("Free are"), PICKS)),
            FieldBinding("buy_pick", "buy_pick", choice(_("Counted as bought"), PICKS)),
            FieldBinding("require_full_get", "require_full_get", flag(_("Only if all free items are in the basket"))),
            *except_bindings("buy/filter"),
        ],
        finish=_finish_buy_get,
        start=_start_buy_get,
    ),
    "gift_line": KindForm(
        [
            FieldBinding(
                "gift_sku",
                "gift/sku",
                one_product(_("Product code of the gift"), fills_name="gift_name", fills_price="gift_amount"),
            ),
            FieldBinding("gift_name", "gift/name", text(_("Free gift"), 80)),
            FieldBinding("gift_qty", "gift/qty", whole(_("How many"))),
            FieldBinding("gift_amount", "gift/list_amount", amount(_("List price of the gift"), least=0)),
        ],
        [
            FieldBinding(
                "per_qty",
                "per/qty",
                whole(_("One for every"), unit=_("items"), help_text=_("Empty: once per purchase.")),
            ),
            *goods_bindings("per/filter", "per_", words=(_("Counted products"), _("Counted categories"))),
        ],
    ),
    "cashback": KindForm(
        [
            FieldBinding(
                "percent", "percent", percent(_("Percentage"), needed=False), decimal_text, decimal_of, "percent"
            ),
            FieldBinding("amount", "value", amount(_("Amount"), needed=False), variant="value"),
            CAP,
            FieldBinding("credit", "credit", choice(_("Given as"), CREDITS)),
            FieldBinding("after_days", "after_days", whole(_("Can be spent after"), 0, 3650, unit=_("days"))),
        ],
        variants=CASHBACK,
    ),
    "earn": KindForm(
        [
            FieldBinding("spend", "per_amount/spend", amount(_("For every"), needed=False), variant="per_amount"),
            FieldBinding("points", "per_amount/points", points(_("Gives"), needed=False), variant="per_amount"),
            FieldBinding("per_unit", "per_unit", points(_("Per item"), needed=False), variant="per_unit"),
            FieldBinding(
                "product_bonus",
                "product_bonus",
                points(_("Per product"), needed=False),
                read=whole_only,
                variant="product_bonus",
            ),
            FieldBinding(
                "percent_of_amount",
                "percent_of_amount",
                lambda form_context: ShareField(label=_("Percentage"), required=False),
                decimal_text,
                decimal_of,
                "percent_of_amount",
            ),
            *goods_bindings(),
        ],
        [
            *except_bindings(),
            FieldBinding("base", "base", choice(_("Counted on"), BASES)),
            FieldBinding("whole_steps", "whole_steps", flag(_("Only for full steps"))),
        ],
        variants=EARNING,
    ),
    "earn_multiplier": KindForm(
        [
            FieldBinding(
                "factor", "factor", lambda form_context: FactorField(label=_("Points times")), decimal_text, decimal_of
            ),
            *goods_bindings(),
        ],
        except_bindings(),
    ),
    "earn_bonus": KindForm([FieldBinding("points", "points", points(_("Extra points")))]),
    "redeem_points": KindForm(
        [
            FieldBinding(
                "value_per_point",
                "value_per_point",
                lambda form_context: RateField(label=_("Money per point, in the smallest unit"), required=False),
                decimal_text,
                decimal_of,
                "by_value",
            ),
            FieldBinding("fixed_points", "fixed_points", points(_("Points"), needed=False), variant="fixed"),
            FieldBinding(
                "percent", "percent", percent(_("Percentage paid"), needed=False), decimal_text, decimal_of, "fixed"
            ),
        ],
        [
            FieldBinding("step", "step", points(_("In steps of"), needed=False)),
            FieldBinding("minimum_points", "minimum_points", points(_("At least"), needed=False)),
            FieldBinding("amount_limit", "amount_limit", amount(_("At most per purchase"), needed=False)),
            FieldBinding(
                "percent_limit",
                "percent_limit",
                percent(_("At most so much of a purchase"), needed=False),
                decimal_text,
                decimal_of,
            ),
            FieldBinding(
                "last_point_pays_rest",
                "last_point_pays_rest",
                flag(
                    _("One more point may pay a rest below its value"),
                    help_text=_("What is left of that point is lost, and the till says so."),
                ),
                variant="by_value",
            ),
            FieldBinding("blocks_earning", "blocks_earning", flag(_("No points on a purchase paid with points"))),
        ],
        variants=REDEEMING,
    ),
    "stamp": STAMP,
    "issue_coupon": ISSUE_COUPON,
}
