KIND = "cheapest_percent_off"

CASES = [
    ("half off the cheapest", "kopi 2x25000; roti 1x9000", {"value": 50}, {"lines": [0, 4500]}),
    ("rounded on the unit", "kopi 3x25", {"value": 10}, {"off": 3}),
    ("rounded down", "kopi 3x25", {"value": 10}, {"off": 2}, {"settings": {"money_rounding": "down"}}),
    ("the two cheapest, each rounded", "kopi 3x25", {"value": 10, "max_applications": 2}, {"off": 6}),
    ("of the goods named", "kopi 1x25000 drink; roti 1x9000 food", {"value": 50, "filter": {"categories": ["drink"]}}, {"lines": [12500, 0]}),
    ("capped", "kopi 1x25000", {"value": 50, "cap": 10000}, {"off": 10000}),
    ("below the cap", "kopi 1x15000", {"value": 50, "cap": 10000}, {"off": 7500}),
    ("the whole of it", "kopi 1x15000", {"value": 100}, {"total": 0}),
    ("second at half price", "kopi 2x20000", {"value": 50, "when": {"min_qty": 2}}, {"off": 10000}),
    ("not with one", "kopi 1x20000", {"value": 50, "when": {"min_qty": 2}}, {"reason": "min_qty_not_met", "hints": {"p1": 1}}),
    ("a unit serves one offer", "kopi 1x20000", [{"kind": "cheapest_percent_off", "value": 50}, {"kind": "cheapest_percent_off", "value": 50}],
     {"off": 10000, "reasons": {"p1": "applied", "p2": "insufficient_free_units"}}),
    ("the next cheapest for the next offer", "kopi 2x20000", [{"kind": "cheapest_percent_off", "value": 50}, {"kind": "cheapest_percent_off", "value": 10}],
     {"by": {"p1": 10000, "p2": 2000}}),
    ("a percentage compounds on the rest", "kopi 1x20000", [{"kind": "cheapest_percent_off", "value": 50}, {"kind": "percent_off", "value": 10}],
     {"by": {"p1": 10000, "p2": 1000}}),
    ("too little", "kopi 1x4", {"value": 10}, {"reason": "no_benefit"}),
    ("no such goods", "kopi 1x4", {"value": 10, "filter": {"skus": ["teh"]}}, {"reason": "no_eligible_items"}),
]  # fmt: skip
