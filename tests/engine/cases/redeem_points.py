KIND = "redeem_points"
TEN = {"value_per_point": 10}
ASK = {"redeem_points": 500}
STEPS = {"kind": "earn", "per_amount": {"spend": 1000, "points": 1}, "whole_steps": True}
FIXED = {"fixed_points": 500, "percent": 10}
POOR = {"id": "budi", "points_available": 450}

CASES = [
    ("points pay", "kopi 1x40000", TEN, {"used": 500, "value": 5000, "total": 40000, "payable": 35000, "off": 0}, ASK),
    ("shared by what is left", "kopi 1x30000; roti 1x10000", TEN, {"value_lines": [3750, 1250]}, ASK),
    ("not asked for", "kopi 1x40000", TEN, {"used": 0, "reason": "no_benefit"}),
    ("more than there are", "kopi 1x40000", TEN, {"used": 0, "reason": "insufficient_points", "measured": 1000, "needed": 1001}, {"redeem_points": 1001}),
    ("exactly what there is", "kopi 1x40000", TEN, {"used": 1000, "payable": 30000}, {"redeem_points": 1000}),
    ("never more than the order", "kopi 1x3005", TEN, {"used": 300, "value": 3000, "payable": 5}, ASK),
    ("in whole steps", "kopi 1x40000", {**TEN, "step": 200}, {"used": 400, "value": 4000}, ASK),
    ("below a step", "kopi 1x40000", {**TEN, "step": 600}, {"used": 0, "reason": "insufficient_points", "measured": 500, "needed": 600}, ASK),
    ("below the minimum", "kopi 1x40000", {**TEN, "minimum_points": 501}, {"used": 0, "reason": "insufficient_points", "needed": 501}, ASK),
    ("up to a limit of money", "kopi 1x40000", {**TEN, "amount_limit": 2000}, {"used": 200, "value": 2000}, ASK),
    ("a limit in whole steps", "kopi 1x40000", {**TEN, "amount_limit": 2500, "step": 100}, {"used": 200}, ASK),
    ("half a rupiah a point", "kopi 1x40000", {"value_per_point": "0.5"}, {"used": 500, "value": 250}, ASK),
    ("after discounts", "kopi 1x4000", [{"kind": "percent_off", "value": 50}, {"kind": "redeem_points", **TEN}], {"used": 200, "value": 2000, "payable": 0}, ASK),
    ("whatever its priority", "kopi 1x4000", [{"kind": "percent_off", "value": 50}, {"kind": "redeem_points", **TEN, "priority": 1}], {"by": {"p1": 2000}, "used": 200}, ASK),
    ("before stored value", "kopi 1x40000", TEN, {"value": 5000, "wallet": 35000, "payable": 0}, {**ASK, "redeem_wallet_amount": 50000}),
    ("lowers what is earned", "kopi 1x40000", [{"kind": "redeem_points", **TEN}, STEPS], {"points": 35}, ASK),
    ("or stops earning", "kopi 1x40000", [{"kind": "redeem_points", **TEN, "blocks_earning": True}, STEPS],
     {"points": 0, "reasons": {"p1": "applied", "p2": "not_combinable"}}, ASK),
    ("but only when points are used", "kopi 1x40000", [{"kind": "redeem_points", **TEN, "blocks_earning": True}, STEPS], {"points": 40}),
    ("fixed points for a percentage", "kopi 1x40000", FIXED, {"used": 500, "value": 4000, "payable": 36000}, ASK),
    ("fixed points, limited", "kopi 1x40000", {**FIXED, "amount_limit": 1500}, {"used": 500, "value": 1500}, ASK),
    ("fixed points not asked for in full", "kopi 1x40000", FIXED, {"used": 0, "reason": "insufficient_points", "measured": 499}, {"redeem_points": 499}),
    ("fixed points may come from this order", "kopi 1x50000", [{"kind": "redeem_points", **FIXED}, STEPS],
     {"used": 500, "value": 5000, "points": 45}, {**ASK, "member": POOR}),
    ("but not from what it does not earn", "kopi 1x49000", [{"kind": "redeem_points", **FIXED}, STEPS],
     {"used": 0, "points": 49, "reasons": {"p1": "insufficient_points", "p2": "applied"}}, {**ASK, "member": POOR}),
    ("points per amount use the opening balance only", "kopi 1x90000", [{"kind": "redeem_points", **TEN}, STEPS],
     {"used": 0, "points": 90}, {**ASK, "member": POOR}),
    ("a second rule takes what the first leaves", "kopi 1x40000",
     [{"kind": "redeem_points", **TEN, "amount_limit": 1000}, {"kind": "redeem_points", "value_per_point": 5}], {"used": 500, "value": 3000}, ASK),
    ("anonymous", "kopi 1x40000", TEN, {"used": 0, "reason": "member_required"}, {**ASK, "member": None}),
    ("nothing to pay", "kopi 1x0", TEN, {"used": 0, "reason": "nothing_left_to_discount"}, ASK),
    ("a balance in debt", "kopi 1x40000", TEN, {"used": 0, "reason": "insufficient_points", "measured": 0}, {**ASK, "member": {"id": "debi"}}),
]  # fmt: skip
