KIND = "cheapest_free"

CASES = [
    ("the cheapest unit", "kopi 2x25000; roti 1x9000", {}, {"off": 9000, "lines": [0, 9000]}),
    ("one unit of a line", "kopi 3x25000", {}, {"off": 25000}),
    ("the two cheapest", "kopi 2x25000; roti 1x9000", {"max_applications": 2}, {"lines": [25000, 9000]}),
    ("of the goods named", "kopi 2x25000 drink; roti 1x9000 food", {"filter": {"categories": ["drink"]}}, {"lines": [25000, 0]}),
    ("capped", "kopi 1x25000", {"cap": 10000}, {"off": 10000}),
    ("capped over several", "a 1x8000; b 1x7000", {"cap": 10000, "max_applications": 2}, {"off": 10000, "lines": [5333, 4667]}),
    ("with three in the basket", "kopi 2x25000", {"when": {"min_qty": 3}}, {"reason": "min_qty_not_met", "measured": 2, "needed": 3}),
    ("with three of a kind", "kopi 2x25000 drink; roti 1x5 food", {"when": {"min_qty": 3, "qty_filter": {"categories": ["drink"]}}},
     {"reason": "min_qty_not_met", "measured": 2}),
    ("the earlier line on a tie", "kopi 1x9000; roti 1x9000", {}, {"lines": [9000, 0]}),
    ("the cheapest by what is left", "kopi 1x10000; roti 1x9000",
     [{"kind": "percent_off", "value": 50, "filter": {"skus": ["kopi"]}, "priority": 1}, {"kind": "cheapest_free"}], {"by": {"p1": 5000, "p2": 5000}}),
    ("not a unit that is free already", "kopi 2x10000", [{"kind": "cheapest_free"}, {"kind": "cheapest_free"}], {"total": 0}),
    ("not a third time", "kopi 1x10000", [{"kind": "cheapest_free"}, {"kind": "cheapest_free"}],
     {"reasons": {"p1": "applied", "p2": "nothing_left_to_discount"}}),
    ("not a unit of a bundle", "kopi 3x10000", [{"kind": "bundle_price", "qty": 3, "price": 25000}, {"kind": "cheapest_free"}],
     {"off": 5000, "reasons": {"p1": "applied", "p2": "insufficient_free_units"}}),
    ("what costs nothing is passed over", "tas 1x0; kopi 1x5000", {}, {"lines": [0, 5000]}),
    ("no such goods", "kopi 1x5000", {"filter": {"skus": ["teh"]}}, {"reason": "no_eligible_items"}),
    ("more allowed than there are", "kopi 2x5000", {"max_applications": 5}, {"total": 0}),
]  # fmt: skip
