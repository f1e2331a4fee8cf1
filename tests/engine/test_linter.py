"""The check before publishing: what is refused, what is warned of, and that the engine agrees."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

import rewards.engine.linter
from rewards.engine import evaluate, validate_definition
from rewards.engine.facts import Cart, Definition, Finding, Line, MemberState, Settings, Surroundings
from rewards.engine.linter import DRAFT_ID, finding_of_code, lint, lint_all
from rewards.moments.facts import OwnCalendar
from rewards.moments.rules import moment_runs
from rewards.promotions.wording import finding_message
from rewards.promotions.wording.findings import WORDS

TODAY = date(2026, 11, 25)
SHOP = Surroundings(
    tiers=frozenset({"silver", "gold"}),
    segments=frozenset({"new", "active", "loyal", "lapsed", "vip"}),
    outlets=frozenset({"pusat", "cabang"}),
    lifecycle=frozenset({"new", "active", "loyal", "lapsed"}),
)
MOMENTS = moment_runs(["lebaran", "harbolnas"]) | {"bazar": ((date(2026, 5, 5), date(2026, 5, 6)),)}
GROUPS = {"best": "best_only", "free": "all"}
NIGHT = [{"from": "22:00", "to": "02:00"}]


def promo(kind: str, **fields: Any) -> Definition:
    return validate_definition({"id": DRAFT_ID, "title": "Ini", "kind": kind, **fields})


def other(kind: str = "percent_off", **fields: Any) -> Definition:
    return validate_definition({"id": "o", "title": "Itu", "kind": kind, **fields})


def findings(draft: Definition, *others: Definition) -> list[Finding]:
    settings = Settings(groups=GROUPS, moments=MOMENTS)
    return lint(draft, others, surroundings=SHOP, settings=settings, first_day=TODAY)


def found(draft: Definition, *others: Definition) -> set[str]:
    return {f"{finding.code} {finding.level}" for finding in findings(draft, *others)}


def ten(**fields: Any) -> Definition:
    return promo("percent_off", value=10, **fields)


ALONE = [
    (ten(), ""),
    (ten(when={"valid_to": "2026-11-24"}), "over refuse"),
    (ten(when={"valid_to": "2026-11-25"}), ""),
    (ten(when={"moment": "nope"}), "moment_unknown refuse"),
    (ten(when={"personas_any": ["ibu-muda"]}), "unknown_personas_any refuse"),
    (ten(when={"tiers_any": ["GOLD "], "segments_any": ["Loyal"]}), ""),
    (promo("cashback", percent=10, credit="points"), "points_without_value refuse"),
    (ten(filter={"skus": ["A"], "exclude_skus": ["a "]}), "goods_cancel_out refuse"),
    (ten(when={"moment": "lebaran"}), ""),
    (ten(when={"moment": "bazar"}), "moment_not_ahead warn"),
    (ten(when={"moment": "lebaran", "valid_to": "2027-03-01"}), "moment_outside_dates refuse"),
    (ten(when={"moment": "lebaran", "valid_to": "2027-03-01", "moment_days_before": 9}), ""),
    (ten(when={"moment": "harbolnas", "weekdays": [1], "valid_to": "2026-12-31"}), "weekday_outside_dates refuse"),
    (ten(when={"moment": "harbolnas", "weekdays": [6], "valid_to": "2026-12-31"}), ""),
    (ten(when={"valid_from": "2026-12-01", "valid_to": "2026-12-02", "weekdays": [5]}), "weekday_outside_dates refuse"),
    (ten(when={"first_purchase": True, "segments_any": ["new"]}), "first_purchase_of_buyers refuse"),
    (ten(when={"first_purchase": True, "segments_any": ["vip"]}), ""),
    (ten(when={"tiers_any": ["platinum"]}), "unknown_tiers_any refuse"),
    (ten(when={"tiers_any": ["platinum", "gold"]}), "unknown_tiers_any warn"),
    (ten(when={"segments_any": ["dead"]}), "unknown_segments_any refuse"),
    (ten(when={"outlets": ["x", "pusat"]}), "unknown_outlets warn"),
    (ten(filter={"skus": ["a"], "exclude_skus": ["a", "b"]}), "goods_cancel_out refuse"),
    (ten(filter={"skus": ["a", "c"], "exclude_skus": ["a"]}), ""),
    (ten(usage={"limit": 0}), "limit_of_nothing refuse"),
    (ten(usage={"limit": 5, "per_member_limit": 6}), "per_member_above_limit warn"),
    (promo("earn_bonus", points=50, budget={"type": "spend", "limit": 40}), "budget_below_one_use refuse"),
    (promo("cashback", value=5000, budget={"type": "spend", "limit": 4000}), "budget_below_one_use refuse"),
    (promo("gift_line", gift={"sku": "t", "name": "Tas", "qty": 3, "list_amount": 1000},
           budget={"type": "spend", "limit": 2999}), "budget_below_one_use refuse"),
    (promo("gift_line", gift={"sku": "t", "name": "Tas", "qty": 3, "list_amount": 1000},
           budget={"type": "spend", "limit": 3000}), ""),
    (promo("cashback", value=5000, budget={"type": "spend", "limit": 4000, "on_exceed": "trim"}), ""),
    (promo("buy_get", buy={"qty": 2}, get={"qty": 2}, require_full_get=True, max_get_units=1),
     "free_units_never_full refuse"),
    (promo("earn_multiplier", factor=1), "changes_nothing refuse nothing_to_multiply warn"),
    (promo("gift_line", gift={"sku": "t", "name": "Tas"}), "gift_without_value warn"),
    (promo("redeem_points", value_per_point=100, minimum_points=100, amount_limit=9_999), "minimum_above_cap refuse"),
    (promo("redeem_points", value_per_point=100, minimum_points=100, amount_limit=10_000), ""),
    (promo("percent_off", value=100), "gives_everything warn"),
    (promo("percent_off", value=100, filter={"skus": ["a"]}), ""),
    (promo("new_order_price", value=0), "gives_everything warn"),
    (promo("amount_off", value=20_000, when={"min_subtotal": 20_000}), "discount_above_minimum warn"),
    (promo("amount_off", value=20_000, when={"min_subtotal": 20_001}), ""),
    (promo("cashback", percent=10, cap=20_000, when={"min_subtotal": 200_000}), "cap_from_the_start warn"),
    (promo("cashback", percent=10, cap=20_000, when={"min_subtotal": 199_999}), ""),
]  # fmt: skip

EARN = {"per_amount": {"spend": 1000, "points": 1}}
TOGETHER = [
    (ten(), other(value=5), "adds_up warn"),
    (ten(when={"tiers_any": ["gold"]}), other(value=5, when={"tiers_any": ["silver"]}), ""),
    (ten(when={"valid_to": "2026-12-01"}), other(value=5, when={"valid_from": "2026-12-02"}), ""),
    (ten(when={"weekdays": [1]}), other(value=5, when={"weekdays": [2]}), ""),
    (ten(when={"hours": [{"from": "08:00", "to": "10:00"}]}),
     other(value=5, when={"hours": [{"from": "22:00", "to": "08:00"}]}), ""),
    (ten(when={"hours": [{"from": "08:00", "to": "10:00"}]}),
     other(value=5, when={"hours": [{"from": "22:00", "to": "08:01"}]}), "adds_up warn"),
    (ten(when={"hours": [{"from": "22:00", "to": "24:00"}]}),
     other(value=5, when={"hours": [{"from": "00:00", "to": "22:00"}]}), ""),
    (ten(when={"hours": [{"from": "22:00", "to": "24:00"}]}),
     other(value=5, when={"hours": [{"from": "23:59", "to": "24:00"}]}), "adds_up warn"),
    (ten(when={"moment": "lebaran"}), other(value=5, when={"moment": "harbolnas"}), ""),
    (ten(when={"moment": "lebaran"}), other(value=5, when={"valid_from": "2027-03-11", "valid_to": "2027-03-11"}),
     "adds_up warn"),
    (ten(when={"outlets": ["pusat"]}), other(value=5, when={"outlets": ["cabang"]}), ""),
    (ten(filter={"skus": ["a"]}), other(value=5, filter={"skus": ["b"]}), ""),
    (ten(filter={"skus": ["a"]}), other(value=5, filter={"exclude_skus": ["a"]}), ""),
    (ten(filter={"skus": ["a"]}), other(value=5, filter={"categories": ["b"]}), "adds_up warn"),
    (ten(when={"first_purchase": True}), other(value=5, when={"first_purchase": False}), ""),
    (ten(group="best"), other(value=5, group="best"), "always_beats warn"),
    (ten(group="best"), other(value=15, group="best"), "always_beaten refuse"),
    (ten(group="best"), other(value=15, group="best", when={"min_subtotal": 1000}), ""),
    (ten(group="best", when={"min_subtotal": 1000}), other(value=15, group="best", when={"min_subtotal": 1000}),
     "always_beaten refuse"),
    (ten(group="best", when={"min_subtotal": 2000}), other(value=15, group="best", when={"min_subtotal": 1000}),
     "always_beaten refuse"),
    (ten(group="best", when={"min_subtotal": 999}), other(value=15, group="best", when={"min_subtotal": 1000}), ""),
    (ten(group="best", when={"min_qty": 3}), other(value=15, group="best", when={"min_qty": 2}),
     "always_beaten refuse"),
    (ten(group="best", when={"min_qty": 1}), other(value=15, group="best", when={"min_qty": 2}), ""),
    (ten(group="best", when={"hours": NIGHT}),
     other(value=15, group="best", when={"hours": [{"from": "21:00", "to": "02:00"}]}), "always_beaten refuse"),
    (ten(group="best", when={"hours": NIGHT}),
     other(value=15, group="best", when={"hours": [{"from": "21:00", "to": "01:00"}]}), ""),
    (ten(group="best", when={"first_purchase": True}),
     other(value=15, group="best", when={"first_purchase": True}), "always_beaten refuse"),
    (ten(group="best"), other(value=15, group="best", when={"first_purchase": True}), ""),
    (ten(group="best"), other(value=15, group="best", when={"birthday_window_days": 7}), ""),
    (ten(group="best", when={"birthday_window_days": 8}),
     other(value=15, group="best", when={"birthday_window_days": 7}), ""),
    (ten(group="best", when={"birthday_window_days": 7}),
     other(value=15, group="best", when={"birthday_window_days": 7}), "always_beaten refuse"),
    (promo("new_unit_price", value=5, per_bundle=3), other("bundle_price", qty=3, price=70_000), "shares_units warn"),
    (promo("new_unit_price", value=5), other("bundle_price", qty=3, price=70_000), "adds_up warn"),
    (ten(group="best"), other(value=15, cap=1000, group="best"), ""),
    (ten(group="best"), other(value=15, group="best", filter={"skus": ["a"]}), ""),
    (promo("percent_off", value="10.00000000000000001", group="best"), other(value=10, group="best"),
     "always_beats warn"),
    (ten(group="best"), other(value=15, group="best", usage={"limit": 5}), ""),
    (ten(group="other"), other(value=15, group="OTHER "), "always_beaten refuse"),
    (ten(group="free"), other(value=15, group="free"), "adds_up warn"),
    (ten(when={"weekdays": [5], "hours": NIGHT}),
     other(value=5, when={"weekdays": [6], "hours": [{"from": "01:00", "to": "03:00"}]}), "adds_up warn"),
    (ten(when={"weekdays": [5], "hours": NIGHT}),
     other(value=5, when={"weekdays": [5], "hours": [{"from": "01:00", "to": "03:00"}]}), ""),
    (ten(when={"valid_to": "2026-11-27", "hours": NIGHT}),
     other(value=5, when={"valid_from": "2026-11-28", "hours": [{"from": "00:00", "to": "01:00"}]}), "adds_up warn"),
    (ten(filter={"categories": ["a"]}), other(value=5, filter={"exclude_categories": ["A "]}), ""),
    (promo("cashback", percent=10, credit="points"), other(value=5), "points_without_value refuse"),
    (promo("cashback", percent=10, credit="points"), other("redeem_points", value_per_point=10), ""),
    (ten(), other(value=5, exclusive=True), "never_after_exclusive refuse"),
    (ten(), other(value=5, exclusive=True, when={"members_only": True}), "sometimes_after_exclusive warn"),
    (ten(), other("bundle_price", qty=3, price=1000, exclusive=True), "sometimes_after_exclusive warn"),
    (ten(when={"tiers_any": ["gold"]}), other(value=5, exclusive=True, when={"members_only": True}),
     "never_after_exclusive refuse"),
    (ten(priority=50), other(value=5, exclusive=True), ""),
    (ten(priority=50, exclusive=True), other(value=5), "stops_others warn"),
    (ten(exclusive=True), other(value=5, exclusive=True),
     "never_after_exclusive refuse order_by_chance warn"),
    (ten(), other(value=100), "nothing_left refuse"),
    (ten(filter={"skus": ["a"]}), other(value=100, filter={"skus": ["a", "b"]}), "nothing_left refuse"),
    (promo("bundle_price", qty=3, price=70_000), other("buy_get", buy={"qty": 10}), "shares_units warn"),
    (promo("earn", **EARN), other("earn", **EARN), "points_add_up warn"),
    (promo("earn", **EARN), other("earn", group="x", **EARN), "points_add_up warn"),
    (promo("earn", group="x", **EARN), other("earn", group="x", **EARN), ""),
    (promo("earn_multiplier", factor=2), other("earn", **EARN), ""),
    (promo("earn_multiplier", factor=2), other("earn", per_unit=1), "nothing_to_multiply warn"),
    (ten(), other("earn", **EARN), ""),
    (ten(when={"code": "HEMAT"}), other(value=5, when={"code": "hemat"}), "adds_up warn same_code warn"),
]  # fmt: skip


@pytest.mark.parametrize(("draft", "expected"), ALONE)
def test_a_promotion_alone(draft: Definition, expected: str) -> None:
    assert found(draft) == set(re.findall(r"\w+ \w+", expected))


@pytest.mark.parametrize(("draft", "rival", "expected"), TOGETHER)
def test_a_promotion_beside_another(draft: Definition, rival: Definition, expected: str) -> None:
    assert found(draft, rival) == set(re.findall(r"\w+ \w+", expected))


CARTS = [
    Cart(tuple(Line(str(n), sku, sku, 3, price) for n, sku in enumerate(skus)))
    for skus in (("a",), ("b", "a"), ("a", "b", "c"))
    for price in (500, 40_000)
]
GOLD = MemberState(id="m", tier="gold", segments=frozenset({"loyal"}), points_available=1000)


@pytest.mark.parametrize(
    ("draft", "rival"), [(d, r) for d, r, expected in TOGETHER if "refuse" in expected and d.kind == "percent_off"]
)
def test_what_is_refused_never_applies_in_the_engine(draft: Definition, rival: Definition) -> None:
    at = datetime.fromisoformat("2026-11-27T09:00:00+07:00")
    for cart in CARTS:
        for member in (None, GOLD):
            outcome = evaluate(cart, member, [draft, rival], [], at, Settings(groups=GROUPS, moments=MOMENTS))
            assert not next(d for d in outcome.decisions if d.promotion_id == DRAFT_ID).applied


def test_percentages_that_add_up_are_computed_together() -> None:
    [finding] = findings(ten(), other(value=20), validate_definition({**other(value=5).to_json(), "id": "p"}))
    assert finding.figures == {"basis_points": 3160}
    assert [title for _, title in finding.others] == ["Itu", "Itu"]


def test_a_discount_without_a_minimum_says_that_it_has_none() -> None:
    [finding] = findings(promo("amount_off", value=20_000))
    assert (finding.code, finding.figures) == ("discount_above_minimum", {"value": 20_000, "minimum": 0})


def test_a_new_version_does_not_meet_its_own_old_one() -> None:
    assert found(ten(), validate_definition({**ten().to_json(), "value": 5})) == set()


def test_refusals_come_first() -> None:
    levels = [f.level.value for f in findings(ten(exclusive=True), other(value=5, exclusive=True))]
    assert levels == sorted(levels)
    assert levels[0] == "refuse"


def codes() -> set[str]:
    """Return every code that the linter's own source names."""
    folder = Path(rewards.engine.linter.__file__).parent
    text = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    named = set(re.findall(r'(?:_make_refusal|_make_warning|Finding)\(\s*"(\w+)"', text)) | set(
        re.findall(r'^    \("(\w+)", Level', text, re.M)
    )
    return named | {f"unknown_{name}" for name in ("tiers_any", "segments_any", "personas_any", "outlets")}


def test_every_finding_has_words_in_both_languages() -> None:
    assert codes() == set(WORDS)
    seen: dict[str, Finding] = {}
    same_name = (ten(title="Itu"), other(value=5, when={"code": "X"}))
    met: list[tuple[Definition, ...]] = [*((draft,) for draft, _ in ALONE), *(pair[:2] for pair in TOGETHER), same_name]
    for draft, *rivals in met:
        seen |= {finding.code: finding for finding in findings(draft, *rivals)}
    seen |= {finding.code: finding for finding in finding_of_code(ten(when={"code": "X"}))}
    assert set(seen) == set(WORDS)
    for finding in seen.values():
        english, indonesian = (
            finding_message(finding, currency="IDR", language=language, calendar=OwnCalendar())
            for language in ("en", "id")
        )
        assert english != indonesian
        assert "%(" not in english + indonesian
        assert all(title in english and title in indonesian for _, title in finding.others)


def test_all_at_once_finds_what_each_finds_beside_the_others() -> None:
    settings = Settings(groups=GROUPS, moments=MOMENTS)
    for pair in TOGETHER:
        definitions = list(pair[:2])
        together = lint_all(definitions, surroundings=SHOP, settings=settings, first_day=TODAY)
        for each in definitions:
            rivals = [one for one in definitions if one is not each]
            assert together[each.id] == lint(each, rivals, surroundings=SHOP, settings=settings, first_day=TODAY)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"tiers_any": ["x"]}, "There is no tier x. Choose one that exists."),
        ({"tiers_any": ["x", "y"]}, "There are no tiers x, y. Choose ones that exist."),
        ({"outlets": ["x", "y"]}, "There are no outlets x, y. Choose ones that exist."),
        ({"segments_any": ["x", "y"]}, "There are no segments x, y. Choose ones that exist."),
        (
            {"personas_any": ["x", "y"]},
            "There are no target groups yet, so x, y reach no member. Choose segments instead.",
        ),
    ],
)
def test_unknown_names_are_one_or_several(when: dict[str, Any], words: str) -> None:
    said = [
        finding_message(one, currency="IDR", language="en", calendar=OwnCalendar()) for one in findings(ten(when=when))
    ]
    assert words in said
