"""Sets that unlock an offer, of every kind that may be unlocked."""

KIND = "percent_off"


def each(*parts: tuple[int, str], multiplies: str | None = None) -> dict[str, object]:
    """`for_each` of (quantity, category) parts."""
    sets = [{"qty": qty, "filter": {"categories": [category]}} for qty, category in parts]
    return {"for_each": sets, **({"multiplies": multiplies} if multiplies else {})}


TWELVE = "s 12x30000 shampoo; o 1x10000 comb"
PRINTER = each((1, "printer"), (1, "ink"))
PAPER = {"filter": {"categories": ["paper"]}}
PAIR = each((1, "shampoo"), (1, "conditioner"), multiplies="max_units")
COMB = {"kind": "percent_off", "value": 50, "filter": {"categories": ["comb"]}, "max_units": 1, **PAIR}
OFF_PAPER = {"kind": "amount_off", "value": 10000, **PAPER, **PRINTER}
OFFICE = "p 1x900000 printer; i 1x200000 ink; k 4x50000 paper"

CASES = [
    ("10.000 off paper for a printer with ink", OFFICE, [OFF_PAPER], {"off": 10000, "lines": [0, 0, 10000]}),
    ("once per set", "p 3x900000 printer; i 3x200000 ink; k 4x50000 paper", [OFF_PAPER], {"off": 30000}),
    ("a printer alone is no set", "p 2x900000 printer; k 4x50000 paper", [OFF_PAPER],
     {"off": 0, "reason": "no_eligible_items"}),
    ("as many sets as the scarcer part allows", "p 3x900000 printer; i 2x200000 ink; k 4x50000 paper", [OFF_PAPER],
     {"off": 20000}),
    ("nothing to discount", "p 1x900000 printer; i 1x200000 ink", [OFF_PAPER], {"reason": "no_eligible_items"}),
    ("one set is enough where said", "p 3x900000 printer; i 3x200000 ink; k 4x50000 paper",
     [{**OFF_PAPER, "multiplies": "nothing"}], {"off": 10000}),
    ("never below zero", "p 3x900000 printer; i 3x200000 ink; k 1x15000 paper", [OFF_PAPER], {"off": 15000}),
    ("half off one comb for each pair", "s 2x30000 shampoo; c 2x30000 conditioner; o 3x10000 comb", [COMB],
     {"off": 10000, "lines": [0, 0, 10000]}),
    ("a pair and a half is one pair", "s 2x30000 shampoo; c 1x30000 conditioner; o 3x10000 comb", [COMB],
     {"off": 5000}),
    ("a percentage once per set, at most the whole", "s 9x30000 shampoo; o 1x10000 comb",
     [{"kind": "percent_off", "value": 20, "filter": {"categories": ["comb"]}, **each((2, "shampoo"))}], {"off": 8000}),
    ("five sets of 20 % are everything", TWELVE,
     [{"kind": "percent_off", "value": 20, "filter": {"categories": ["comb"]}, **each((2, "shampoo"))}],
     {"off": 10000}),
    ("the sets serve no other offer", OFFICE,
     [OFF_PAPER, {"kind": "bundle_price", "qty": 1, "price": 1000, "filter": {"categories": ["ink"]}}],
     {"by": {"p1": 10000}, "reasons": {"p1": "applied", "p2": "insufficient_free_units"}}),
    ("sets of another offer unlock nothing", OFFICE,
     [{"kind": "bundle_price", "qty": 1, "price": 1000, "filter": {"categories": ["ink"]}}, OFF_PAPER],
     {"by": {"p1": 199000}, "reasons": {"p1": "applied", "p2": "insufficient_free_units"}}),
    ("no more sets are used than give something", "p 3x900000 printer; i 3x200000 ink; k 1x15000 paper",
     [OFF_PAPER, {"kind": "bundle_price", "qty": 1, "price": 100000, "filter": {"categories": ["ink"]}}],
     {"by": {"p1": 15000, "p2": 100000}}),
    ("one set that is enough serves no other offer", OFFICE,
     [{**OFF_PAPER, "multiplies": "nothing"},
      {"kind": "bundle_price", "qty": 1, "price": 1000, "filter": {"categories": ["ink"]}}],
     {"by": {"p1": 10000}, "reasons": {"p1": "applied", "p2": "insufficient_free_units"}}),
    ("the discount may fall on the goods of the set", "s 2x30000 shampoo; c 2x30000 conditioner",
     [{"kind": "amount_off", "value": 5000, "filter": {"categories": ["shampoo"]},
       **each((1, "shampoo"), (1, "conditioner"))}], {"off": 10000, "lines": [10000, 0]}),
    ("what the sets are of is discounted on top by others", OFFICE,
     [OFF_PAPER, {"kind": "percent_off", "value": 10}], {"by": {"p1": 10000, "p2": 129000}}),
    ("a cheap second item for each first", "a 2x100000 meja; b 3x40000 kursi",
     [{"kind": "new_unit_price", "value": 25000, "filter": {"categories": ["kursi"]}, "max_units": 1,
       **each((1, "meja"), multiplies="max_units")}], {"off": 30000, "lines": [0, 30000]}),
    ("the cheapest free for each two, of other units", "k 6x25000 kopi",
     [{"kind": "cheapest_free", "filter": {"categories": ["kopi"]}, **each((2, "kopi"), multiplies="max_units")}],
     {"off": 50000}),
    ("two coffees leave none to be free", "k 2x25000 kopi",
     [{"kind": "cheapest_free", "filter": {"categories": ["kopi"]}, **each((2, "kopi"), multiplies="max_units")}],
     {"off": 0, "reason": "insufficient_free_units"}),
    ("an amount off each item, more with each set", "a 2x100000 meja; b 2x40000 kursi",
     [{"kind": "amount_off_per_unit", "value": 5000, "filter": {"categories": ["kursi"]}, **each((1, "meja"))}],
     {"off": 20000}),
    ("a bundle price unlocked once", "a 1x100000 meja; b 4x40000 kursi",
     [{"kind": "bundle_price", "qty": 2, "price": 60000, "filter": {"categories": ["kursi"]}, "max_applications": 1,
       **each((1, "meja"), multiplies="max_units")}], {"off": 20000}),
    ("half the budget is half the discount", OFFICE,
     [{**OFF_PAPER, "budget": {"type": "spend", "limit": 10000, "used": 5000, "on_exceed": "trim"}}], {"off": 5000}),
    ("thousands of units", "s 9999x100 shampoo; o 9999x100 comb",
     [{**COMB, "for_each": [{"qty": 1, "filter": {"categories": ["shampoo"]}}]}], {"off": 499950}),
    ("the cheapest of thousands, half of them in sets", "k 9999x100 kopi",
     [{"kind": "cheapest_free", "filter": {"categories": ["kopi"]}, **each((1, "kopi"), multiplies="max_units")}],
     {"off": 499900}),
]  # fmt: skip
