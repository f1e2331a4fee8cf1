"""Carts, promotions of every kind and settings, as Hypothesis draws them. Prices are small so that rounding matters."""

from typing import Any

from hypothesis import strategies as st

from tests.engine.tables import AT

SKUS = ("a", "b", "c", "d")
CATEGORIES = ("x", "y")
AMOUNTS = st.integers(1, 60)
QUANTITIES = st.integers(1, 3)
PERCENTS = st.one_of(st.integers(1, 100), st.sampled_from(["12.5", "33.3", "0.7"]))
PICKS = st.sampled_from(["cheapest", "dearest"])


def fields(required: dict[str, Any], optional: dict[str, Any] | None = None) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional or {})


FILTERS = st.one_of(
    fields({"skus": st.lists(st.sampled_from(SKUS), min_size=1, max_size=2)}),
    fields({"categories": st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=1)}),
    fields({"exclude_skus": st.lists(st.sampled_from(SKUS), min_size=1, max_size=2)}),
)
FILTER = {"filter": FILTERS}
PARTS = fields({"qty": QUANTITIES}, FILTER)
BUNDLES = st.one_of(QUANTITIES, st.lists(PARTS, min_size=1, max_size=2))
PART_LISTS = st.lists(PARTS, min_size=1, max_size=2)
UNIT_LIMITS = {"max_units": QUANTITIES, "unit_pick": PICKS, "per_bundle": BUNDLES}

KINDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "percent_off": fields(
        {"value": PERCENTS},
        {**FILTER, **UNIT_LIMITS, "cap": AMOUNTS, "max_units_per_line": QUANTITIES,
         "round_at": st.sampled_from(["line", "total", "total_then_share"])},
    ),
    "percent_off_unit": fields({"value": PERCENTS}, FILTER),
    "amount_off": fields(
        {"value": AMOUNTS}, {**FILTER, **UNIT_LIMITS, "share": st.sampled_from(["by_amount", "by_quantity"])}
    ),
    "amount_off_per_unit": fields(
        {"value": AMOUNTS},
        {**FILTER, "max_units_per_line": QUANTITIES, "per_bundle": BUNDLES, "bundle_multiplies": st.booleans()},
    ),
    "amount_off_per_line": fields({"value": AMOUNTS}, {**FILTER, "per_bundle": BUNDLES}),
    "amount_off_per_measure": fields(
        {"value": AMOUNTS, "unit": st.sampled_from(["kg", "g", "l"])},
        {**FILTER, "per": st.sampled_from([1, "0.5", 100, "0.03"])},
    ),
    "new_unit_price": fields({"value": AMOUNTS}, {**FILTER, **UNIT_LIMITS}),
    "new_order_price": fields({"value": AMOUNTS}, {**FILTER, "per_bundle": BUNDLES}),
    "bundle_price": st.one_of(
        fields({"qty": QUANTITIES, "price": AMOUNTS}, {**FILTER, "max_applications": QUANTITIES, "unit_pick": PICKS}),
        fields({"parts": PART_LISTS, "price": AMOUNTS}, {"max_applications": QUANTITIES, "unit_pick": PICKS}),
    ),
    "cheapest_free": fields({}, {**FILTER, "cap": AMOUNTS, "max_applications": QUANTITIES}),
    "cheapest_percent_off": fields({"value": PERCENTS}, {**FILTER, "max_applications": QUANTITIES}),
    "cheapest_amount_off": fields({"value": AMOUNTS}, {**FILTER, "cap": AMOUNTS, "max_applications": QUANTITIES}),
    "buy_get": fields(
        {"buy": PARTS},
        {"get": PARTS, "buy_pick": PICKS, "get_pick": PICKS, "repeat": st.booleans(), "max_get_units": QUANTITIES,
         "require_full_get": st.booleans()},
    ),
    "gift_line": fields(
        {"gift": st.just({"sku": "bag", "name": "Bag", "qty": 1, "list_amount": 9})}, {"per": PARTS}
    ),
    "cashback": st.one_of(
        fields({"percent": PERCENTS, "credit": st.sampled_from(["discount", "wallet", "points"])}, {"cap": AMOUNTS}),
        fields({"value": AMOUNTS, "credit": st.sampled_from(["discount", "wallet", "points"])}),
    ),
    "earn": st.one_of(
        fields(
            {"per_amount": fields({"spend": AMOUNTS, "points": st.integers(1, 5)})},
            {**FILTER, "whole_steps": st.booleans(), "base": st.sampled_from(["after_discounts", "before_discounts"])},
        ),
        fields({"per_unit": st.integers(1, 5)}, FILTER),
        fields({"product_bonus": st.integers(1, 50)}, FILTER),
        fields({"percent_of_amount": PERCENTS}, {**FILTER, "whole_steps": st.booleans()}),
    ),
    "earn_multiplier": fields({"factor": st.sampled_from([2, "1.5", 3])}, FILTER),
    "earn_bonus": fields({"points": st.integers(1, 50)}),
    "redeem_points": st.one_of(
        fields(
            {"value_per_point": st.sampled_from([1, 2, "0.5", 10])},
            {"step": st.integers(1, 5), "minimum_points": st.integers(0, 20), "amount_limit": AMOUNTS,
             "blocks_earning": st.booleans()},
        ),
        fields({"fixed_points": st.integers(1, 30), "percent": PERCENTS}, {"amount_limit": AMOUNTS}),
    ),
    "stamp": fields({"card": st.just("c"), "per_unit": QUANTITIES}, FILTER),
    "issue_coupon": fields({"coupon": st.just({"title": "t"})}),
}  # fmt: skip

COMMON = {
    "priority": st.integers(98, 102),
    "group": st.sampled_from(["g", "G ", "h"]),
    "exclusive": st.sampled_from([False, False, False, True]),
    "when": fields(
        {},
        {
            "min_subtotal": st.integers(1, 150),
            "min_qty": st.integers(1, 6),
            "subtotal_basis": st.sampled_from(["remaining", "original"]),
        },
    ),
    "budget": fields({"type": st.just("spend"), "limit": AMOUNTS, "on_exceed": st.sampled_from(["reject", "trim"])}),
}


UNLOCKED = frozenset(
    {
        "percent_off",
        "percent_off_unit",
        "amount_off",
        "amount_off_per_unit",
        "amount_off_per_line",
        "amount_off_per_measure",
        "new_unit_price",
        "new_order_price",
        "bundle_price",
        "cheapest_free",
        "cheapest_percent_off",
        "cheapest_amount_off",
    }
)


@st.composite
def sets_of(draw: st.DrawFn, kind: str, own: dict[str, Any]) -> dict[str, Any]:
    """Draw sets that unlock the offer, for one in four of those that may have them."""
    if kind not in UNLOCKED or "per_bundle" in own or draw(st.integers(0, 3)):
        return {}
    ways = ["nothing"]
    if "value" in own and not kind.startswith("new_"):
        ways.append("value")
    if {"max_units", "max_units_per_line", "max_applications"} & set(own):
        ways.append("max_units")
    return {"for_each": draw(PART_LISTS), "multiplies": draw(st.sampled_from(ways))}


@st.composite
def promotions(draw: st.DrawFn, names: tuple[str, ...] = tuple(KINDS), most: int = 5) -> list[dict[str, Any]]:
    made = []
    for number in range(draw(st.integers(1, most))):
        kind = draw(st.sampled_from(names))
        common = draw(fields({}, COMMON)) if draw(st.booleans()) else {}
        own = draw(KINDS[kind])
        made.append({"id": f"p{number}", "title": "P", "kind": kind, **common, **own, **draw(sets_of(kind, own))})
    return made


LINES = fields(
    {"sku": st.sampled_from(SKUS), "quantity": st.integers(1, 5), "unit_amount": st.integers(0, 99)},
    {
        "category": st.sampled_from(CATEGORIES),
        "measure": fields({"value": st.sampled_from(["0.452", "1", "250"]), "unit": st.sampled_from(["kg", "g"])}),
    },
)
SOME_PARTS = st.lists(st.sampled_from(["tax", "service", "tip"]), unique=True)
SOME_IN_PRICES = st.lists(st.sampled_from(["tax", "service"]), unique=True)
SETTINGS = fields(
    {"groups": st.sampled_from([{}, {"g": "best_only"}, {"g": "best_only", "h": "all"}])},
    {
        "money_rounding": st.sampled_from(["half_up", "down"]),
        "round_at": st.sampled_from(["line", "total", "total_then_share"]),
        "remainder": st.sampled_from(["largest", "last_line"]),
        "never_discounted": FILTERS,
        "never_earns": FILTERS,
        "bill": fields({}, {"discounts": SOME_IN_PRICES, "minimums": SOME_PARTS, "earning": SOME_PARTS}),
    },
)


@st.composite
def bills(draw: st.DrawFn, cart: list[dict[str, Any]]) -> dict[str, Any]:
    """Draw a bill that the cart can hold, sent for the whole or line by line; the lines get their parts."""
    sent: dict[str, Any] = {"prices_include_tax": draw(st.booleans()), "prices_include_service": draw(st.booleans())}
    room = {number: line["quantity"] * line["unit_amount"] for number, line in enumerate(cart)}
    for name in ("tax", "service"):
        inside, total = sent[f"prices_include_{name}"], 0
        by_line = draw(st.booleans())
        for number, line in enumerate(cart):
            amount = draw(st.integers(0, min(40, room[number]) if inside else 40))
            room[number] -= amount if inside else 0
            total += amount
            if by_line:
                line[f"{name}_amount"] = amount
        sent[f"{name}_amount"] = total
    return {**sent, "tip_amount": draw(st.integers(0, 30)), "rounding_amount": draw(st.integers(-9, 9))}


@st.composite
def case(draw: st.DrawFn, names: tuple[str, ...] = tuple(KINDS)) -> dict[str, Any]:
    lines = draw(st.lists(LINES, min_size=1, max_size=5))
    cart = [{"line_id": f"L{number}", **line} for number, line in enumerate(lines)]
    bill = draw(bills(cart)) if draw(st.booleans()) else None
    return {
        "at": AT,
        "cart": cart,
        "bill": bill,
        "promotions": draw(promotions(names)),
        "settings": draw(SETTINGS),
        "member": {"id": "m", "points_available": draw(st.integers(0, 40)), "wallet_available": 50},
        "redeem_points": draw(st.integers(0, 40)),
        "redeem_wallet_amount": draw(st.integers(0, 60)),
    }


EARNING_KINDS = (
    "percent_off",
    "amount_off",
    "buy_get",
    "earn",
    "earn_multiplier",
    "earn_bonus",
    "cashback",
    "redeem_points",
)
