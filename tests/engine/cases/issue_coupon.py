KIND = "issue_coupon"
COUPON = {"coupon": {"title": "10% lain kali", "valid_days": 30}}

CASES = [
    ("a coupon for the next sale", "kopi 1x1000", COUPON, {"issued": [{"title": "10% lain kali", "valid_days": 30}], "total": 1000}),
    ("from a minimum spend", "kopi 1x1000", {**COUPON, "when": {"min_subtotal": 2000}}, {"issued": [], "reason": "min_spend_not_met"}),
    ("measured after discounts", "kopi 1x3000", [{"kind": "percent_off", "value": 50}, {"kind": "issue_coupon", **COUPON, "when": {"min_subtotal": 2000}}], {"issued": []}),
    ("for some goods", "kopi 1x1000 drink", {**COUPON, "when": {"min_qty": 1, "qty_filter": {"categories": ["food"]}}}, {"issued": [], "reason": "min_qty_not_met"}),
    ("also for an anonymous customer", "kopi 1x1000", COUPON, {"issued": [{"title": "10% lain kali", "valid_days": 30}]}, {"member": None}),
    ("for members only", "kopi 1x1000", {**COUPON, "when": {"members_only": True}}, {"issued": [], "reason": "member_required"}, {"member": None}),
    ("once per member", "kopi 1x1000", {**COUPON, "usage": {"per_member_limit": 1}}, {"issued": [], "reason": "per_member_limit_reached"},
     {"member": {"id": "x", "uses": {"p1": 1}}}),
    ("not yet used by this member", "kopi 1x1000", {**COUPON, "usage": {"per_member_limit": 1}}, {"reason": "applied"}, {"member": {"id": "x", "uses": {"p2": 1}}}),
    ("a limit reached", "kopi 1x1000", {**COUPON, "usage": {"limit": 100, "used": 100}}, {"issued": [], "reason": "usage_limit_reached", "measured": 100, "needed": 100}),
    ("a budget of uses", "kopi 1x1000", {**COUPON, "budget": {"type": "uses", "limit": 3, "used": 3}}, {"issued": [], "reason": "budget_exhausted"}),
    ("a budget of uses not yet reached", "kopi 1x1000", {**COUPON, "budget": {"type": "uses", "limit": 3, "used": 2}}, {"reason": "applied", "uses": {"p1": 0}}),
    ("two coupons", "kopi 1x1000", [{"kind": "issue_coupon", **COUPON}, {"kind": "issue_coupon", "coupon": {"title": "lagi"}}], {"reasons": {"p1": "applied", "p2": "applied"}}),
    ("changes no price", "kopi 1x1000", COUPON, {"off": 0, "points": 0, "payable": 1000}),
    ("on its days only", "kopi 1x1000", {**COUPON, "when": {"weekdays": [6, 7]}}, {"issued": [], "reason": "outside_hours"}),
    ("an empty cart gets none", "", COUPON, {"issued": [], "reason": "no_eligible_items"}),
]  # fmt: skip
