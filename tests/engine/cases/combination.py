"""Order, groups and exclusive promotions."""

from typing import Any

KIND = "percent_off"
KOPI = "kopi 1x100000"
BEST = {"settings": {"groups": {"g": "best_only"}}}


def percent(value: int, **fields: Any) -> dict[str, Any]:
    return {"kind": "percent_off", "value": value, **fields}


def amount(value: int, **fields: Any) -> dict[str, Any]:
    return {"kind": "amount_off", "value": value, **fields}


CASES = [
    ("by id at the same priority", KOPI, [percent(10), amount(50000)], {"by": {"p1": 10000, "p2": 50000}}),
    ("ids compare as text", KOPI, [percent(10, id="p9"), amount(50000, id="p10")], {"by": {"p10": 50000, "p9": 5000}}),
    ("the best of a group", KOPI, [percent(10, group="g"), percent(20, group="g")],
     {"off": 20000, "reasons": {"p1": "better_discount_applied", "p2": "applied"}, "measured": 10000,
     "needed": 20000}, BEST),
    ("the first stays on a tie", KOPI, [percent(10, group="g"), amount(10000, group="g")],
     {"reasons": {"p1": "applied", "p2": "better_discount_applied"}}, BEST),
    ("a group that is not set adds up", KOPI, [percent(10, group="g"), percent(10, group="g")], {"off": 19000}),
    ("a group set to all adds up", KOPI, [percent(10, group="g"), percent(10, group="g")], {"off": 19000},
     {"settings": {"groups": {"g": "all"}}}),
    ("others act beside the group", KOPI, [percent(10, group="g"), percent(20, group="g"), amount(5000)],
     {"by": {"p2": 20000, "p3": 5000}}, BEST),
    ("weighed on what is left", KOPI, [amount(60000, priority=1), percent(50, group="g"), amount(30000, group="g")],
     {"by": {"p1": 60000, "p3": 30000}}, BEST),
    ("one that cannot act is no rival", KOPI,
     [percent(50, group="g", when={"min_subtotal": 200000}), percent(10, group="g")],
     {"off": 10000, "reasons": {"p1": "min_spend_not_met", "p2": "applied"}}, BEST),
    ("two groups", KOPI, [percent(10, group="g"), percent(20, group="g"), amount(1000, group="h"),
     amount(2000, group="h")],
     {"by": {"p2": 20000, "p4": 2000}}, {"settings": {"groups": {"g": "best_only", "h": "best_only"}}}),
    ("a group of one", KOPI, [percent(10, group="g")], {"off": 10000}, BEST),
    ("exclusive stops what follows", KOPI, [percent(10, exclusive=True), amount(5000)],
     {"off": 10000, "reasons": {"p1": "applied", "p2": "not_combinable"}}),
    ("exclusive lets stand what came before", KOPI, [percent(10), amount(5000, exclusive=True), amount(1)],
     {"off": 15000, "reasons": {"p1": "applied", "p2": "applied", "p3": "not_combinable"}}),
    ("one that does not apply stops nothing", KOPI,
     [percent(10, exclusive=True, when={"min_subtotal": 200000}), amount(5000)], {"off": 5000}),
    ("exclusive discounts leave earning alone", KOPI,
     [percent(10, exclusive=True), {"kind": "earn", "per_amount": {"spend": 1000, "points": 1}}], {"points": 90}),
    ("exclusive discounts leave points as payment alone", KOPI,
     [percent(10, exclusive=True), {"kind": "redeem_points", "value_per_point": 10}],
     {"value": 1000}, {"redeem_points": 100}),
    ("an exclusive winner of a group", KOPI,
     [percent(10, group="g"), percent(20, group="g", exclusive=True), amount(5000)],
     {"off": 20000, "reasons": {"p1": "better_discount_applied", "p2": "applied", "p3": "not_combinable"}}, BEST),
    ("an exclusive loser of a group stops nothing", KOPI,
     [percent(10, group="g", exclusive=True), percent(20, group="g"), amount(5000)], {"off": 25000}, BEST),
    ("a group across discounts and points: the discount was first", KOPI,
     [percent(10, group="g"), {"kind": "earn_bonus", "points": 500, "group": "g"}],
     {"off": 10000, "points": 0, "reasons": {"p1": "applied", "p2": "better_discount_applied"}}, BEST),
    ("a refused promotion still has its reason after an exclusive one", KOPI,
     [percent(10, exclusive=True), percent(5, when={"segments_any": ["lapsed"]})],
     {"reasons": {"p1": "applied", "p2": "wrong_segment"}}),
    ("all of it at once", "kopi 3x30000 drink; roti 2x20000 food",
     [{"kind": "buy_get", "buy": {"qty": 2, "filter": {"categories": ["drink"]}},
     "get": {"qty": 1, "filter": {"categories": ["drink"]}}, "priority": 1},
      percent(10, priority=2), amount(5000, priority=3, when={"code": "LIMA"}),
      {"kind": "redeem_points", "value_per_point": 10},
      {"kind": "earn", "per_amount": {"spend": 10000, "points": 1}, "whole_steps": True},
      {"kind": "cashback", "percent": 1, "credit": "wallet"}],
     {"by": {"p1": 30000, "p2": 10000, "p3": 5000}, "total": 85000, "value": 5000, "points": 8, "cashback": 800,
     "wallet": 20000, "payable": 60000},
     {"codes": ["LIMA"], "redeem_points": 500, "redeem_wallet_amount": 20000}),
]  # fmt: skip
