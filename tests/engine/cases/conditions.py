"""`when`, `usage` and `budget`, the same for every kind."""

KIND = "amount_off"
KOPI = "kopi 1x50000"


def off(**fields: object) -> dict[str, object]:
    return {"value": 1000, **fields}


def when(**conditions: object) -> dict[str, object]:
    return off(when=conditions)


YES = {"reason": "applied", "off": 1000}

CASES = [
    ("no condition", KOPI, off(), YES),
    ("starts today", KOPI, when(valid_from="2026-03-05"), YES),
    ("starts tomorrow", KOPI, when(valid_from="2026-03-06"), {"reason": "not_started", "measured": "2026-03-05", "needed": "2026-03-06"}),
    ("ends today", KOPI, when(valid_to="2026-03-05"), YES),
    ("ended yesterday", KOPI, when(valid_to="2026-03-04"), {"reason": "expired", "needed": "2026-03-04"}),
    ("the day is the outlet's", KOPI, when(valid_from="2026-03-06"), YES, {"at": "2026-03-06T00:10:00+09:00"}),
    ("on Thursdays", KOPI, when(weekdays=[4]), YES),
    ("at the weekend", KOPI, when(weekdays=[6, 7]), {"reason": "outside_hours"}),
    ("from half past two", KOPI, when(hours=[{"from": "14:30", "to": "17:00"}]), YES),
    ("until half past two, end excluded", KOPI, when(hours=[{"from": "12:00", "to": "14:30"}]), {"reason": "outside_hours", "measured": "14:30"}),
    ("one of two spans", KOPI, when(hours=[{"from": "08:00", "to": "10:00"}, {"from": "14:00", "to": "24:00"}]), YES),
    ("over midnight", KOPI, when(hours=[{"from": "22:00", "to": "02:00"}]), YES, {"at": "2026-03-05T01:59:59+07:00"}),
    ("after midnight it ends", KOPI, when(hours=[{"from": "22:00", "to": "02:00"}]), {"reason": "outside_hours"}, {"at": "2026-03-05T02:00:00+07:00"}),
    ("at this outlet", KOPI, when(outlets=["pusat"]), YES, {"outlet_id": "pusat"}),
    ("at another outlet", KOPI, when(outlets=["pusat"]), {"reason": "wrong_outlet"}, {"outlet_id": "cabang"}),
    ("members", KOPI, when(members_only=True), YES),
    ("members, but nobody is known", KOPI, when(members_only=True), {"reason": "member_required"}, {"member": None}),
    ("one person", KOPI, when(members_any=["anna"]), YES),
    ("another person", KOPI, when(members_any=["budi"]), {"reason": "wrong_segment"}),
    ("a segment", KOPI, when(segments_any=["loyal", "active"]), YES),
    ("another segment", KOPI, when(segments_any=["lapsed"]), {"reason": "wrong_segment", "measured": "loyal", "needed": "lapsed"}),
    ("a segment, but nobody is known", KOPI, when(segments_any=["loyal"]), {"reason": "member_required"}, {"member": None}),
    ("a persona", KOPI, when(personas_any=["loyal"]), YES),
    ("another persona", KOPI, when(personas_any=["parent"]), {"reason": "wrong_segment"}),
    ("a tier", KOPI, when(tiers_any=["gold", "platinum"]), YES),
    ("another tier", KOPI, when(tiers_any=["platinum"]), {"reason": "wrong_tier", "measured": "gold", "needed": "platinum"}),
    ("brought by a friend", KOPI, when(referred=True), YES, {"member": {"id": "b", "referred": True}}),
    ("came alone", KOPI, when(referred=True), {"reason": "wrong_segment"}),
    ("the first purchase", KOPI, when(first_purchase=True), YES, {"member": {"id": "b"}}),
    ("the sixth purchase", KOPI, when(first_purchase=True), {"reason": "wrong_segment", "measured": 5}),
    ("birthday in five days", KOPI, when(birthday_window_days=5), YES),
    ("birthday five days ago", KOPI, when(birthday_window_days=5), YES, {"at": "2026-03-15T08:00:00+07:00"}),
    ("birthday over the turn of the year", KOPI, when(birthday_window_days=3), YES,
     {"at": "2026-12-31T08:00:00+07:00", "member": {"id": "b", "birth_date": "1990-01-02"}}),
    ("born on 29 February", KOPI, when(birthday_window_days=0), YES, {"at": "2026-02-28T08:00:00+07:00", "member": {"id": "b", "birth_date": "1992-02-29"}}),
    ("birthday unknown", KOPI, when(birthday_window_days=5), {"reason": "wrong_segment"}, {"member": {"id": "b"}}),
    ("in the moment", KOPI, when(moment="lebaran"), YES, {"settings": {"moments": {"lebaran": [["2026-03-01", "2026-03-05"]]}}}),
    ("before the moment", KOPI, when(moment="lebaran"), {"reason": "not_started", "needed": "2026-03-20"},
     {"settings": {"moments": {"lebaran": [["2025-03-31", "2025-04-05"], ["2026-03-20", "2026-03-27"]]}}}),
    ("after the moment", KOPI, when(moment="lebaran"), {"reason": "expired", "needed": "2025-04-05"},
     {"settings": {"moments": {"lebaran": [["2025-03-31", "2025-04-05"]]}}}),
    ("a moment nobody has dated", KOPI, when(moment="lebaran"), {"reason": "not_started"}),
    ("enough items", "kopi 3x20000", when(min_qty=3), YES),
    ("too few items", "kopi 2x20000", when(min_qty=3), {"reason": "min_qty_not_met", "measured": 2, "needed": 3, "hints": {"p1": 1}}),
    ("a code not shown", KOPI, when(code="HEMAT"), {"reason": "code_required"}),
    ("a code shown", KOPI, when(code="HEMAT"), {**YES, "codes": {"HEMAT": "applied"}}, {"codes": ["HEMAT"]}),
    ("letters count alike in either case", KOPI, when(code="HEMAT"), {**YES, "codes": {"hemat": "applied"}}, {"codes": ["hemat"]}),
    ("an unknown code", KOPI, when(code="HEMAT"), {"reason": "code_required", "codes": {"BOROS": "coupon_not_usable"}}, {"codes": ["BOROS"]}),
    ("a code whose promotion is over", KOPI, when(code="HEMAT", valid_to="2026-01-01"), {"reason": "expired", "codes": {"HEMAT": "expired"}}, {"codes": ["HEMAT"]}),
    ("a code whose spend is not reached", KOPI, when(code="HEMAT", min_subtotal=60000), {"codes": {"HEMAT": "min_spend_not_met"}}, {"codes": ["HEMAT"]}),
    ("the same code for two promotions", KOPI,
     [{"kind": "amount_off", **when(code="A")}, {"kind": "amount_off", **when(code="A", min_subtotal=99999)}],
     {"off": 1000, "codes": {"A": "applied"}}, {"codes": ["A"]}),
    ("used up", KOPI, off(usage={"limit": 10, "used": 10}), {"reason": "usage_limit_reached", "measured": 10, "needed": 10}),
    ("the last use", KOPI, off(usage={"limit": 10, "used": 9}), YES),
    ("used up by this member", KOPI, off(usage={"per_member_limit": 2}), {"reason": "per_member_limit_reached", "measured": 2, "needed": 2},
     {"member": {"id": "b", "uses": {"p1": 2}}}),
    ("a limit per member needs a member", KOPI, off(usage={"per_member_limit": 2}), {"reason": "member_required"}, {"member": None}),
    ("budget spent", KOPI, off(budget={"type": "spend", "limit": 5000, "used": 5000}), {"reason": "budget_exhausted", "measured": 5000, "needed": 5000}),
    ("more than the budget has", KOPI, off(budget={"type": "spend", "limit": 5000, "used": 4500}), {"off": 0, "reason": "budget_exhausted", "measured": 500, "needed": 1000}),
    ("trimmed to the budget", "a 1x20000; b 1x20000; c 1x20000", off(budget={"type": "spend", "limit": 5000, "used": 4500, "on_exceed": "trim"}),
     {"off": 500, "lines": [167, 167, 166], "uses": {"p1": 500}}),
    ("budget of uses spent", KOPI, off(budget={"type": "uses", "limit": 5, "used": 5}), {"reason": "budget_exhausted"}),
    ("an empty list sets no condition", KOPI, when(segments_any=[], outlets=[], weekdays=[]), YES, {"member": None}),
]  # fmt: skip
