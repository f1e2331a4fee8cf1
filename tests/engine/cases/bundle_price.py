KIND = "bundle_price"
THREE = {"qty": 3, "price": 70000}

CASES = [
    ("3 for 70.000", "kaos 3x30000", THREE, {"off": 20000, "total": 70000}),
    ("twice", "kaos 6x30000", THREE, {"total": 140000}),
    ("the seventh at its own price", "kaos 7x30000", THREE, {"total": 170000}),
    ("mixed goods", "kaos 2x30000; topi 1x25000", THREE, {"total": 70000}),
    ("shared by what each costs", "kaos 2x30000; topi 1x25000", THREE, {"lines": [10588, 4412]}),
    ("the dearest units unless said", "kaos 3x30000; topi 1x10000", THREE, {"off": 20000, "lines": [20000, 0]}),
    ("the cheapest where said", "kaos 3x30000; topi 1x15000", {**THREE, "unit_pick": "cheapest"}, {"off": 5000}),
    ("once only", "kaos 6x30000", {**THREE, "max_applications": 1}, {"total": 160000}),
    ("only the goods named", "kaos 3x30000 baju; topi 3x30000", {**THREE, "filter": {"categories": ["baju"]}}, {"lines": [20000, 0]}),
    ("never raises a price", "kaos 3x20000", THREE, {"off": 0, "reason": "no_benefit"}),
    ("dear sets are made, cheap ones not", "kaos 3x30000; topi 3x10000", THREE, {"off": 20000}),
    ("too few", "kaos 2x30000", THREE, {"reason": "min_qty_not_met", "measured": 2, "needed": 3, "hints": {"p1": 1}}),
    ("none at all", "kaos 2x30000", {**THREE, "filter": {"skus": ["topi"]}}, {"reason": "no_eligible_items"}),
    ("a unit serves one bundle only", "kaos 4x30000", [{"kind": "bundle_price", **THREE}, {"kind": "bundle_price", "qty": 2, "price": 50000}],
     {"off": 20000, "reasons": {"p1": "applied", "p2": "insufficient_free_units"}}),
    ("what one bundle leaves another may take", "kaos 5x30000",
     [{"kind": "bundle_price", **THREE}, {"kind": "bundle_price", "qty": 2, "price": 50000}], {"by": {"p1": 20000, "p2": 10000}}),
    ("a percentage goes on top", "kaos 3x30000", [{"kind": "bundle_price", **THREE}, {"kind": "percent_off", "value": 10}],
     {"by": {"p1": 20000, "p2": 7000}}),
    ("on what a percentage left", "kaos 3x30000", [{"kind": "percent_off", "value": 10}, {"kind": "bundle_price", **THREE}],
     {"by": {"p1": 9000, "p2": 11000}}),
    ("sets of one line at once and the rest mixed", "a 4x100; b 4x90; c 1x80", {"qty": 3, "price": 200},
     {"off": 240, "total": 600}),
    ("thousands of units", "baut 9999x100", {"qty": 3, "price": 250}, {"off": 166650}),
]  # fmt: skip
