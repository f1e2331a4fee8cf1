"""The catalogue, its stock and pictures, gifts and partners, through the operations; and what verify says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection
from PIL import Image

from common.errors import BadInput, Missing, Refusal
from common.ids import new_id
from ledger.facts import EntryKind, LotDraft, Posting, Unit
from ledger.operations import lock_account, post
from members.facts import MemberFacts
from merchants.facts import SYSTEM
from merchants.queries import audit_entries
from merchants.tenancy import merchant_scope, refusable
from rewards.catalogue.facts import Fulfilment, Handover, RedemptionFacts
from rewards.catalogue.models import RewardPicture
from rewards.catalogue.operations import (
    StepNotPossible,
    StockBelowReserved,
    add_reward,
    change_reward,
    clean_picture,
    correct_stock,
    move_gift,
    offer_reward_again,
    redeem_reward,
    remove_picture,
    restock_reward,
    retire_reward,
    reverse_redemption,
    set_picture,
)
from rewards.catalogue.queries import (
    catalogue,
    catalogue_entry,
    fulfilment_queue,
    picture,
    reward_list,
    stock_lines,
    taken_by,
)
from rewards.invariants import verify
from rewards.promotions.facts import Funding, PartnerLine
from rewards.promotions.models import PartnerFunding
from rewards.promotions.operations import add_partner, create_promotion, fund_promotion, publish_version
from rewards.promotions.queries import partner_report
from sales.operations import refund, void
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, refund_of

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 5)
STAFF = replace(SYSTEM, user_id=new_id(), label="ratna@example.com")


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        yield opened


@pytest.fixture
def member(shop: SellingShop) -> MemberFacts:
    """Somebody with 1,000 points."""
    joined = shop.join()
    today = shop.merchant.day_of(NOW)
    lot = LotDraft(amount=1_000, available_on=today, expires_on=None, earned_at=NOW)
    account = lock_account(merchant=shop.merchant, owner_id=joined.id, unit=Unit.POINTS, business_date=today, at=NOW)
    earned = Posting(
        kind=EntryKind.EARN, unit=Unit.POINTS, change=1_000, source_kind="sale", source_id=new_id(), lot=lot
    )
    post(merchant=shop.merchant, account=account, postings=[earned], at=NOW, business_date=today)
    return joined


def reward(shop: SellingShop, title: str = "Tas", **fields: Any) -> UUID:
    return add_reward(merchant=shop.merchant, at=NOW, actor=STAFF, **{"title": title, "points": 50, **fields})


def redeem(shop: SellingShop, member: MemberFacts, reward_id: UUID, **fields: Any) -> RedemptionFacts:
    return redeem_reward(
        merchant=shop.merchant,
        till_id=shop.till.id,
        outlet_id=shop.outlet.id,
        member_id=member.id,
        reward_id=reward_id,
        **{"quantity": 1, "hold": False, "at": NOW, "business_date": TODAY, **fields},
    )


def stock_of(shop: SellingShop, reward_id: UUID) -> int | None:
    return catalogue_entry(merchant=shop.merchant, reward_id=reward_id, today=TODAY).stock


def broken(shop: SellingShop) -> list[tuple[str, str]]:
    return [(v.table, v.message) for v in verify(merchant=shop.merchant)]


# --- the catalogue -----------------------------------------------------------------------------------------------


def test_a_new_price_touches_only_what_is_redeemed_after_it(shop: SellingShop, member: MemberFacts) -> None:
    bag = reward(shop, unit_cost_amount=20_000)
    before = redeem(shop, member, bag)
    draft = catalogue_entry(merchant=shop.merchant, reward_id=bag, today=TODAY).draft
    change_reward(
        merchant=shop.merchant,
        reward_id=bag,
        draft=replace(draft, points=80, unit_cost_amount=25_000),
        at=NOW,
        actor=STAFF,
    )
    after = redeem(shop, member, bag)
    assert (before.points_spent, after.points_spent, after.points_balance) == (50, 80, 870)
    back = reverse_redemption(merchant=shop.merchant, redemption_id=before.id, at=NOW, business_date=TODAY)
    assert back.points_balance == 920
    entry = catalogue_entry(merchant=shop.merchant, reward_id=bag, today=TODAY)
    assert (entry.taken, entry.cost_amount, entry.affordable, entry.members) == (1, 25_000, 1, 1)
    changed = audit_entries(merchant=shop.merchant, subject_kind="reward", subject_id=bag)[0]
    assert (changed.action, changed.actor_label, changed.before, changed.after) == (
        "reward.changed",
        STAFF.label,
        {"points": 50, "unit_cost_amount": 20_000},
        {"points": 80, "unit_cost_amount": 25_000},
    )
    assert broken(shop) == []


def test_a_retired_reward_is_gone_for_tills_and_can_come_back(shop: SellingShop, member: MemberFacts) -> None:
    bag = reward(shop)
    retire_reward(merchant=shop.merchant, reward_id=bag, at=NOW, actor=STAFF)
    assert reward_list(merchant=shop.merchant) == []
    with pytest.raises(Missing, match="reward_not_found"):
        redeem(shop, member, bag)
    again = reward(shop)
    with pytest.raises(Refusal, match="name_taken"):
        offer_reward_again(merchant=shop.merchant, reward_id=bag, at=NOW, actor=STAFF)
    retire_reward(merchant=shop.merchant, reward_id=again, at=NOW, actor=STAFF)
    offer_reward_again(merchant=shop.merchant, reward_id=bag, at=NOW, actor=STAFF)
    assert [entry.id for entry in catalogue(merchant=shop.merchant, today=TODAY)] == [bag]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"points": 0}, "points"),
        ({"title": " "}, "title"),
        ({"per_member_limit": 0}, "per_member_limit"),
        ({"period_limit": 1}, "period_days"),
        ({"period_limit": 1, "period_days": 367}, "period_limit"),
        ({"valid_from": date(2026, 3, 2), "valid_until": date(2026, 3, 1)}, "valid_until"),
        ({"funding": Funding(partner_id=new_id(), basis_points=5_000)}, "partner_id"),
        ({"batch_id": new_id()}, "batch_id"),
    ],
)
def test_what_cannot_be_is_named_by_its_field(shop: SellingShop, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as bad:
        reward(shop, **fields)
    assert field in {error.pointer for error in bad.value.errors}


def test_stock_is_counted_never_below_what_is_promised(shop: SellingShop, member: MemberFacts) -> None:
    bag = reward(shop, stock=5, handover=Handover.PICKUP)
    redeem(shop, member, bag)
    redeem(shop, member, bag, hold=True)
    assert stock_of(shop, bag) == 3
    assert restock_reward(merchant=shop.merchant, reward_id=bag, pieces=10, at=NOW, actor=STAFF) == 13
    with pytest.raises(StockBelowReserved) as refused:
        correct_stock(merchant=shop.merchant, reward_id=bag, counted=1, reason="hilang", at=NOW, actor=STAFF)
    assert refused.value.facts == {"needed": 2, "measured": 1}
    with pytest.raises(BadInput):
        correct_stock(merchant=shop.merchant, reward_id=bag, counted=9, reason=" ", at=NOW, actor=STAFF)
    assert correct_stock(merchant=shop.merchant, reward_id=bag, counted=2, reason="hilang", at=NOW, actor=STAFF) == 0
    assert [(s.kind, s.change) for s in stock_lines(merchant=shop.merchant, reward_id=bag)] == [
        ("correction", -13),
        ("restock", 10),
        ("taken", -1),
        ("taken", -1),
        ("opening", 5),
    ]
    assert (
        correct_stock(merchant=shop.merchant, reward_id=bag, counted=None, reason="tanpa batas", at=NOW, actor=STAFF)
        is None
    )
    assert broken(shop) == []


def test_a_lapsed_hold_gives_its_piece_to_the_next_with_a_movement(shop: SellingShop, member: MemberFacts) -> None:
    bag = reward(shop, stock=1)
    redeem(shop, member, bag, hold=True)
    later = NOW + timedelta(minutes=11)
    taken = redeem(shop, member, bag, at=later)
    assert taken.status == "completed"
    assert [(s.kind, s.change) for s in stock_lines(merchant=shop.merchant, reward_id=bag)] == [
        ("taken", -1),
        ("lapsed", 1),
        ("taken", -1),
        ("opening", 1),
    ]
    assert broken(shop) == []


# --- pictures ----------------------------------------------------------------------------------------------------


def image(size: tuple[int, int] = (300, 200), form: str = "JPEG", **options: Any) -> bytes:
    out = BytesIO()
    mode = options.pop("mode", "RGB")
    Image.new(mode, size, (200, 30, 30, 128)[: len(mode)]).save(out, form, **options)
    return out.getvalue()


def test_a_picture_is_encoded_anew_without_what_came_with_it(shop: SellingShop) -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    exif[0x0112] = 6
    raw = image((1600, 1000), exif=exif) + b"<script>alert(1)</script>"
    clean = clean_picture(raw)
    assert (clean.width, clean.height) == (500, 800)
    assert b"secret" not in clean.content
    assert b"script" not in clean.content
    with Image.open(BytesIO(clean.content)) as read:
        assert (read.format, read.size, dict(read.getexif())) == ("WEBP", (500, 800), {})
    bag = reward(shop)
    set_picture(merchant=shop.merchant, reward_id=bag, picture=clean, alt="Tas merah", at=NOW, actor=STAFF)
    set_picture(
        merchant=shop.merchant,
        reward_id=bag,
        picture=clean_picture(image(form="PNG", mode="RGBA")),
        alt="Tas",
        at=NOW,
        actor=STAFF,
    )
    shown = reward_list(merchant=shop.merchant)[0]
    assert picture(merchant=shop.merchant, reward_id=bag, content_hash=shown.picture_hash)[:4] == b"RIFF"
    with pytest.raises(Missing):
        picture(merchant=shop.merchant, reward_id=bag, content_hash=clean.content_hash)
    assert RewardPicture.objects.filter(merchant_id=shop.merchant.id).count() == 1
    remove_picture(merchant=shop.merchant, reward_id=bag, at=NOW, actor=STAFF)
    assert reward_list(merchant=shop.merchant)[0].picture_hash == ""


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unreadable"),
        (image(form="GIF"), "unreadable"),
        (image(form="BMP"), "unreadable"),
        (image()[:200], "unreadable"),
        (image((40, 400)), "too_small"),
        (image((6_000, 4_001), form="PNG"), "too_many_pixels"),
        (b"\xff\xd8\xff" + b"0" * 5_000_001, "too_large"),
    ],
    ids=["empty", "svg", "gif", "bmp", "cut off", "small", "huge", "large"],
)
def test_what_is_no_such_picture_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(BadInput) as bad:
        clean_picture(raw)
    assert [(e.pointer, e.code) for e in bad.value.errors] == [("picture", code)]


# --- gifts -------------------------------------------------------------------------------------------------------


def test_a_gift_goes_its_way_step_by_step(shop: SellingShop, member: MemberFacts) -> None:
    sent = redeem(shop, member, reward(shop, handover=Handover.SHIPPING))
    fetched = redeem(shop, member, reward(shop, "Mug", handover=Handover.PICKUP), at=NOW + timedelta(hours=1))

    def move(taken: RedemptionFacts, to: Fulfilment) -> None:
        move_gift(merchant=shop.merchant, redemption_id=taken.id, to=to, at=NOW, actor=STAFF, note="n")

    with pytest.raises(StepNotPossible):
        move(sent, Fulfilment.SHIPPED)
    queue = fulfilment_queue(merchant=shop.merchant)
    assert [taken.id for taken in queue.taken] == [sent.id, fetched.id]
    first = fulfilment_queue(merchant=shop.merchant, limit=1)
    rest = fulfilment_queue(merchant=shop.merchant, limit=1, after=first.next_after)
    assert [t.id for t in (*first.taken, *rest.taken)] == [sent.id, fetched.id]
    assert rest.next_after is None
    for state in (Fulfilment.READY, Fulfilment.SHIPPED, Fulfilment.DELIVERED, Fulfilment.DELIVERED):
        move(sent, state)
    move(fetched, Fulfilment.READY)
    with pytest.raises(StepNotPossible):
        move(fetched, Fulfilment.SHIPPED)
    with pytest.raises(StepNotPossible):
        move(fetched, Fulfilment.CANCELLED)
    reverse_redemption(merchant=shop.merchant, redemption_id=fetched.id, at=NOW, business_date=TODAY, actor=STAFF)
    assert {taken.title: taken.state for taken in taken_by(merchant=shop.merchant, member_id=member.id)} == {
        "Tas": "delivered",
        "Mug": "cancelled",
    }
    assert fulfilment_queue(merchant=shop.merchant).total == 0
    assert broken(shop) == []


# --- partners ----------------------------------------------------------------------------------------------------


@pytest.fixture
def supplier(shop: SellingShop) -> UUID:
    return add_partner(merchant=shop.merchant, name="PT Kopi Nusantara", note="", at=NOW, actor=STAFF)


def funded(shop: SellingShop, supplier: UUID, percent: str = "33.33", **fields: Any) -> UUID:
    definition = {
        "title": "Diskon kopi",
        "kind": "percent_off",
        "value": 10,
        "funding": {"partner_id": str(supplier), "percent": percent},
        **fields,
    }
    return create_promotion(merchant=shop.merchant, definition=definition, starts_at=NOW, at=NOW)


def report(shop: SellingShop, first: date = TODAY, last: date = TODAY) -> list[PartnerLine]:
    return partner_report(merchant=shop.merchant, first=first, last=last)


def test_funding_never_changes_a_price(shop: SellingShop, supplier: UUID) -> None:
    plain = open_selling_price(shop, funding=None)
    shared = open_selling_price(shop, funding={"partner_id": str(supplier), "percent": 50})
    assert plain == shared


def open_selling_price(shop: SellingShop, *, funding: dict[str, Any] | None) -> Any:
    """Discounts by line under a promotion that is published for this one sale."""
    definition = {"title": "Diskon", "kind": "percent_off", "value": 15, "when": {"min_qty": 1}}
    promotion = create_promotion(
        merchant=shop.merchant,
        definition={**definition, **({"funding": funding} if funding else {})},
        starts_at=NOW,
        at=NOW,
    )
    sold = shop.sell()
    publish_version(
        merchant=shop.merchant,
        promotion_id=promotion,
        definition={**definition, "when": {"min_qty": 10**6}},
        starts_at=NOW,
        at=NOW,
        actor=STAFF,
    )
    assert sold.outcome.discount_amount > 0
    return [(x.line_id, x.discount_amount) for x in sold.lines]


def test_the_share_is_that_of_the_version_at_the_sale_and_returns_take_it_back_exactly(
    shop: SellingShop, supplier: UUID
) -> None:
    promotion = funded(shop, supplier)
    first = shop.sell(line(1, 9_999, 3), line(2, 12_345))
    fund_promotion(
        merchant=shop.merchant, promotion_id=promotion, partner_id=supplier, percent="50", at=NOW, actor=STAFF
    )
    second = shop.sell(line(1, 9_999, 3), line(2, 12_345))
    given = {s.version_number: s for s in PartnerFunding.objects.filter(merchant_id=shop.merchant.id)}
    base = first.outcome.discount_amount
    assert base == second.outcome.discount_amount
    assert {n: (s.base_amount, s.share_amount) for n, s in given.items()} == {
        1: (base, (base * 3_333 * 2 + 10_000) // 20_000),
        2: (base, (base + 1) // 2),
    }
    for number in range(3):
        refund(
            merchant=shop.merchant,
            till=shop.till,
            reference=str(first.id),
            draft=refund_of(("1", 1)),
            received_at=NOW + timedelta(days=number),
        )
    void(merchant=shop.merchant, till=shop.till, reference=str(first.id), reason="", received_at=NOW)
    rows = PartnerFunding.objects.filter(merchant_id=shop.merchant.id, source_id=first.id)
    assert sum(r.base_amount for r in rows) == sum(r.share_amount for r in rows) == 0
    assert rows.count() == 5
    (line_,) = report(shop, TODAY, TODAY + timedelta(days=9))
    assert (line_.uses, line_.base_amount, line_.returned_base_amount) == (2, 2 * base, base)
    assert line_.owed_amount == (base + 1) // 2
    assert broken(shop) == []


def test_a_sale_without_funding_writes_no_share_and_asks_for_none(shop: SellingShop) -> None:
    create_promotion(
        merchant=shop.merchant,
        definition={"title": "Diskon", "kind": "percent_off", "value": 10},
        starts_at=NOW,
        at=NOW,
    )
    shop.sell()
    assert not PartnerFunding.objects.filter(merchant_id=shop.merchant.id).exists()


def test_a_reward_s_share_goes_with_it_and_comes_back(shop: SellingShop, member: MemberFacts, supplier: UUID) -> None:
    half = reward(shop, unit_cost_amount=9_999, funding=Funding(partner_id=supplier, basis_points=5_000))
    fixed = reward(shop, "Mug", funding=Funding(partner_id=supplier, unit_amount=7_000))
    redeem(shop, member, half, quantity=3)
    back = redeem(shop, member, fixed, quantity=2)
    held = redeem(shop, member, fixed, hold=True)
    assert {x.title: x.owed_amount for x in report(shop)} == {"Tas": 14_999, "Mug": 14_000}
    reverse_redemption(merchant=shop.merchant, redemption_id=back.id, at=NOW, business_date=TODAY)
    reverse_redemption(merchant=shop.merchant, redemption_id=held.id, at=NOW, business_date=TODAY)
    assert {x.title: (x.share_amount, x.owed_amount) for x in report(shop)} == {
        "Tas": (14_999, 14_999),
        "Mug": (14_000, 0),
    }
    assert broken(shop) == []


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"percent": 0}, "/funding/percent"),
        ({"percent": "12.345"}, "/funding/percent"),
        ({"percent": 101}, "/funding/percent"),
        ({"partner_id": "x"}, "/funding/partner_id"),
        ({"partner_id": str(new_id())}, "/funding/partner_id"),
        ({"colour": "red"}, "/funding/colour"),
    ],
)
def test_bad_funding_is_named(shop: SellingShop, supplier: UUID, fields: dict[str, Any], pointer: str) -> None:
    with pytest.raises(BadInput) as bad:
        funded(shop, supplier, funding={"partner_id": str(supplier), "percent": 50, **fields})
    assert pointer in {e.pointer for e in bad.value.errors}


def test_points_are_not_funded(shop: SellingShop, supplier: UUID) -> None:
    promotion = create_promotion(
        merchant=shop.merchant, definition={"title": "Bonus", "kind": "earn_bonus", "points": 5}, starts_at=NOW, at=NOW
    )
    definition = {
        "title": "Bonus",
        "kind": "earn_bonus",
        "points": 5,
        "funding": {"partner_id": str(supplier), "percent": 50},
    }
    with pytest.raises(BadInput):
        publish_version(
            merchant=shop.merchant, promotion_id=promotion, definition=definition, starts_at=NOW, at=NOW, actor=STAFF
        )


# --- guards and verify -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rewards_reward SET stock = stock + 1",
        "UPDATE rewards_reward SET stock = NULL",
        "UPDATE rewards_redemption SET points = 0",
        "UPDATE rewards_redemption SET quantity = 9",
        "UPDATE rewards_redemption SET status = 'held'",
        "UPDATE rewards_redemption SET fulfilment = 'delivered'",
        "UPDATE rewards_redemption SET fulfilment = 'cancelled'",
        "UPDATE rewards_redemption SET handover = 'pickup'",
        "UPDATE rewards_stockmovement SET change = 5",
        "DELETE FROM rewards_stockmovement",
        "UPDATE rewards_redemptionstep SET note = 'x'",
        "UPDATE rewards_partnerfunding SET share_amount = 0",
        "DELETE FROM rewards_partnerfunding",
        (
            "INSERT INTO rewards_stockmovement (merchant_id, id, reward_id, kind, change, reason, actor_label, at) "
            "SELECT merchant_id, gen_random_uuid(), id, 'restock', 3, '', '', now() FROM rewards_reward"
        ),
        (
            "INSERT INTO rewards_partnerfunding (merchant_id, id, partner_id, promotion_id, version_number, reward_id, "
            "source_id, cause_id, kind, base_amount, share_amount, business_date, at) SELECT merchant_id, "
            "gen_random_uuid(), partner_id, promotion_id, version_number, reward_id, source_id, gen_random_uuid(), "
            "'returned', -base_amount, -share_amount - 1, business_date, at FROM rewards_partnerfunding"
        ),
    ],
)
def test_the_database_refuses_what_must_never_be(
    shop: SellingShop, member: MemberFacts, supplier: UUID, statement: str
) -> None:
    bag = reward(
        shop,
        stock=4,
        handover=Handover.SHIPPING,
        unit_cost_amount=100,
        funding=Funding(partner_id=supplier, basis_points=100),
    )
    redeem(shop, member, bag)
    with pytest.raises(DatabaseError), refusable(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("statement", "table", "message"),
    [
        (
            (
                "INSERT INTO rewards_redemptionstep (merchant_id, id, redemption_id, number, from_state, "
                "to_state, actor_label, note, at) SELECT merchant_id, gen_random_uuid(), id, 2, 'requested', "
                "'ready', 'x', '', now() FROM rewards_redemption"
            ),
            "rewards_redemption",
            "the gift is not where its last step took it",
        ),
        (
            (
                "WITH more AS (INSERT INTO rewards_stockmovement (merchant_id, id, reward_id, redemption_id, kind, "
                "change, reason, actor_label, at) SELECT merchant_id, gen_random_uuid(), reward_id, id, "
                "'given_back', 1, '', '', now() FROM rewards_redemption RETURNING 1) "
                "UPDATE rewards_reward SET stock = stock + 1"
            ),
            "rewards_redemption",
            "pieces taken or given back differ from the redemption",
        ),
        (
            "UPDATE rewards_redemption SET status = 'reversed', fulfilment = 'cancelled'",
            "rewards_redemption",
            "points in the ledger differ from what the redemption cost",
        ),
        (
            (
                "INSERT INTO rewards_partnerfunding (merchant_id, id, partner_id, reward_id, source_id, cause_id, "
                "kind, basis_points, base_amount, share_amount, business_date, at) SELECT merchant_id, "
                "gen_random_uuid(), partner_id, reward_id, gen_random_uuid(), gen_random_uuid(), 'given', 5000, 100, "
                "60, business_date, at FROM rewards_partnerfunding"
            ),
            "rewards_partnerfunding",
            "a share that is not what its terms make of its base",
        ),
        (
            (
                "INSERT INTO rewards_partnerfunding (merchant_id, id, partner_id, reward_id, source_id, cause_id, "
                "kind, base_amount, share_amount, business_date, at) SELECT merchant_id, gen_random_uuid(), "
                "partner_id, reward_id, gen_random_uuid(), gen_random_uuid(), 'returned', 0, 0, business_date, at "
                "FROM rewards_partnerfunding"
            ),
            "rewards_partnerfunding",
            "more was taken off a partner's share than was given",
        ),
    ],
)
def test_verify_names_what_is_planted(
    shop: SellingShop, member: MemberFacts, supplier: UUID, statement: str, table: str, message: str
) -> None:
    bag = reward(
        shop,
        stock=4,
        handover=Handover.SHIPPING,
        unit_cost_amount=100,
        funding=Funding(partner_id=supplier, basis_points=100),
    )
    redeem(shop, member, bag)
    assert broken(shop) == []
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert (table, message) in broken(shop)
