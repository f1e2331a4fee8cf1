"""The ladder changed by a person: what is refused, what is kept, and a look ahead that is what the night does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import BadInput
from common.ids import new_id
from members.facts import (
    DownPolicy,
    LadderDraft,
    MemberFacts,
    TierDraft,
    TierMeasure,
    TierProgramFacts,
)
from members.models import Member, Tier, TierMove
from members.operations import LadderMoved, TierHeld, change_ladder
from members.queries import (
    ladder_mark,
    ladder_shifts,
    members_near_next,
    perks_of_tier,
    shifted_members,
    tier_months,
    tier_moves_between,
    tier_program,
    tier_sizes,
    tiers,
)
from merchants.facts import MerchantFacts
from merchants.queries import audit_entries
from tests.members_shop import NOW, OWNER, TODAY, join, purchases
from tests.operations.test_member_profiles import read, scope, shop
from tests.operations.test_member_purchases import buy
from tests.operations.test_member_tiers import night, standings

__all__ = ["scope", "shop"]
pytestmark = pytest.mark.django_db

TOMORROW = TODAY + timedelta(days=1)


def draft_of(merchant: MerchantFacts, **program: Any) -> LadderDraft:
    levels = tuple(TierDraft(t.id, t.name, t.threshold) for t in tiers(merchant=merchant))
    return LadderDraft(TierMeasure.SPEND, levels, replace(tier_program(merchant=merchant), **program))


def save(merchant: MerchantFacts, draft: LadderDraft, *, seen: str | None = None) -> None:
    mark = ladder_mark(merchant=merchant) if seen is None else seen
    change_ladder(merchant=merchant, draft=draft, seen=mark, at=NOW, actor=OWNER)


def with_level(draft: LadderDraft, name: str, threshold: int, **more: Any) -> LadderDraft:
    levels = sorted([*draft.levels, TierDraft(new_id(), name, threshold, **more)], key=lambda one: one.threshold)
    return replace(draft, levels=tuple(levels))


def test_a_level_between_two_others_moves_those_above_it_up(scope: MerchantFacts) -> None:
    save(scope, with_level(draft_of(scope), "Emas muda", 3_000_000, perks=("Kopi gratis", " ", "Antre dulu")))
    found = [(t.rank, t.code, t.name, t.threshold) for t in tiers(merchant=scope)]
    assert found == [
        (1, "bronze", "Bronze", 0),
        (2, "silver", "Silver", 1_000_000),
        (3, "emas-muda", "Emas muda", 3_000_000),
        (4, "gold", "Gold", 5_000_000),
        (5, "platinum", "Platinum", 15_000_000),
    ]
    assert perks_of_tier(merchant=scope, tier_id=tiers(merchant=scope)[2].id) == ("Kopi gratis", "Antre dulu")
    (entry,) = audit_entries(merchant=scope, subject_kind="merchant", subject_id=scope.id, action="tiers.changed")
    assert [len((side or {})["levels"]) for side in (entry.before, entry.after)] == [4, 5]


def test_a_level_keeps_its_code_whatever_it_is_called(scope: MerchantFacts) -> None:
    draft = draft_of(scope)
    renamed = replace(draft.levels[1], name="Perak")
    save(scope, replace(draft, levels=(draft.levels[0], renamed, *draft.levels[2:])))
    assert [(t.code, t.name) for t in tiers(merchant=scope)][1] == ("silver", "Perak")


def test_a_level_that_nobody_held_goes_and_one_that_was_held_stays(scope: MerchantFacts) -> None:
    found = join(scope)
    buy(scope, found, 1_000_000)
    draft = draft_of(scope)
    save(scope, replace(draft, levels=draft.levels[:3]))
    assert [t.code for t in tiers(merchant=scope)] == ["bronze", "silver", "gold"]
    draft = draft_of(scope)
    with pytest.raises(TierHeld) as held:
        save(scope, replace(draft, levels=(draft.levels[0], draft.levels[2])))
    assert held.value.facts["names"] == ["Silver"]
    assert len(tiers(merchant=scope)) == 3


def test_another_persons_change_is_not_overwritten(scope: MerchantFacts) -> None:
    seen = ladder_mark(merchant=scope)
    save(scope, draft_of(scope, keep_days=30))
    with pytest.raises(LadderMoved):
        save(scope, draft_of(scope, window_days=90), seen=seen)
    assert tier_program(merchant=scope) == TierProgramFacts(365, DownPolicy.EARNED, 30)


def test_what_cannot_be_a_ladder_is_refused_at_its_box(scope: MerchantFacts) -> None:
    draft = draft_of(scope)
    bad = replace(draft, levels=(draft.levels[0], replace(draft.levels[1], threshold=0, name="bronze")))
    with pytest.raises(BadInput) as refused:
        save(scope, bad)
    assert [(e.pointer, e.code) for e in refused.value.errors] == [
        ("/levels/1/name", "tier_name_taken"),
        ("/levels/1/threshold", "tier_threshold_not_higher"),
    ]


def test_another_merchants_level_is_a_new_one_here(scope: MerchantFacts) -> None:
    strange = TierDraft(new_id(), "Diamond", 90_000_000)
    save(scope, replace(draft_of(scope), levels=(*draft_of(scope).levels, strange)))
    assert Tier.objects.filter(merchant_id=scope.id).count() == 5


def test_sizes_and_who_is_close(scope: MerchantFacts) -> None:
    amounts = [0, 899_999, 900_000, 950_000, 999_999, 4_500_000]
    people = [join(scope) for _ in amounts]
    for found, amount in zip(people, amounts, strict=True):
        if amount:
            buy(scope, found, amount)
    sizes = {t.code: tier_sizes(merchant=scope)[t.id] for t in tiers(merchant=scope)}
    assert {code: (one.members, one.near_next) for code, one in sizes.items()} == {
        "bronze": (5, 3),
        "silver": (1, 1),
        "gold": (0, 0),
        "platinum": (0, 0),
    }
    first = members_near_next(merchant=scope, tier_code="bronze", after=None, limit=2)
    assert [one.member_id for one in first] == [people[4].id, people[3].id]
    rest = members_near_next(merchant=scope, tier_code="bronze", after=(50_000, people[3].id), limit=2)
    assert [(one.member_id, one.measured) for one in rest] == [(people[2].id, 900_000)]
    assert members_near_next(merchant=scope, tier_code="platinum", after=None, limit=2) == []


def test_moves_are_counted_by_month_and_listed(scope: MerchantFacts) -> None:
    bronze, silver, gold, _ = tiers(merchant=scope)
    found = join(scope)
    for before, after, day in ((bronze, silver, TODAY), (silver, gold, TODAY), (gold, bronze, TODAY)):
        TierMove.objects.create(
            merchant_id=scope.id,
            member_id=found.id,
            from_tier_id=before.id,
            to_tier_id=after.id,
            at=NOW,
            business_date=day,
            cause="night",
        )
    (month,) = tier_months(merchant=scope, since=TODAY.replace(day=1))
    assert (month.month, month.up, month.down) == (TODAY.replace(day=1), 2, 1)
    asked: dict[str, Any] = {"first": TODAY.replace(day=1), "end": TOMORROW, "limit": 1}
    (last,) = tier_moves_between(merchant=scope, is_up=True, before=None, **asked)
    assert (last.from_tier_id, last.to_tier_id) == (silver.id, gold.id)
    (before_it,) = tier_moves_between(merchant=scope, is_up=True, before=last.id, **asked)
    assert before_it.to_tier_id == silver.id
    assert tier_moves_between(merchant=scope, is_up=True, before=before_it.id, **asked) == []
    assert tier_months(merchant=scope, since=TOMORROW) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(standings(), min_size=1, max_size=5),
    policy=st.sampled_from(list(DownPolicy)),
    keep_days=st.sampled_from([0, 30]),
    window=st.sampled_from([1, 30, 365]),
    asks=st.lists(st.sampled_from([500_000, 1_000_000, 4_000_000, 20_000_000]), unique=True, min_size=3, max_size=3),
)
def test_a_look_ahead_is_what_the_night_does(
    scope: MerchantFacts,
    people: list[dict[str, Any]],
    policy: DownPolicy,
    keep_days: int,
    window: int,
    asks: list[int],
) -> None:
    ladder = tiers(merchant=scope)
    by_rank = {tier.rank: tier for tier in ladder}
    levels = tuple(TierDraft(tier.id, tier.name, ask) for tier, ask in zip(ladder, [0, *sorted(asks)], strict=True))
    draft = LadderDraft(TierMeasure.SPEND, levels, TierProgramFacts(window, policy, keep_days))
    found, rows = [], []
    for person in people:
        one = join(scope)
        current = by_rank.get(person["rank"])
        Member.objects.filter(merchant_id=scope.id, id=one.id).update(
            tier_id=current.id if current else None,
            tier_since_on=person["since"],
            tier_protected_until=person["protected"],
        )
        found.append((one, current.id if current else None))
        rows += [{"member_id": one.id, "business_date": d, "net_amount": a} for d, a in person["sales"]]
    with purchases(scope, rows) as view:
        ahead = ladder_shifts(merchant=scope, draft=draft, on=TOMORROW, source_view=view)
        listed = _list_all(scope, draft, view)
        save(scope, draft)
        night(scope, view)
    moved = _moves_of(scope, found)
    assert {member_id: to for member_id, to in listed.items() if member_id in dict(_member_ids(found))} == moved
    assert sum(shift.members for shift in ahead) == len(listed)


def _member_ids(found: list[tuple[MemberFacts, UUID | None]]) -> list[tuple[UUID, UUID | None]]:
    return [(one.id, before) for one, before in found]


def _list_all(merchant: MerchantFacts, draft: LadderDraft, view: str) -> dict[UUID, UUID]:
    """Return every member that the list behind the figures names, with where they would go."""
    return {
        one.member_id: one.to_tier_id
        for shift in ladder_shifts(merchant=merchant, draft=draft, on=TOMORROW, source_view=view)
        for one in shifted_members(
            merchant=merchant,
            draft=draft,
            on=TOMORROW,
            source_view=view,
            from_tier_id=shift.from_tier_id,
            to_tier_id=shift.to_tier_id,
            after=None,
            limit=1_000,
        )
    }


def _moves_of(merchant: MerchantFacts, found: list[tuple[MemberFacts, UUID | None]]) -> dict[UUID, UUID]:
    moved = {}
    for one, before in found:
        tier = read(merchant, one).tier
        if tier is not None and tier.id != before:
            moved[one.id] = tier.id
    return moved
