"""Money off by weight or measure; rounded half up, once per line."""

from typing import Any

KIND = "amount_off_per_measure"


def goods(sku: str, unit_amount: int, measure: str = "", quantity: int = 1, **fields: Any) -> dict[str, Any]:
    """`measure` as a receipt shows it, "0.452 kg"; it is sent as value and unit."""
    value, _, unit = measure.partition(" ")
    line = {"sku": sku, "quantity": quantity, "unit_amount": unit_amount, **fields}
    return {**line, "measure": {"value": value, "unit": unit}} if unit else line


def cart(*lines: dict[str, Any]) -> dict[str, Any]:
    return {"cart": list(lines)}


PER_KILO = {"value": 2000, "unit": "kg"}
PER_100_G = {"value": 2000, "unit": "g", "per": 100}
CHEESE = goods("keju", 90400, "0.452 kg")

CASES = [
    ("off each kilogram, in proportion", "", PER_KILO, {"off": 904}, cart(CHEESE)),
    ("half a coin is rounded up", "", {"value": 1, "unit": "kg"}, {"off": 1}, cart(goods("a", 100, "0.5 kg"))),
    ("less than half a coin is none", "", {"value": 1, "unit": "kg"}, {"reason": "no_benefit"},
     cart(goods("a", 100, "0.499999 kg"))),
    ("rounded on each line, not on the sum", "", {"value": 1, "unit": "kg"}, {"lines": [1, 1], "off": 2},
     cart(goods("a", 100, "0.5 kg"), goods("a", 100, "0.5 kg"))),
    ("rounded down where the shop says so", "", {"value": 1, "unit": "kg"}, {"reason": "no_benefit"},
     {**cart(goods("a", 100, "0.5 kg")), "settings": {"money_rounding": "down"}}),
    ("for every 100 g of what is weighed in kilograms", "", PER_100_G, {"off": 9040}, cart(CHEESE)),
    ("for every half litre", "", {"value": 500, "unit": "l", "per": "0.5"}, {"off": 750},
     cart(goods("susu", 9000, "750 ml"))),
    ("by the metre, sold in centimetres", "", {"value": 1000, "unit": "m"}, {"off": 2500},
     cart(goods("kain", 50000, "250 cm"))),
    ("by the piece", "", {"value": 100, "unit": "pcs"}, {"off": 1200}, cart(goods("telur", 24000, "12 pcs"))),
    ("measure counts for each unit of the line", "", {"value": 1000, "unit": "kg"}, {"off": 1500},
     cart(goods("gula", 9000, "0.5 kg", quantity=3))),
    ("goods without a measure are not meant", "", PER_KILO, {"lines": [904, 0]}, cart(CHEESE, goods("roti", 9000))),
    ("a measure of another kind is not meant", "", PER_KILO, {"lines": [904, 0]},
     cart(CHEESE, goods("susu", 9000, "1 l"))),
    ("a measure in words is no figure", "", PER_KILO, {"reason": "no_eligible_items"},
     cart(goods("bayam", 3000, measure="") | {"measure": "1 ikat"})),
    ("only the goods named", "", {**PER_KILO, "filter": {"skus": ["keju"]}}, {"lines": [904, 0]},
     cart(CHEESE, goods("daging", 90000, "1 kg"))),
    ("only the category named", "", {**PER_KILO, "filter": {"categories": ["Daging"]}}, {"lines": [0, 2000]},
     cart(CHEESE, goods("sapi", 90000, "1 kg", category="daging"))),
    ("never more than the goods cost", "", {"value": 500000, "unit": "kg"}, {"total": 0}, cart(CHEESE)),
    ("no such goods", "", {**PER_KILO, "filter": {"skus": ["x"]}}, {"reason": "no_eligible_items"}, cart(CHEESE)),
    ("nothing left", "", PER_KILO, {"reason": "nothing_left_to_discount"}, cart(goods("keju", 0, "1 kg"))),
    ("on what is left", "",
     [{"kind": "percent_off", "value": 99}, {"kind": KIND, "value": 2000, "unit": "kg"}],
     {"by": {"p1": 89496, "p2": 904}, "total": 0}, cart(CHEESE)),
    ("a unit that is free already takes no part", "",
     [{"kind": "buy_get", "buy": {"qty": 1}, "get": {"qty": 1}}, {"kind": KIND, "value": 1000, "unit": "kg"}],
     {"by": {"p1": 9000, "p2": 500}}, cart(goods("gula", 9000, "0.5 kg", quantity=2))),
    ("once for each set of others", "",
     {**PER_KILO, "filter": {"skus": ["keju"]}, "for_each": [{"qty": 1, "filter": {"skus": ["roti"]}}]},
     {"lines": [1808, 0]}, cart(CHEESE, goods("roti", 9000, quantity=2))),
    ("cut to a budget", "", {**PER_KILO, "budget": {"type": "spend", "limit": 500, "on_exceed": "trim"}},
     {"off": 500}, cart(CHEESE)),
    ("goods without a code, by name", "", {**PER_KILO, "filter": {"skus": ["Keju curah"]}}, {"off": 904},
     cart({**goods("", 90400, "0.452 kg"), "name": "Keju Curah"})),
]  # fmt: skip
