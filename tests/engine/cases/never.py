"""Goods that take no part: never discounted, never earning."""

from typing import Any

KIND = "percent_off"
BOTH = {"categories": ["rokok"]}
NEVER: dict[str, Any] = {"settings": {"never_discounted": BOTH, "never_earns": BOTH}}
CART = "r 1x35000 rokok; b 1x10000 snack"
EARN = {"kind": "earn", "per_amount": {"spend": 1000, "points": 1}}
REDEEM = {"kind": "redeem_points", "value_per_point": 100}


def off(value: int, **fields: Any) -> dict[str, Any]:
    return {"kind": "percent_off", "value": value, **fields}


CASES = [
    ("no discount on them", CART, [off(10)], {"lines": [0, 1000]}, NEVER),
    ("not even where a promotion names them", CART, [off(10, filter=BOTH)], {"reason": "no_eligible_items"}, NEVER),
    ("no part of an amount off", CART, [{"kind": "amount_off", "value": 20000}], {"lines": [0, 10000]}, NEVER),
    ("no unit of a bundle", "r 3x35000 rokok", [{"kind": "bundle_price", "qty": 3, "price": 100}], {"off": 0}, NEVER),
    ("no set unlocks with them", CART,
     [off(50, for_each=[{"qty": 1, "filter": {"skus": ["r"]}}])], {"reason": "no_eligible_items"}, NEVER),
    ("they count for no minimum", CART, [off(10, when={"min_subtotal": 20000})],
     {"reason": "min_spend_not_met", "measured": 10000}, NEVER),
    ("nor for a minimum before discounts", CART, [off(10, when={"min_subtotal": 20000, "subtotal_basis": "original"})],
     {"reason": "min_spend_not_met", "measured": 10000}, NEVER),
    ("nor for a number of items", CART, [off(10, when={"min_qty": 2})], {"measured": 1, "needed": 2}, NEVER),
    ("no gift for them alone", "r 1x35000 rokok",
     [{"kind": "gift_line", "gift": {"sku": "tas", "name": "Tas"}}], {"free": []}, NEVER),
    ("no cashback at once", CART, [{"kind": "cashback", "percent": 10, "credit": "discount"}], {"lines": [0, 1000]},
     NEVER),
    ("no points", CART, [EARN], {"points": 10, "point_lines": [0, 10]}, NEVER),
    ("no bonus for them alone", "r 1x35000 rokok", [{"kind": "earn_bonus", "points": 5}], {"points": 0}, NEVER),
    ("a bonus stays with the others", CART, [{"kind": "earn_bonus", "points": 5}], {"point_lines": [0, 5]}, NEVER),
    ("no cashback to the wallet", CART, [{"kind": "cashback", "percent": 10}], {"cashback": 1000}, NEVER),
    ("no stamps", CART, [{"kind": "stamp", "card": "c", "per_unit": 1}], {"stamps": {"p1": 1}}, NEVER),
    ("no stamp for a visit of nothing else", "r 1x35000 rokok", [{"kind": "stamp", "card": "c", "per_visit": 1}],
     {"stamps": {}}, NEVER),
    ("no coupon for them alone", "r 1x35000 rokok", [{"kind": "issue_coupon", "coupon": {"title": "t"}}],
     {"issued": []}, NEVER),
    ("points cannot pay them", CART, [REDEEM], {"used": 100, "value_lines": [0, 10000], "payable": 35000},
     {**NEVER, "redeem_points": 450}),
    ("wallet money can", CART, [], {"wallet": 45000, "payable": 0}, {**NEVER, "redeem_wallet_amount": 45000}),
    ("discounted but not earning", CART, [off(10), EARN], {"lines": [3500, 1000], "point_lines": [0, 9]},
     {"settings": {"never_earns": BOTH}}),
    ("earning but not discounted", CART, [off(10), EARN], {"lines": [0, 1000], "points": 44},
     {"settings": {"never_discounted": BOTH}}),
    ("named by code", CART, [off(10)], {"lines": [0, 1000]}, {"settings": {"never_discounted": {"skus": ["r"]}}}),
]  # fmt: skip
