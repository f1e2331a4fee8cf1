KIND = "stamp"
VISIT = {"card": "kopi-10", "per_visit": 1}
UNIT = {"card": "kopi-10", "per_unit": 1, "filter": {"skus": ["kopi"]}}

CASES = [
    ("one for the visit", "kopi 3x1000", VISIT, {"stamps": {"p1": 1}}),
    ("two for the visit", "kopi 3x1000", {**VISIT, "per_visit": 2}, {"stamps": {"p1": 2}}),
    ("true is one", "kopi 3x1000", {**VISIT, "per_visit": True}, {"stamps": {"p1": 1}}),
    ("one for each unit", "kopi 3x1000", UNIT, {"stamps": {"p1": 3}}),
    ("of the goods named", "kopi 3x1000; roti 2x500", UNIT, {"stamps": {"p1": 3}}),
    ("several a unit", "kopi 3x1000", {**UNIT, "per_unit": 2}, {"stamps": {"p1": 6}}),
    ("a visit that bought the goods", "roti 2x500", {**VISIT, "filter": {"skus": ["kopi"]}},
     {"stamps": {}, "reason": "no_eligible_items"}),
    ("no such goods", "roti 2x500", UNIT, {"stamps": {}, "reason": "no_eligible_items"}),
    ("free units bring none", "kopi 3x1000", [{"kind": "cheapest_free"}, {"kind": "stamp", **UNIT}],
     {"stamps": {"p2": 2}}),
    ("all free", "kopi 1x1000", [{"kind": "cheapest_free"}, {"kind": "stamp", **UNIT}],
     {"stamps": {}, "reasons": {"p1": "applied", "p2": "no_benefit"}}),
    ("anonymous", "kopi 1x1000", VISIT, {"stamps": {}, "reason": "member_required"}, {"member": None}),
    ("from a minimum spend", "kopi 1x1000", {**VISIT, "when": {"min_subtotal": 5000}},
     {"stamps": {}, "reason": "min_spend_not_met"}),
    ("two cards", "kopi 1x1000", [{"kind": "stamp", **VISIT}, {"kind": "stamp", **UNIT, "card": "lain"}],
     {"stamps": {"p1": 1, "p2": 1}}),
    ("a card with its reward", "kopi 1x1000",
     {"card": {"code": "kopi-10", "threshold": 10, "reward": {"kind": "cheapest_free"}}, "per_visit": 1},
     {"stamps": {"p1": 1}}),
    ("changes no price", "kopi 1x1000", VISIT, {"total": 1000, "points": 0, "payable": 1000}),
    ("a limit of uses", "kopi 1x1000", {**VISIT, "usage": {"limit": 5, "used": 5}},
     {"stamps": {}, "reason": "usage_limit_reached"}),
]  # fmt: skip
