"""Caps of points: per sale, per member and day, per member and month; of one promotion and of all together."""

from typing import Any

KIND = "earn"
KOPI = "kopi 1x100000"


def per_amount(**fields: Any) -> dict[str, Any]:
    """A point for each Rp 1.000."""
    return {"kind": "earn", "per_amount": {"spend": 1000, "points": 1}, **fields}


def bonus(points: int, **fields: Any) -> dict[str, Any]:
    return {"kind": "earn_bonus", "points": points, **fields}


def program(**cap: int) -> dict[str, Any]:
    return {"settings": {"points_cap": cap}}


def before(today: dict[str, int], month: dict[str, int] | None = None) -> dict[str, Any]:
    return {"member": {"id": "b", "points_today": today, "points_this_month": month or today}}


CASES = [
    ("below the cap", KOPI, per_amount(points_cap={"per_sale": 100}), {"points": 100, "measured": None}),
    ("per sale", KOPI, per_amount(points_cap={"per_sale": 60}),
     {"points": 60, "reason": "applied", "measured": 60, "needed": 100, "period": "sale", "unit": "points",
      "uses": {"p1": 60}}),
    ("shares add up under a cap", "a 1x30000; b 1x30000; c 1x40000", per_amount(points_cap={"per_sale": 50}),
     {"points": 50, "point_lines": [15, 15, 20]}),
    ("per day, some of it given", KOPI, per_amount(points_cap={"per_member_day": 150}),
     {"points": 40, "measured": 40, "needed": 100, "period": "day"}, before({"p1": 110})),
    ("per day, all of it given", KOPI, per_amount(points_cap={"per_member_day": 150}),
     {"points": 0, "reason": "per_member_limit_reached", "measured": 150, "needed": 150, "period": "day",
      "unit": "points"}, before({"p1": 150})),
    ("more than all of it given, after the cap was lowered", KOPI, per_amount(points_cap={"per_member_day": 150}),
     {"points": 0, "measured": 900, "needed": 150}, before({"p1": 900})),
    ("per month", KOPI, per_amount(points_cap={"per_member_day": 150, "per_member_month": 500}),
     {"points": 20, "period": "month"}, before({"p1": 10}, {"p1": 480})),
    ("what other promotions gave does not count", KOPI, per_amount(points_cap={"per_member_day": 150}),
     {"points": 100}, before({"p2": 150, "program": 150})),
    ("the tightest says why", KOPI,
     per_amount(points_cap={"per_sale": 90, "per_member_day": 150, "per_member_month": 500}),
     {"points": 50, "period": "day"}, before({"p1": 100}, {"p1": 430})),
    ("the program per sale: the first fill it", KOPI, [per_amount(), bonus(50), bonus(5)],
     {"earned": {"p1": 100, "p2": 20}, "reasons": {"p1": "applied", "p2": "applied", "p3": "per_member_limit_reached"}},
     program(per_sale=120)),
    ("the program per day", KOPI, [per_amount(), bonus(50)], {"earned": {"p1": 100, "p2": 10}},
     program(per_member_day=120) | before({"program": 10})),
    ("the program per month", KOPI, [per_amount(), bonus(50)], {"earned": {"p1": 7}},
     program(per_member_month=120) | before({"program": 10}, {"program": 113})),
    ("its own cap and the program's", KOPI, [per_amount(points_cap={"per_sale": 60}), bonus(50)],
     {"earned": {"p1": 60, "p2": 40}}, program(per_sale=100)),
    ("a multiplier multiplies what the cap left", KOPI,
     [per_amount(points_cap={"per_sale": 60}), {"kind": "earn_multiplier", "factor": 2}], {"points": 120}),
    ("a multiplier with a cap of its own", KOPI,
     [per_amount(), {"kind": "earn_multiplier", "factor": 3, "points_cap": {"per_sale": 30}}], {"points": 130}),
    ("a fixed bonus", KOPI, bonus(50, points_cap={"per_member_day": 70}), {"points": 20}, before({"p1": 50})),
    ("cashback in points is capped in points", KOPI,
     [{"kind": "cashback", "percent": 10, "credit": "points", "points_cap": {"per_sale": 30}},
      {"kind": "redeem_points", "value_per_point": 100}], {"points": 30, "uses": {"p1": 3000}}),
    ("wallet money is no points", KOPI, [{"kind": "cashback", "percent": 10}], {"cashback": 10000},
     program(per_sale=5)),
    ("the cap first, then the budget", KOPI,
     per_amount(points_cap={"per_sale": 60}, budget={"type": "spend", "limit": 70}), {"points": 60}),
    ("a budget smaller than the cap", KOPI,
     per_amount(points_cap={"per_sale": 60}, budget={"type": "spend", "limit": 40, "on_exceed": "trim"}),
     {"points": 40, "measured": 40, "needed": 100}),
    ("of a group the one that gives more under its cap", KOPI,
     [per_amount(points_cap={"per_sale": 30}, group="g"), bonus(40, group="g")], {"earned": {"p2": 40}}),
    ("points that a fixed redemption may use of this order are capped too", KOPI,
     [per_amount(), {"kind": "redeem_points", "fixed_points": 80, "percent": 10}],
     {"used": 0, "points": 50}, {**program(per_sale=50), **before({}), "redeem_points": 80}),
    ("an empty cap is none", KOPI, per_amount(points_cap={}), {"points": 100}),
]  # fmt: skip
