"""The member's row during sales, at night, and by hand; consent; cards; profile."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import BadInput, Missing, Refusal
from members.facts import (
    ConsentSource,
    DownPolicy,
    MemberFacts,
    MemberStatus,
    ProfileChanges,
    PurchaseDates,
    TierCause,
    TierFigures,
    TierProgramFacts,
)
from members.models import Member, TierProgram
from members.operations import (
    apply_purchase,
    block,
    edit_profile,
    lock_member,
    open_default_tiers,
    recalculate_tiers,
    recount_purchases,
    replace_card,
    set_consent,
    set_segments,
    set_tier,
    unblock,
    withdraw_consent,
)
from members.queries import (
    MemberFilter,
    MemberNotFound,
    card_token,
    cards,
    consents,
    contacts,
    find_member,
    member,
    member_id_of_unsubscribe_token,
    members_page,
    search_members,
    tier_moves,
    tiers,
    unsubscribe_token,
)
from members.rules import luhn_digit, tier_after_night, window_starts_on
from merchants.facts import MerchantFacts
from merchants.queries import audit_entries
from merchants.tenancy import merchant_scope
from tests.members_shop import NOW, OWNER, TODAY, join, open_shop, purchases

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> MerchantFacts:
    return open_shop()


@pytest.fixture
def scope(shop: MerchantFacts) -> Iterator[MerchantFacts]:
    with merchant_scope(shop.id):
        yield shop


def read(merchant: MerchantFacts, found: MemberFacts) -> MemberFacts:
    return member(merchant=merchant, member_id=found.id)


# --- during a sale -----------------------------------------------------------------------------------------------


def buy(merchant: MerchantFacts, found: MemberFacts, amount: int, **more: Any) -> Any:
    locked = lock_member(merchant=merchant, member_id=found.id)
    given: dict[str, Any] = {
        "at": NOW,
        "business_date": TODAY,
        "spend_delta": amount,
        "count_delta": 1,
        "points_delta": 5,
    } | more
    return apply_purchase(merchant=merchant, member=locked, **given)


def test_lock_is_one_statement_on_the_members_row_alone(scope: MerchantFacts) -> None:
    joined = join(scope)
    with CaptureQueriesContext(connection) as captured:
        locked = lock_member(merchant=scope, member_id=joined.id)
    assert locked == read(scope, joined)
    (statement,) = [q["sql"] for q in captured]
    assert statement.rstrip().endswith("FOR UPDATE OF m")


def test_lock_of_nobody_and_of_a_merged_member(scope: MerchantFacts) -> None:
    old, new = join(scope), join(scope)
    with pytest.raises(MemberNotFound):
        lock_member(merchant=scope, member_id=uuid4())
    Member.objects.filter(merchant_id=scope.id, id=old.id).update(status="merged", merged_into_id=new.id)
    assert lock_member(merchant=scope, member_id=old.id).id == new.id


def test_a_purchase_is_one_statement_two_when_the_tier_moves(scope: MerchantFacts) -> None:
    joined = join(scope)
    locked = lock_member(merchant=scope, member_id=joined.id)
    with CaptureQueriesContext(connection) as captured:
        change = apply_purchase(
            merchant=scope, member=locked, at=NOW, business_date=TODAY, spend_delta=400_000, count_delta=1
        )
    assert change is None
    assert len(captured) == 1
    locked = lock_member(merchant=scope, member_id=joined.id)
    with CaptureQueriesContext(connection) as captured:
        change = apply_purchase(
            merchant=scope, member=locked, at=NOW, business_date=TODAY, spend_delta=600_000, count_delta=1
        )
    assert len(captured) == 2
    assert change is not None
    assert (change.from_tier and change.from_tier.code, change.to_tier.code) == ("bronze", "silver")
    after = read(scope, joined)
    assert (after.purchase_count, after.spend_amount) == (2, 1_000_000)
    assert after.tier == change.to_tier
    (move,) = tier_moves(merchant=scope, member_id=joined.id)
    assert (move.from_code, move.to_code, move.cause, move.measured) == (
        "bronze",
        "silver",
        TierCause.PURCHASE,
        1_000_000,
    )


def test_a_return_takes_back_and_never_moves_down(scope: MerchantFacts) -> None:
    joined = join(scope)
    buy(scope, joined, 1_200_000)
    change = buy(scope, joined, -1_200_000, count_delta=-1, points_delta=-5, dates=PurchaseDates(None, None))
    after = read(scope, joined)
    assert change is None
    assert (after.purchase_count, after.spend_amount, after.last_purchase_at) == (0, 0, None)
    assert after.tier is not None
    assert after.tier.code == "silver"
    assert after.tier_figures.spend_amount == 0


def test_recount_gives_what_the_sales_say(scope: MerchantFacts) -> None:
    busy, idle = join(scope), join(scope)
    buy(scope, idle, 9_999)
    days = [TODAY - timedelta(days=n) for n in (30, 20, 10)]
    rows = [
        {"member_id": busy.id, "business_date": days[0], "net_amount": 70_000},
        {"member_id": busy.id, "business_date": days[1], "net_amount": 0},
        {"member_id": busy.id, "business_date": days[2], "net_amount": 30_000},
    ]
    with purchases(scope, rows) as view:
        assert recount_purchases(merchant=scope, member_ids=[busy.id, idle.id], source_view=view) == 2
        assert recount_purchases(merchant=scope, member_ids=[busy.id, idle.id], source_view=view) == 0
    after = read(scope, busy)
    assert (after.purchase_count, after.spend_amount) == (2, 100_000)
    assert after.first_purchase_at == datetime.combine(days[0], NOW.timetz())
    assert after.last_purchase_at == datetime.combine(days[2], NOW.timetz())
    assert read(scope, idle).purchase_count == 0


# --- the night ---------------------------------------------------------------------------------------------------


def night(merchant: MerchantFacts, view: str, *, limit: int = 100, day: date = TODAY, **more: Any) -> int:
    """Runs all batches; how many there were."""
    cursor: UUID | None = None
    for batches in range(1, 50):
        cursor = recalculate_tiers(
            merchant=merchant, business_date=day, at=NOW, source_view=view, after=cursor, limit=limit, **more
        )
        if cursor is None:
            return batches
    raise AssertionError("the night does not end")


def test_the_night_counts_afresh_and_moves_down(scope: MerchantFacts) -> None:
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
        assert night(scope, view, limit=2) == 1  # again: nobody is left to write
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


# --- consent and links -------------------------------------------------------------------------------------------


def test_every_yes_and_no_leaves_its_proof(scope: MerchantFacts) -> None:
    found = join(scope, email="budi@example.com", promo_consent=True)
    later = NOW + timedelta(hours=1)
    assert withdraw_consent(merchant=scope, member_id=found.id, source=ConsentSource.ONE_CLICK, at=later)
    assert not withdraw_consent(merchant=scope, member_id=found.id, source=ConsentSource.ONE_CLICK, at=later)
    assert read(scope, found).promo_email is False
    given: dict[str, Any] = {"merchant": scope, "member_id": found.id, "granted": True, "at": later}
    assert set_consent(source=ConsentSource.PREFERENCES, **given)
    assert not set_consent(source=ConsentSource.PREFERENCES, **given)
    assert read(scope, found).promo_email is True
    history = consents(merchant=scope, member_id=found.id)
    assert [(c.granted, c.source.value) for c in history] == [
        (True, "preferences"),
        (False, "one_click"),
        (True, "till"),
    ]
    assert contacts(merchant=scope, member_ids=[found.id])[found.id].promo_email is True


def test_a_no_from_somebody_who_never_said_yes_is_nothing_new(scope: MerchantFacts) -> None:
    found = join(scope)
    assert not withdraw_consent(merchant=scope, member_id=found.id, source=ConsentSource.ONE_CLICK, at=NOW)
    assert consents(merchant=scope, member_id=found.id) == []


def test_unsubscribe_tokens_are_short_ours_and_for_ever(scope: MerchantFacts) -> None:
    found = join(scope)
    token = unsubscribe_token(merchant=scope, member_id=found.id)
    assert len(token) == 38
    assert member_id_of_unsubscribe_token(merchant=scope, token=token) == found.id
    for forged in (
        "",
        "x",
        token[:-1],
        *(token[:-1] + symbol for symbol in "ABCDQRgw_-" if symbol != token[-1]),
        token + "A",
        "ü" * 38,
        "=" * 38,
    ):
        with pytest.raises(MemberNotFound):
            member_id_of_unsubscribe_token(merchant=scope, token=forged)
    with pytest.raises(MemberNotFound):
        member_id_of_unsubscribe_token(merchant=replace(scope, id=uuid4()), token=token)


# --- cards -------------------------------------------------------------------------------------------------------


def test_a_replaced_card_opens_nothing(scope: MerchantFacts) -> None:
    found = join(scope)
    old = card_token(merchant=scope, member_id=found.id)
    new = replace_card(merchant=scope, member_id=found.id, reason="lost", at=NOW, actor=OWNER)
    assert new == card_token(merchant=scope, member_id=found.id) != old
    assert find_member(merchant=scope, identifier=new).id == found.id
    assert find_member(merchant=scope, identifier=found.number).id == found.id
    with pytest.raises(MemberNotFound):
        find_member(merchant=scope, identifier=old)
    assert [(c.revoked_reason, c.revoked_at is None) for c in cards(merchant=scope, member_id=found.id)] in (
        [("", True), ("lost", False)],
        [("lost", False), ("", True)],
    )


def test_a_printed_card_has_its_own_number(scope: MerchantFacts) -> None:
    found, other = join(scope), join(scope)
    printed = "880000123" + luhn_digit("880000123")
    replace_card(merchant=scope, member_id=found.id, reason="new card", at=NOW, actor=OWNER, number=printed)
    assert find_member(merchant=scope, identifier=printed).id == found.id
    for number, code in (
        (printed, "card_number_taken"),
        (found.number, "card_number_taken"),
        ("880000123" + str((int(printed[-1]) + 1) % 10), "card_number_malformed"),
        ("12", "card_number_malformed"),
    ):
        with pytest.raises(BadInput) as refused:
            replace_card(merchant=scope, member_id=other.id, reason="x", at=NOW, actor=OWNER, number=number)
        assert refused.value.errors[0].code == code
    replace_card(merchant=scope, member_id=found.id, reason="lost", at=NOW, actor=OWNER)
    with pytest.raises(MemberNotFound):
        find_member(merchant=scope, identifier=printed)
    with pytest.raises(BadInput):
        replace_card(merchant=scope, member_id=other.id, reason="found it", at=NOW, actor=OWNER, number=printed)


# --- profile, status, segments -----------------------------------------------------------------------------------


def edit(merchant: MerchantFacts, found: MemberFacts, **changes: Any) -> MemberFacts:
    return edit_profile(
        merchant=merchant,
        member_id=found.id,
        changes=ProfileChanges(**changes),
        actor=OWNER,
        at=NOW,
        business_date=TODAY,
    )


def test_an_edit_leaves_which_fields_but_not_what(scope: MerchantFacts) -> None:
    found = join(scope, phone="081234567890", birth_date=date(1990, 5, 17))
    after = edit(scope, found, name="Budi S.", email="Budi@New.example", clear_birth_date=True, notes="likes tea")
    assert (after.name, after.email, after.birth_date, after.notes) == (
        "Budi S.",
        "Budi@new.example",
        None,
        "likes tea",
    )
    assert find_member(merchant=scope, identifier="budi@new.example").id == found.id
    (entry,) = audit_entries(merchant=scope, subject_kind="member", subject_id=found.id)
    assert entry.after == {"fields": ["birth_date", "email", "name", "notes"]}
    assert edit(scope, found, name="Budi S.") == after
    assert len(audit_entries(merchant=scope, subject_kind="member", subject_id=found.id)) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"phone": ""}, "contact_required"),
        ({"phone": "12"}, "phone_too_short"),
        ({"phone": "0812 0000 0002"}, "phone_taken"),
        ({"email": "SITI@gmail.com"}, "email_taken"),
        ({"name": " "}, "name_required"),
        ({"notes": "x" * 2_001}, "notes_too_long"),
        ({"language": "fr"}, "language_unknown"),
    ],
)
def test_an_edit_that_cannot_be(scope: MerchantFacts, changes: dict[str, str], code: str) -> None:
    join(scope, phone="081200000002", email="s.i.t.i@gmail.com")
    found = join(scope, phone="081200000001")
    with pytest.raises(BadInput) as refused:
        edit(scope, found, **changes)
    assert [e.code for e in refused.value.errors] == [code]
    assert read(scope, found) == found


def test_block_and_unblock(scope: MerchantFacts) -> None:
    found = join(scope)
    given: dict[str, Any] = {"merchant": scope, "member_id": found.id, "actor": OWNER, "at": NOW}
    with pytest.raises(Refusal, match="reason_required"):
        block(reason="", **given)
    block(reason="own card on many sales", **given)
    assert read(scope, found).is_blocked
    block(reason="again", **given)
    unblock(reason="cleared", **given)
    assert read(scope, found).status is MemberStatus.ACTIVE
    entries = audit_entries(merchant=scope, subject_kind="member", subject_id=found.id)
    assert {entry.action for entry in entries} == {"member.blocked", "member.unblocked"}
    assert len(entries) == 2


def test_segments_come_in_one_statement(scope: MerchantFacts) -> None:
    one, two, three = join(scope), join(scope), join(scope)
    rows: list[tuple[UUID, str | None]] = [(one.id, "loyal"), (two.id, "lapsed"), (three.id, None)]
    with CaptureQueriesContext(connection) as captured:
        assert set_segments(merchant=scope, rows=rows) == 2
    assert len(captured) == 1
    assert set_segments(merchant=scope, rows=rows) == 0
    assert set_segments(merchant=scope, rows=[]) == 0
    assert [read(scope, f).segment for f in (one, two, three)] == ["loyal", "lapsed", None]


# --- lists -------------------------------------------------------------------------------------------------------


def test_the_list_pages_and_narrows(scope: MerchantFacts) -> None:
    everybody = [join(scope, name=f"Member {n}") for n in range(7)]
    set_segments(merchant=scope, rows=[(everybody[2].id, "loyal")])
    first = members_page(merchant=scope, limit=5)
    second = members_page(merchant=scope, limit=5, after=first.next_after)
    assert [m.id for m in (*first.members, *second.members)] == [m.id for m in reversed(everybody)]
    assert (first.total, second.next_after) == (7, None)
    for filters in (
        MemberFilter(segment="loyal"),
        MemberFilter(search="member 2"),
        MemberFilter(search=everybody[2].number[-6:]),
        MemberFilter(search=everybody[2].phone or ""),
    ):
        assert [m.id for m in members_page(merchant=scope, filters=filters).members] == [everybody[2].id]
    assert members_page(merchant=scope, filters=MemberFilter(tier_code="gold")).total == 0
    assert members_page(merchant=scope, filters=MemberFilter(tier_code="bronze")).total == 7
    assert members_page(merchant=scope, filters=MemberFilter(promo_email=True)).total == 0
    assert members_page(merchant=scope, filters=MemberFilter(status="blocked")).total == 0


def test_a_page_is_two_statements(scope: MerchantFacts) -> None:
    for _ in range(3):
        join(scope)
    with CaptureQueriesContext(connection) as captured:
        members_page(merchant=scope)
    assert len(captured) == 2


@pytest.mark.parametrize("text", ["Siti", "siti raha", "081234567890", "567890", "siti@", "100%", "\x00", "'; --", "_"])
def test_search_takes_any_text(scope: MerchantFacts, text: str) -> None:
    siti = join(scope, name="Siti Rahayu", phone="081234567890", email="siti@example.com")
    join(scope, name="Budi")
    found = search_members(merchant=scope, text=text)
    assert [m.id for m in found] == ([siti.id] if text.strip("\x00") not in {"", "100%", "'; --", "_"} else [])


def test_times_of_day_do_not_move_the_night() -> None:
    merchant = open_shop(timezone="Asia/Jayapura")
    with merchant_scope(merchant.id):
        at = datetime.combine(TODAY, time(23, 30), tzinfo=NOW.tzinfo)
        assert join(merchant, at=at).joined_on == TODAY + timedelta(days=1)
