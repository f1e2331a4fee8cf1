"""Tiers at night and by hand; the tiers a shop opens with."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import Missing, Refusal
from members.facts import (
    DownPolicy,
    TierCause,
    TierFigures,
    TierProgramFacts,
)
from members.models import Member, TierProgram
from members.operations import (
    open_default_tiers,
    recalculate_tiers,
    set_tier,
)
from members.queries import (
    member,
    tier_moves,
    tiers,
)
from members.rules import tier_after_night, window_starts_on
from merchants.facts import MerchantFacts
from merchants.queries import audit_entries
from merchants.tenancy import merchant_scope
from tests.members_shop import NOW, OWNER, TODAY, join, open_shop, purchases
from tests.operations.test_member_profiles import read, scope, shop
from tests.operations.test_member_purchases import buy

__all__ = ["scope", "shop"]
pytestmark = pytest.mark.django_db


def night(merchant: MerchantFacts, view: str, *, limit: int = 100, day: date = TODAY, **more: Any) -> int:
    """Run all batches; return how many there were."""
    cursor: UUID | None = None
    for batches in range(1, 50):
        cursor = recalculate_tiers(
            merchant=merchant, business_date=day, at=NOW, source_view=view, after=cursor, limit=limit, **more
        )
        if cursor is None:
            return batches
    raise AssertionError("the night does not end")


def test_the_night_counts_again_and_moves_down(scope: MerchantFacts) -> None:
    falls, stays, rises = join(scope), join(scope), join(scope)
    for found in (falls, stays):
        buy(scope, found, 6_000_000)
    rows = [
        {"member_id": falls.id, "business_date": TODAY - timedelta(days=364), "net_amount": 6_000_000},
        {"member_id": stays.id, "business_date": TODAY - timedelta(days=363), "net_amount": 6_000_000},
        {"member_id": rises.id, "business_date": TODAY, "net_amount": 1_000_000},
    ]
    with purchases(scope, rows) as view:
        assert night(scope, view, limit=2) == 2  # no more than two rows are locked at once
        moved = [[m.to_code for m in tier_moves(merchant=scope, member_id=f.id)] for f in (falls, stays, rises)]
        assert moved == [["bronze", "gold"], ["gold"], ["silver"]]
        assert night(scope, view, limit=2) == 1  # again: no row is left to write
    after = [read(scope, found) for found in (falls, stays, rises)]
    assert [f.tier.code for f in after if f.tier] == ["bronze", "gold", "silver"]
    assert [f.tier_figures for f in after] == [
        TierFigures(0, 0, 0, None),
        TierFigures(6_000_000, 600, 1, TODAY - timedelta(days=363)),
        TierFigures(1_000_000, 100, 1, TODAY),
    ]
    assert after[0].tier_since_on == TODAY + timedelta(days=1)
    assert len(tier_moves(merchant=scope, member_id=falls.id)) == 2
    (fell, _) = tier_moves(merchant=scope, member_id=falls.id)
    assert (fell.cause, fell.from_code, fell.measured) == (TierCause.NIGHT, "gold", 0)


def test_a_replayed_history_leaves_later_sales_out(scope: MerchantFacts) -> None:
    found = join(scope)
    rows = [{"member_id": found.id, "business_date": TODAY, "net_amount": 1_000_000}]
    with purchases(scope, rows) as view:
        earlier = TODAY - timedelta(days=7)
        night(scope, view, day=earlier, sales_until=earlier)
        assert read(scope, found).tier_figures.spend_amount == 0
        night(scope, view)
    assert read(scope, found).tier_figures.spend_amount == 1_000_000


def test_a_manual_tier_is_protected_until_its_day_is_over(scope: MerchantFacts) -> None:
    found = join(scope)
    set_tier(
        merchant=scope,
        member_id=found.id,
        tier_code="gold",
        protected_until=TODAY + timedelta(days=2),
        actor=OWNER,
        reason="VIP guest",
        at=NOW,
        business_date=TODAY,
    )
    assert read(scope, found).tier_protected_until == TODAY + timedelta(days=2)
    held = []
    with purchases(scope, []) as view:
        for n in range(3):
            night(scope, view, day=TODAY + timedelta(days=n))
            tier = read(scope, found).tier
            held.append(tier.code if tier else None)
    assert held == ["gold", "gold", "bronze"]
    (entry,) = audit_entries(merchant=scope, subject_kind="member", subject_id=found.id)
    assert (entry.action, entry.reason, entry.before) == (
        "member.tier_set",
        "VIP guest",
        {"tier": "bronze", "protected_until": None},
    )


def test_a_manual_tier_needs_a_reason_and_a_tier(scope: MerchantFacts) -> None:
    found = join(scope)
    given: dict[str, Any] = {"merchant": scope, "member_id": found.id, "protected_until": None, "actor": OWNER}
    given |= {"at": NOW, "business_date": TODAY}
    with pytest.raises(Refusal, match="reason_required"):
        set_tier(tier_code="gold", reason=" ", **given)
    with pytest.raises(Missing, match="tier_not_found"):
        set_tier(tier_code="diamond", reason="x", **given)


@st.composite
def standings(draw: st.DrawFn) -> dict[str, Any]:
    days = st.integers(-400, 3).map(lambda n: TODAY + timedelta(days=n))
    return {
        "rank": draw(st.sampled_from([None, 1, 2, 3, 4])),
        "since": draw(st.none() | days),
        "protected": draw(st.none() | days),
        "sales": draw(
            st.lists(st.tuples(days, st.sampled_from([0, 900_000, 1_000_000, 4_000_000, 15_000_000])), max_size=4)
        ),
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(standings(), min_size=1, max_size=6),
    policy=st.sampled_from(list(DownPolicy)),
    keep_days=st.sampled_from([0, 1, 30]),
    window=st.sampled_from([1, 30, 365]),
)
def test_the_statement_does_what_the_rule_says(
    scope: MerchantFacts, people: list[dict[str, Any]], policy: DownPolicy, keep_days: int, window: int
) -> None:
    program = TierProgramFacts(window, policy, keep_days)
    TierProgram.objects.filter(merchant_id=scope.id).update(
        window_days=window, down_policy=policy.value, keep_days=keep_days
    )
    ladder = {tier.rank: tier for tier in tiers(merchant=scope)}
    on = TODAY + timedelta(days=1)
    expected, rows = {}, []
    for person in people:
        found = join(scope)
        current = ladder.get(person["rank"])
        Member.objects.filter(merchant_id=scope.id, id=found.id).update(
            tier_id=current.id if current else None,
            tier_since_on=person["since"],
            tier_protected_until=person["protected"],
        )
        counted = [(day, amount) for day, amount in person["sales"] if day >= window_starts_on(on, window)]
        figures = TierFigures(sum(amount for _, amount in counted))
        moved = tier_after_night(
            current,
            figures,
            list(ladder.values()),
            program,
            since_on=person["since"],
            protected_until=person["protected"],
            on=on,
        )
        expected[found.id] = (moved or current, figures.spend_amount, on if moved else person["since"])
        rows += [{"member_id": found.id, "business_date": d, "net_amount": a} for d, a in person["sales"]]
    with purchases(scope, rows) as view:
        night(scope, view, limit=3)
    for member_id, (tier, spend, since) in expected.items():
        after = member(merchant=scope, member_id=member_id)
        assert (after.tier, after.tier_figures.spend_amount, after.tier_since_on) == (tier, spend, since)


def test_default_tiers_suit_the_currency(scope: MerchantFacts) -> None:
    assert [t.threshold for t in open_default_tiers(merchant=scope)] == [0, 1_000_000, 5_000_000, 15_000_000]


def test_pounds_have_pound_sized_tiers() -> None:
    merchant = open_shop(currency="GBP", timezone="Europe/London", language="en")
    with merchant_scope(merchant.id):
        assert [t.threshold for t in tiers(merchant=merchant)] == [0, 10_000, 50_000, 150_000]
        assert join(merchant, phone="07700 900123").phone == "+447700900123"
