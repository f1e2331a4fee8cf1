KIND = "earn_bonus"

CASES = [
    ("fixed points", "kopi 1x40000", {"points": 100}, {"points": 100, "total": 40000}),
    ("shared by amount", "kopi 1x30000; roti 1x10000", {"points": 10}, {"point_lines": [8, 2]}),
    ("on top of earning", "kopi 1x40000", [{"kind": "earn", "per_unit": 1}, {"kind": "earn_bonus", "points": 100}], {"points": 101}),
    ("for the first purchase", "kopi 1x40000", {"points": 100, "when": {"first_purchase": True}}, {"points": 0, "reason": "wrong_segment"}),
    ("near the birthday", "kopi 1x40000", {"points": 100, "when": {"birthday_window_days": 7}}, {"points": 100}),
    ("not so near", "kopi 1x40000", {"points": 100, "when": {"birthday_window_days": 4}}, {"points": 0, "reason": "wrong_segment", "measured": 5, "needed": 4}),
    ("from a minimum spend", "kopi 1x40000", {"points": 100, "when": {"min_subtotal": 50000}}, {"points": 0, "hints": {"p1": 10000}}),
    ("measured after discounts", "kopi 1x60000",
     [{"kind": "percent_off", "value": 50}, {"kind": "earn_bonus", "points": 100, "when": {"min_subtotal": 50000}}], {"points": 0}),
    ("also when everything was free", "kopi 1x40000", [{"kind": "percent_off", "value": 100}, {"kind": "earn_bonus", "points": 9}], {"points": 9}),
    ("and the prices were zero", "tas 2x0; topi 1x0", {"points": 9}, {"points": 9, "point_lines": [6, 3]}),
    ("with a code", "kopi 1x40000", {"points": 100, "when": {"code": "BONUS"}}, {"points": 0, "reason": "code_required"}),
    ("the code is shown", "kopi 1x40000", {"points": 100, "when": {"code": "BONUS"}}, {"points": 100, "codes": {"BONUS": "applied"}}, {"codes": ["BONUS"]}),
    ("anonymous", "kopi 1x40000", {"points": 100}, {"points": 0, "reason": "member_required"}, {"member": None}),
    ("a budget of points", "kopi 1x40000", {"points": 100, "budget": {"type": "spend", "limit": 90}}, {"points": 0, "reason": "budget_exhausted"}),
    ("a budget of points, trimmed", "kopi 1x40000", {"points": 100, "budget": {"type": "spend", "limit": 90, "on_exceed": "trim"}}, {"points": 90}),
    ("an empty cart", "", {"points": 100}, {"points": 0, "reason": "no_eligible_items"}),
]  # fmt: skip
