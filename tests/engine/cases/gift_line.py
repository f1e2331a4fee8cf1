KIND = "gift_line"
BAG = {"gift": {"sku": "tas", "name": "Tas", "qty": 1, "list_amount": 25000}}
PER_TWO = {**BAG, "per": {"filter": {"skus": ["kopi"]}, "qty": 2}}

CASES = [
    ("spend 350.000, get a bag", "kopi 1x350000", {**BAG, "when": {"min_subtotal": 350000}}, {"free": [("tas", 1)], "total": 350000, "off": 0}),
    ("not below", "kopi 1x349999", {**BAG, "when": {"min_subtotal": 350000}}, {"free": [], "reason": "min_spend_not_met", "hints": {"p1": 1}}),
    ("once without per", "kopi 9x10000", BAG, {"free": [("tas", 1)]}),
    ("two at once", "kopi 1x10000", {"gift": {"sku": "pin", "name": "Pin", "qty": 2, "list_amount": 500}}, {"free": [("pin", 2)]}),
    ("one for every two", "kopi 5x10000", PER_TWO, {"free": [("tas", 2)]}),
    ("none for one", "kopi 1x10000", PER_TWO, {"free": [], "reason": "min_qty_not_met", "measured": 1, "needed": 2, "hints": {"p1": 1}}),
    ("none without the goods", "teh 5x10000", PER_TWO, {"reason": "no_eligible_items"}),
    ("the gift earns nothing", "kopi 1x10000", [{"kind": "gift_line", **BAG}, {"kind": "earn", "per_amount": {"spend": 1000, "points": 1}}], {"points": 10}),
    ("the gift is not discounted", "kopi 1x10000", [{"kind": "gift_line", **BAG}, {"kind": "percent_off", "value": 10}], {"off": 1000}),
    ("its price counts against a budget", "kopi 1x10000", {**BAG, "budget": {"type": "spend", "limit": 30000, "used": 10000}},
     {"free": [], "reason": "budget_exhausted", "measured": 20000, "needed": 25000}),
    ("within the budget", "kopi 1x10000", {**BAG, "budget": {"type": "spend", "limit": 30000, "used": 5000}}, {"free": [("tas", 1)], "uses": {"p1": 25000}}),
    ("whole gifts only when trimmed", "kopi 6x10000", {**PER_TWO, "budget": {"type": "spend", "limit": 60000, "on_exceed": "trim"}},
     {"free": [("tas", 2)], "uses": {"p1": 50000}}),
    ("half a bag is no gift", "kopi 2x10000", {**PER_TWO, "budget": {"type": "spend", "limit": 20000, "on_exceed": "trim"}},
     {"free": [], "reason": "budget_exhausted"}),
    ("goods that brought a gift serve no other offer", "kopi 3x10000", [{"kind": "gift_line", **PER_TWO}, {"kind": "buy_get", "buy": {"qty": 2}, "get": {"qty": 1}}],
     {"free": [("tas", 1)], "off": 0, "reasons": {"p1": "applied", "p2": "insufficient_free_units"}}),
    ("free units earn no gift", "kopi 2x10000", [{"kind": "cheapest_free"}, {"kind": "gift_line", **PER_TWO}],
     {"free": [], "reasons": {"p1": "applied", "p2": "insufficient_free_units"}}),
    ("an empty cart gets nothing", "", BAG, {"free": [], "reason": "no_eligible_items"}),
    ("a member is not needed", "kopi 1x1", BAG, {"free": [("tas", 1)]}, {"member": None}),
]  # fmt: skip
