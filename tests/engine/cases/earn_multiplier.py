KIND = "earn_multiplier"
STEPS = {"kind": "earn", "per_amount": {"spend": 10000, "points": 1}, "whole_steps": True}
SHARE = {"kind": "earn", "per_amount": {"spend": 1000, "points": 1}}
DOUBLE = {"kind": "earn_multiplier", "factor": 2}

CASES = [
    ("double points", "kopi 1x40000", [STEPS, DOUBLE], {"points": 8, "earned": {"p1": 4, "p2": 4}}),
    ("one and a half", "kopi 1x40000", [STEPS, {**DOUBLE, "factor": "1.5"}], {"points": 6}),
    ("fractions are dropped on whole steps", "kopi 1x30000", [STEPS, {**DOUBLE, "factor": "1.5"}], {"points": 4}),
    ("proportional points multiply before they are dropped", "kopi 1x1500", [SHARE, {**DOUBLE, "factor": 2}],
     {"points": 3}),
    ("per line", "kopi 1x1500; roti 1x1700", [SHARE, {**DOUBLE, "factor": "1.5"}],
     {"points": 4, "point_lines": [2, 2]}),
    ("only on the goods named", "kopi 1x3000; roti 1x3000", [SHARE, {**DOUBLE, "filter": {"skus": ["roti"]}}],
     {"point_lines": [3, 6]}),
    ("only their share of whole steps", "kopi 1x30000; roti 1x10000",
     [STEPS, {**DOUBLE, "filter": {"skus": ["roti"]}}], {"points": 5}),
    ("not on points per unit", "kopi 2x1000", [{"kind": "earn", "per_unit": 5}, DOUBLE],
     {"points": 10, "reasons": {"p1": "applied", "p2": "no_benefit"}}),
    ("not on a product bonus", "kopi 2x1000", [{"kind": "earn", "product_bonus": 5}, DOUBLE], {"points": 5}),
    ("not on a fixed bonus", "kopi 1x40000", [{"kind": "earn_bonus", "points": 100}, STEPS, DOUBLE], {"points": 108}),
    ("on a share of the amount", "kopi 1x1000", [{"kind": "earn", "percent_of_amount": 1}, DOUBLE], {"points": 20}),
    ("two multipliers compound", "kopi 1x40000", [STEPS, DOUBLE, {**DOUBLE, "factor": 3}], {"points": 24}),
    ("on all earn rules together", "kopi 1x40000", [STEPS, SHARE, DOUBLE], {"points": 88}),
    ("whatever its priority", "kopi 1x40000", [STEPS, {**DOUBLE, "priority": 1}], {"points": 8}),
    ("by tier", "kopi 1x40000", [STEPS, {**DOUBLE, "when": {"tiers_any": ["platinum"]}}],
     {"points": 4, "reasons": {"p1": "applied", "p2": "wrong_tier"}}),
    ("nothing to multiply", "kopi 1x40000", [DOUBLE], {"points": 0, "reason": "no_benefit"}),
    ("a factor of one brings nothing", "kopi 1x40000", [STEPS, {**DOUBLE, "factor": 1}],
     {"points": 4, "reasons": {"p1": "applied", "p2": "no_benefit"}}),
    ("no such goods", "kopi 1x40000", [STEPS, {**DOUBLE, "filter": {"skus": ["teh"]}}],
     {"reasons": {"p1": "applied", "p2": "no_eligible_items"}}),
]  # fmt: skip
