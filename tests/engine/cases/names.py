"""Names in other spellings than the promotion's: what is wanted is found, what is excluded stays out."""

from typing import Any

KIND = "percent_off"
CART = [
    {"sku": "R", "category": "Rokok", "quantity": 1, "unit_amount": 35000},
    {"sku": "B", "category": "x", "quantity": 1, "unit_amount": 10000},
]
OPEN_PRICE = [
    {"sku": "", "name": "Kopi Tubruk", "category": "Minuman", "quantity": 1, "unit_amount": 10000},
    {"name": "Jasa bungkus", "quantity": 1, "unit_amount": 7000},
]
SPELLINGS = ("rokok", "ROKOK", " Rokok ", "Rokok\u00a0", "ＲＯＫＯＫ", "ro\u212aok", "ro\u200bkok")

TURKISH = ("i\u00e7ki", "\u0130\u00c7K\u0130", "I\u00c7KI", "\u0131\u00e7k\u0131")


def ten(**goods: list[str]) -> dict[str, Any]:
    return {"value": 10, "filter": goods}


def at_the_till(sku: str, category: str | None = None) -> dict[str, Any]:
    line = {"sku": sku, "quantity": 1, "unit_amount": 10000}
    return {"cart": [line if category is None else {**line, "category": category}]}


CASES = [
    *((f"an excluded category as {name!r}", "", ten(exclude_categories=[name]), {"lines": [0, 1000]}, {"cart": CART})
      for name in SPELLINGS),
    *((f"a till that writes {name!r}", "", ten(exclude_categories=["Rokok"]), {"off": 0}, at_the_till("R", name))
      for name in SPELLINGS),
    *((f"a wanted category as {name!r}", "", ten(categories=[name]), {"lines": [3500, 0]}, {"cart": CART})
      for name in SPELLINGS),
    *((f"an excluded category of a Turkish shop, written {name!r}", "", ten(exclude_categories=["\u0130\u00e7ki"]),
       {"off": 0}, at_the_till("R", name)) for name in TURKISH),
    ("a wanted product", "", ten(skus=["kopi-1"]), {"off": 1000}, at_the_till(" KOPI-1")),
    ("an excluded product", "", ten(exclude_skus=["KOPI-1 "]), {"off": 0}, at_the_till("kopi-1")),
    ("an excluded product of a wanted category", "", ten(categories=["MINUMAN"], exclude_skus=["kopi-1"]),
     {"off": 0}, at_the_till("Kopi-1", "Minuman")),
    ("Turkish and German letters", "", ten(categories=["STRASSE"]), {"off": 1000}, at_the_till("a", "straße")),
    ("no category is no name", "", ten(exclude_categories=["rokok"]), {"off": 1000}, at_the_till("a")),
    ("a minimum spend on goods", "",
     {"value": 10, "when": {"min_subtotal": 30000, "subtotal_filter": {"categories": ["ROKOK"]}}},
     {"off": 4500}, {"cart": CART}),
    ("a number of goods", "", {"value": 10, "when": {"min_qty": 1, "qty_filter": {"skus": ["r"]}}}, {"off": 4500},
     {"cart": CART}),
    ("points per product", "",
     [{"kind": "earn", "product_bonus": {"r ": 7, "zz": 3}}], {"points": 7}, {"cart": CART}),
    *((f"goods without a code are named by {field}", "", ten(**names), {"lines": [1000, 0]}, {"cart": OPEN_PRICE})
      for field, names in (("name", {"skus": ["kopi tubruk"]}), ("category", {"categories": ["MINUMAN"]}))),
    ("goods without a code are excluded by name", "", ten(exclude_skus=["Kopi tubruk"]), {"lines": [0, 700]},
     {"cart": OPEN_PRICE}),
    ("goods without a code are not those of an empty name", "", ten(skus=["x"]), {"off": 0}, {"cart": OPEN_PRICE}),
    ("goods without a code earn by amount", "",
     [{"kind": "earn", "per_amount": {"spend": 1000, "points": 1}}], {"points": 17, "point_lines": [10, 7]},
     {"cart": OPEN_PRICE}),
    ("goods without a code are no product", "",
     [{"kind": "earn", "product_bonus": 5}], {"points": 5},
     {"cart": [*OPEN_PRICE, {"sku": "R", "quantity": 1, "unit_amount": 500}]}),
    ("two names without a code are two goods", "",
     [{"kind": "bundle_price", "qty": 2, "price": 11000, "filter": {"skus": ["Kopi tubruk"]}}],
     {"lines": [4500, 4500, 0]},
     {"cart": [*OPEN_PRICE[:1], {**OPEN_PRICE[0], "name": "KOPI  TUBRUK"}, OPEN_PRICE[1]]}),
    ("points per product, rows of two spellings are one product", "",
     [{"kind": "earn", "product_bonus": {"r": 7}}], {"points": 7},
     {"cart": [CART[0], {**CART[0], "sku": "r"}]}),
]  # fmt: skip
