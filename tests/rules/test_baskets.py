"""What past baskets say of a draft: tables of baskets and promotions, no database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from insights.facts import BasketFinding, DiscountLimits, FindingCode, PastBasket
from insights.rules.baskets import DraftLook, look_at_draft, look_at_program
from products.facts import CostBook
from rewards.engine import validate_definition
from rewards.engine.facts import Definition, Line, MemberState, Settings
from sales.facts import PastReceipt

AT = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
NO_COSTS = CostBook({})
KOPI_COST = CostBook({"kopi": ([date(2026, 1, 1)], [18_000])})


def rule(name: str, kind: str = "percent_off", **fields: Any) -> Definition:
    fields = {"value": 10, **fields} if kind == "percent_off" else fields
    return validate_definition({"id": name, "title": name, "kind": kind, **fields})


def basket(*lines: Line, member: str | None = None, number: int = 1, at: datetime = AT) -> PastBasket:
    subtotal = sum(line.subtotal_amount for line in lines)
    receipt = PastReceipt(
        f"s{number}", f"R{number}", member, "o1", at, at.date(), subtotal, 0, 0, 0, 0, (), tuple(lines)
    )
    return PastBasket(receipt, MemberState(member) if member else None, at)


def kopi(quantity: int = 1, amount: int = 20_000, cost: int | None = None) -> Line:
    return Line("1", "KOPI", "Kopi", quantity, amount, "kopi", cost)


def look(
    *baskets: PastBasket,
    candidate: Definition | None = None,
    live: tuple[Definition, ...] = (),
    costs: CostBook = NO_COSTS,
    limits: DiscountLimits | None = None,
    settings: Settings | None = None,
) -> dict[FindingCode, BasketFinding]:
    if candidate is not None:
        drafted = look_at(*baskets, candidate=candidate, live=live, costs=costs, limits=limits, settings=settings)
        return {finding.code: finding for finding in drafted.findings}
    found = look_at_program(
        baskets, live=live, settings=settings or Settings(), limits=limits or DiscountLimits(), costs=costs
    )
    return {finding.code: finding for finding in found}


def look_at(
    *baskets: PastBasket,
    candidate: Definition,
    live: tuple[Definition, ...] = (),
    costs: CostBook = NO_COSTS,
    limits: DiscountLimits | None = None,
    settings: Settings | None = None,
) -> DraftLook:
    return look_at_draft(
        baskets,
        candidate=candidate,
        live=live,
        settings=settings or Settings(),
        limits=limits or DiscountLimits(),
        costs=costs,
        today=AT.date(),
    )


def test_without_receipts_there_is_nothing_to_say() -> None:
    assert look(candidate=rule("draft")) == {}


def test_the_worst_discount_names_receipt_share_and_promotions() -> None:
    found = look(basket(kopi()), candidate=rule("draft", value=50), live=(rule("live", value=20, priority=50),))
    worst = found[FindingCode.WORST_DISCOUNT]
    assert (worst.figures["reference"], worst.figures["basis_points"], worst.figures["discount_amount"]) == (
        "R1",
        6_000,
        12_000,
    )
    assert worst.promotion_ids == ("live", "draft")
    assert worst.is_warning


def test_goods_below_cost_by_the_lines_own_cost_or_the_list() -> None:
    found = look(basket(kopi(2)), candidate=rule("draft", value=15), costs=KOPI_COST)[FindingCode.BELOW_COST]
    assert found.figures == {"sku": "KOPI", "name": "Kopi", "units": 2, "loss_amount": 2_000, "receipts": 1}
    assert found.promotion_ids == ("draft",)
    own = look(basket(kopi(2, cost=10_000)), candidate=rule("draft", value=15), costs=KOPI_COST)
    assert FindingCode.BELOW_COST not in own


def test_what_sold_below_cost_without_any_promotion_is_not_the_promotions_doing() -> None:
    found = look(basket(kopi(amount=15_000)), candidate=rule("draft", filter={"skus": ["TEH"]}), costs=KOPI_COST)
    assert FindingCode.BELOW_COST not in found


def test_a_draft_that_never_acts_says_why() -> None:
    draft = rule("draft", when={"min_subtotal": 100_000})
    found = look(basket(kopi()), basket(kopi(), number=2), candidate=draft)[FindingCode.NEVER_FIRED]
    assert (found.promotion_ids, found.figures) == (
        ("draft",),
        {"reason": "min_spend_not_met", "times": 2, "receipts": 2},
    )
    assert FindingCode.NEVER_FIRED not in look(basket(kopi(6)), candidate=draft)


def test_a_draft_for_next_month_is_seen_at_work_beside_those_it_meets() -> None:
    april = {"valid_from": "2026-04-01", "valid_to": "2026-04-30"}
    may = {"valid_from": "2026-05-01", "valid_to": "2026-05-31"}
    draft = rule("draft", when=april)
    apart = look(basket(kopi()), candidate=draft, live=(rule("may", when=may),))
    beside = look(basket(kopi()), candidate=draft, live=(rule("april", when=april),))
    assert apart[FindingCode.WORST_DISCOUNT].promotion_ids == ("draft",)
    assert set(beside[FindingCode.WORST_DISCOUNT].promotion_ids) == {"draft", "april"}


def test_a_moment_is_compared_by_its_days() -> None:
    settings = Settings(moments={"lebaran": ((date(2026, 3, 10), date(2026, 3, 25)),)})
    may = rule("may", when={"valid_from": "2026-05-01"})
    found = look(basket(kopi()), candidate=rule("draft", when={"moment": "lebaran"}), live=(may,), settings=settings)
    assert found[FindingCode.WORST_DISCOUNT].promotion_ids == ("draft",)


def test_codes_count_as_shown_and_limits_as_unused() -> None:
    draft = rule("draft", when={"code": "HEMAT"}, usage={"limit": 1, "used": 1})
    assert look(basket(kopi()), candidate=draft)[FindingCode.WORST_DISCOUNT].promotion_ids == ("draft",)


def test_discounts_over_the_limit_of_sales_are_a_warning_with_what_they_were_before() -> None:
    found = look(basket(kopi()), candidate=rule("draft", value=10), live=(rule("live", value=10, priority=1),))
    share = found[FindingCode.DISCOUNT_OF_SALES]
    assert (share.figures["basis_points"], share.figures["before_basis_points"]) == (1_900, 1_000)
    calm = look(basket(kopi()), candidate=rule("draft", value=10), limits=DiscountLimits(of_sales=20))
    assert FindingCode.DISCOUNT_OF_SALES not in calm


def test_a_member_whose_every_visit_is_discounted() -> None:
    visits = [basket(kopi(), member="m1", number=n) for n in range(4)]
    visits += [basket(Line("1", "TEH", "Teh", 1, 5_000), member="m2", number=n) for n in range(5, 10)]
    found = look(*visits, candidate=rule("draft", filter={"skus": ["KOPI"]}))[FindingCode.DISCOUNT_OF_VISITS]
    assert found.figures == {"members": 1, "base": 2, "visits_percent": 100, "limit": 70}
    assert FindingCode.DISCOUNT_OF_VISITS not in look(*visits[:3], candidate=rule("draft"))


# --- what is the promotion's doing, and what is not --------------------------------------------------------------

POSTAGE = CostBook({"dot": ([date(2026, 1, 1)], [159_744])})


def postage(amount: int = 109_500, quantity: int = 40) -> Line:
    return Line("1", "DOT", "Postage", quantity, amount)


def test_a_promotion_shows_only_the_loss_that_it_adds() -> None:
    """Sold in bulk far below its list cost: 40 x 50.244 lost anyway, Rp 250.000 of it by the capped promotion."""
    capped = rule("lebaran", value=15, cap=250_000)
    found = look(basket(postage()), live=(capped,), costs=POSTAGE)
    assert found[FindingCode.BELOW_COST].figures["loss_amount"] == 250_000
    assert found[FindingCode.BELOW_COST].promotion_ids == ("lebaran",)
    already = found[FindingCode.ALREADY_BELOW_COST]
    assert not already.is_warning
    assert already.promotion_ids == ()
    assert already.figures == {"goods": 1, "named": (("DOT", "Postage"),), "loss_amount": 40 * (159_744 - 109_500)}


def test_a_discount_that_stays_above_cost_is_no_loss() -> None:
    found = look(basket(kopi()), live=(rule("live", value=5),), costs=KOPI_COST)
    assert FindingCode.BELOW_COST not in found
    assert FindingCode.ALREADY_BELOW_COST not in found


def test_the_program_acts_only_on_its_days() -> None:
    march = {"valid_from": "2026-03-01", "valid_to": "2026-03-31"}
    lebaran = rule("lebaran", value=50, when=march)
    may = datetime(2026, 5, 5, 12, tzinfo=UTC)
    found = look(basket(kopi(), at=may), basket(kopi(), number=2), live=(lebaran,), costs=KOPI_COST)
    assert found[FindingCode.BELOW_COST].figures["receipts"] == 1
    assert found[FindingCode.WORST_DISCOUNT].figures["reference"] == "R2"
    quiet = look(basket(kopi(), at=may), live=(lebaran,), costs=KOPI_COST)
    assert quiet == {}, "a promotion that did not run on these days is neither blamed nor said to never act"


def test_a_moment_acts_on_its_dated_days_only() -> None:
    settings = Settings(moments={"lebaran": ((date(2026, 3, 1), date(2026, 3, 10)),)})
    lebaran = rule("lebaran", value=50, when={"moment": "lebaran"})
    april = datetime(2026, 4, 5, 12, tzinfo=UTC)
    assert look(basket(kopi(), at=april), live=(lebaran,), settings=settings) == {}
    assert FindingCode.WORST_DISCOUNT in look(basket(kopi()), live=(lebaran,), settings=settings)


def test_three_goods_are_named_one_by_one_the_worst_first_the_rest_together() -> None:
    costs = CostBook({f"g{n}": ([date(2026, 1, 1)], [10_000]) for n in range(9)})
    baskets = [basket(Line("1", f"G{n}", f"Barang {n}", n + 1, 10_000), number=n) for n in range(9)]
    found = look_at_program(
        baskets,
        live=(rule("live", value=10),),
        settings=Settings(),
        limits=DiscountLimits(),
        costs=costs,
    )
    told = [one.figures["sku"] for one in found if one.code is FindingCode.BELOW_COST]
    assert told == ["G8", "G7", "G6"]
    (rest,) = [one for one in found if one.code is FindingCode.MORE_BELOW_COST]
    assert (rest.figures["goods"], rest.figures["loss_amount"]) == (6, sum(1_000 * (n + 1) for n in range(6)))
    assert rest.figures["named"][0] == ("G5", "Barang 5")
    assert len(rest.figures["named"]) == 5


def test_what_is_there_without_the_draft_is_not_said_of_the_draft() -> None:
    """A draft for socks that no one buys, beside a program that discounts every member's visit below cost."""
    visits = [basket(kopi(), member="m1", number=n) for n in range(6)]
    live = (rule("live", value=60),)
    found = look(*visits, candidate=rule("socks", filter={"skus": ["KAOS KAKI"]}), live=live, costs=KOPI_COST)
    assert set(found) == {FindingCode.NEVER_FIRED}
    assert found[FindingCode.NEVER_FIRED].promotion_ids == ("socks",)
    program = look(*visits, live=live, costs=KOPI_COST)
    assert {FindingCode.BELOW_COST, FindingCode.DISCOUNT_OF_VISITS, FindingCode.DISCOUNT_OF_SALES} <= set(program)
    assert program[FindingCode.DISCOUNT_OF_SALES].figures["before_basis_points"] is None


def test_a_draft_shows_the_loss_it_adds_to_that_of_others() -> None:
    live = (rule("live", value=15, priority=1),)  # 20.000 -> 17.000, 1.000 below the cost of 18.000
    found = look(basket(kopi()), candidate=rule("draft", value=10), live=live, costs=KOPI_COST)
    assert found[FindingCode.BELOW_COST].figures["loss_amount"] == 1_700
    assert "draft" in found[FindingCode.BELOW_COST].promotion_ids


def test_a_draft_that_silences_a_live_promotion_says_so() -> None:
    live = (rule("small", value=5, group="g"),)
    found = look(basket(kopi()), candidate=rule("big", value=20, group="g"), live=live)
    assert found[FindingCode.NEVER_FIRED].promotion_ids == ("small",)


# --- what a draft adds, on the days on which it runs ---------------------------------------------------------------


def daily(days: int, amount: int = 20_000, **options: Any) -> list[PastBasket]:
    """One coffee a day, the last of them on AT, a Thursday."""
    return [basket(kopi(amount=amount), number=n, at=AT - timedelta(days=n), **options) for n in range(days)]


def test_a_draft_for_some_weekdays_loses_on_those_only() -> None:
    """Four weeks of a coffee a day: half price on Mondays and Fridays loses on eight days, not on 28."""
    draft = rule("draft", value=50, when={"weekdays": [1, 5]})
    drafted = look_at(*daily(28), candidate=draft, costs=KOPI_COST)
    loss = next(one for one in drafted.findings if one.code is FindingCode.BELOW_COST)
    assert (loss.figures["receipts"], loss.figures["loss_amount"]) == (8, 8 * 8_000)
    assert (drafted.tried, drafted.touched, drafted.added_amount) == (8, 8, 8 * 10_000)
    assert {drafted.first_on, drafted.last_on} == {date(2026, 2, 6), date(2026, 3, 2)}


def test_a_draft_for_one_week_ahead_is_tried_on_one_week() -> None:
    """Monday to Sunday in April is tried on the last whole week; the weekdays stay."""
    week = {"valid_from": "2026-04-06", "valid_to": "2026-04-12"}
    drafted = look_at(*daily(28), candidate=rule("draft", value=50, when=week), costs=KOPI_COST)
    assert (drafted.tried, drafted.first_on, drafted.last_on) == (7, date(2026, 2, 23), date(2026, 3, 1))
    loss = next(one for one in drafted.findings if one.code is FindingCode.BELOW_COST)
    assert loss.figures["loss_amount"] == 7 * 8_000
    monday = look_at(*daily(28), candidate=rule("draft", value=50, when={**week, "weekdays": [1]}))
    assert (monday.tried, monday.first_on, monday.added_amount) == (1, date(2026, 2, 23), 10_000)


def test_what_other_promotions_cost_is_not_the_drafts() -> None:
    live = (rule("live", value=20, priority=1),)  # 4.000 of each coffee already
    drafted = look_at(*daily(7), candidate=rule("draft", value=10), live=live, costs=KOPI_COST)
    loss = next(one for one in drafted.findings if one.code is FindingCode.BELOW_COST)
    assert drafted.added_amount == 7 * 1_600
    assert (loss.promotion_ids, loss.figures["loss_amount"]) == (("draft",), 7 * 1_600)


def test_a_live_promotion_acts_beside_the_draft_on_its_own_days_only() -> None:
    """The draft runs for a week, the live one on its first day only: six days cost the draft alone."""
    week = {"valid_from": "2026-04-06", "valid_to": "2026-04-12"}
    day = rule("day", value=50, priority=1, when={"valid_from": "2026-04-06", "valid_to": "2026-04-06"})
    drafted = look_at(*daily(28), candidate=rule("draft", value=10, when=week), live=(day,))
    assert drafted.added_amount == 6 * 2_000 + 1_000


def test_cashback_is_money_given_and_points_are_points() -> None:
    wallet = rule("draft", "cashback", percent=10, credit="wallet", when={"members_only": True})
    drafted = look_at(*daily(3, member="m1"), candidate=wallet)
    assert (drafted.added_amount, drafted.added_points, drafted.touched) == (6_000, 0, 3)
    points = look_at(*daily(3, member="m1"), candidate=rule("draft", "earn_bonus", points=5))
    assert (points.added_amount, points.added_points, points.touched) == (0, 15, 3)


def test_days_without_receipts_say_nothing() -> None:
    sunday = rule("draft", value=50, when={"weekdays": [7]})
    drafted = look_at(*daily(3), candidate=sunday, costs=KOPI_COST)
    assert (drafted.tried, drafted.findings) == (0, ())


def test_members_over_the_limit_already_are_not_the_drafts_doing() -> None:
    visits = [basket(kopi(), member="m1", number=n) for n in range(10)]
    found = look(*visits, candidate=rule("draft"), live=(rule("live", value=1),), limits=DiscountLimits(of_sales=99))
    assert FindingCode.DISCOUNT_OF_VISITS not in found


def test_a_worse_basket_of_others_is_not_the_drafts_worst() -> None:
    tea = Line("1", "TEH", "Teh", 1, 5_000)
    live = (rule("tea", value=90, filter={"skus": ["TEH"]}),)
    draft = rule("draft", value=10, filter={"skus": ["KOPI"]})
    worst = look(basket(tea), basket(kopi(), number=2), candidate=draft, live=live)[FindingCode.WORST_DISCOUNT]
    assert (worst.figures["reference"], worst.promotion_ids, worst.is_warning) == ("R2", ("draft",), False)
