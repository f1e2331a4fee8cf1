KIND = "cheapest_amount_off"

CASES = [
    ("off the cheapest", "kopi 2x25000; roti 1x9000", {"value": 5000}, {"lines": [0, 5000]}),
    ("no more than it costs", "kopi 2x25000; roti 1x3000", {"value": 5000}, {"lines": [0, 3000]}),
    ("the two cheapest", "kopi 2x25000; roti 1x3000", {"value": 5000, "max_applications": 2}, {"lines": [5000, 3000]}),
    ("all units", "kopi 2x25000", {"value": 5000, "max_applications": 9}, {"off": 10000}),
    ("capped", "kopi 2x25000", {"value": 5000, "max_applications": 2, "cap": 7000}, {"off": 7000}),
    ("cap not reached", "kopi 2x25000", {"value": 5000, "cap": 7000}, {"off": 5000}),
    ("of the goods named", "kopi 1x25000 drink; roti 1x3000 food", {"value": 5000, "filter": {"categories": ["drink"]}}, {"lines": [5000, 0]}),
    ("the earlier line on a tie", "kopi 1x9000; roti 1x9000", {"value": 1000}, {"lines": [1000, 0]}),
    ("a unit serves one offer", "kopi 1x20000", [{"kind": "cheapest_amount_off", "value": 500}, {"kind": "cheapest_free"}],
     {"off": 500, "reasons": {"p1": "applied", "p2": "insufficient_free_units"}}),
    ("after a percentage", "kopi 1x20000; roti 1x30000", [{"kind": "percent_off", "value": 50}, {"kind": "cheapest_amount_off", "value": 20000}],
     {"by": {"p1": 25000, "p2": 10000}}),
    ("minimum spend", "kopi 1x20000", {"value": 500, "when": {"min_subtotal": 30000}}, {"reason": "min_spend_not_met", "hints": {"p1": 10000}}),
    ("an item of no price is passed over", "tas 1x0; kopi 1x20000", {"value": 500}, {"lines": [0, 500]}),
    ("nothing left", "tas 1x0", {"value": 500}, {"reason": "nothing_left_to_discount"}),
    ("no such goods", "kopi 1x20000", {"value": 500, "filter": {"skus": ["teh"]}}, {"reason": "no_eligible_items"}),
    ("empty cart", "", {"value": 500}, {"reason": "no_eligible_items", "total": 0}),
]  # fmt: skip
