"""Give, on a member's page: a coupon, stamps and a reward, shown first, given once, with who and why in the history."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from members.facts import MemberFacts
from merchants.facts import SYSTEM, AuditFilter, Role
from merchants.operations import change_merchant_settings
from merchants.queries import audit_trail
from merchants.tenancy import merchant_scope
from rewards.catalogue.facts import Handover
from rewards.coupons.models import Coupon, StampCard, StampEntry
from rewards.coupons.operations import cancel_batch, create_coupon_batch, make_codes, order_codes
from rewards.coupons.queries import coupons_and_stamps
from rewards.invariants import verify
from rewards.promotions.operations import create_promotion
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.filled import FilledForms
from tests.backoffice.test_rewards import offer, rich
from tests.pages import unfold

OFFER: Final = {"kind": "amount_off", "value": 20_000}


def batch_of(store: Store, title: str = "Maaf dari kami", **fields: Any) -> UUID:
    with merchant_scope(store.merchant.id):
        return create_coupon_batch(
            merchant=store.merchant, title=title, definition=OFFER, at=timezone.now(), **{"valid_days": 14, **fields}
        )


def stamp_card(store: Store, *, threshold: int = 5) -> UUID:
    now = timezone.now()
    definition = {
        "title": "Stempel kopi",
        "kind": "stamp",
        "per_unit": 1,
        "card": {
            "code": "k",
            "title": "Kartu kopi",
            "threshold": threshold,
            "reward": {"title": "Kopi gratis", "kind": "percent_off", "value": 50},
        },
    }
    with merchant_scope(store.merchant.id):
        return create_promotion(merchant=store.merchant, definition=definition, starts_at=now, at=now)


def page_of(member: MemberFacts, kind: str) -> str:
    return f"/members/{member.id}/give/{kind}/"


def drawn(page: str) -> dict[str, Any]:
    (form,) = [one for one in FilledForms.of(page) if one["method"] == "post" and "reason" in one["fields"]]
    return dict(form["fields"])


def reviewed(person: StaffPerson, path: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    """Fill the form in and press Review; return the page and what its button would send."""
    page = person.post(path, status=200, **drawn(person.text(path)) | fields).content.decode()
    mark = re.search(r'name="confirmed" value="([^"]*)"', page)
    assert mark is not None, page[-3000:]
    return unfold(page), drawn(page) | {"confirmed": mark[1]}


def coupons_of(store: Store, member: MemberFacts) -> list[str]:
    with merchant_scope(store.merchant.id):
        rows = Coupon.objects.filter(merchant_id=store.merchant.id, member_id=member.id).order_by("id")
        return list(rows.values_list("batch__title", flat=True))


def stamps_of(store: Store, member: MemberFacts) -> list[tuple[str, int, int]]:
    now = timezone.now()
    with merchant_scope(store.merchant.id):
        _, cards = coupons_and_stamps(merchant=store.merchant, member_id=member.id, at=now, today=store.today)
    return [(card.title, card.progress, card.threshold) for card in cards]


def trail_of(store: Store, member: MemberFacts) -> list[tuple[str, str, str]]:
    with merchant_scope(store.merchant.id):
        found = audit_trail(merchant=store.merchant, filters=AuditFilter(subject_kind="member"))
    return [(one.action, one.reason, one.actor_label) for one in found if one.subject_id == member.id]


def is_whole(store: Store) -> bool:
    with merchant_scope(store.merchant.id):
        return not verify(merchant=store.merchant)


def test_a_coupon_is_shown_given_once_and_told_of_in_the_history(store: Store, owner: StaffPerson) -> None:
    member, batch_id = store.member("Joko Pembeli"), batch_of(store)
    path = page_of(member, "coupon")
    assert f'href="{path}"' in owner.text(f"/members/{member.id}/")
    page, fields = reviewed(owner, path, what=str(batch_id), reason="goodwill")
    last_day = store.today + timedelta(days=13)
    assert "Joko Pembeli gets the coupon “Maaf dari kami”: Rp\xa020.000 off." in page
    assert f"Its last day is {last_day.day} " in page
    assert coupons_of(store, member) == []
    first = owner.post(path, **fields)
    assert owner.post(path, **fields)["Location"] == first["Location"] == f"/members/{member.id}/"
    assert coupons_of(store, member) == ["Maaf dari kami"]
    told = owner.text(f"/members/{member.id}/")
    for words in ("Coupon given", "Goodwill", "Maaf dari kami"):
        assert words in told, words
    assert trail_of(store, member)[0] == ("member.coupon_given", "goodwill", owner.email)
    assert is_whole(store)


def test_a_code_of_its_own_is_made_in_a_batch_of_codes(store: Store, owner: StaffPerson) -> None:
    member, now = store.member(), timezone.now()
    with merchant_scope(store.merchant.id):
        batch_id = order_codes(merchant=store.merchant, title="Undian", definition=OFFER, count=3, at=now)
        make_codes(merchant=store.merchant, batch_id=batch_id, at=now)
    path = page_of(member, "coupon")
    _, fields = reviewed(owner, path, what=str(batch_id), reason="promotion")
    owner.post(path, **fields)
    assert coupons_of(store, member) == ["Undian"]
    assert is_whole(store)


def test_an_unused_coupon_comes_before_another_of_the_same_offer(store: Store, owner: StaffPerson) -> None:
    member, batch_id = store.member(), batch_of(store)
    path = page_of(member, "coupon")
    _, fields = reviewed(owner, path, what=str(batch_id), reason="goodwill")
    _, other = reviewed(owner, path, what=str(batch_id), reason="goodwill")
    owner.post(path, **fields)
    assert "has not used it yet" in owner.post(path, status=400, **other).content.decode()
    assert coupons_of(store, member) == ["Maaf dari kami"]


def test_only_offers_that_run_are_offered(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    member = store.member()
    path = page_of(member, "coupon")
    assert "No coupon can be given" in owner.text(path)
    over = batch_of(store, "Lewat", valid_days=None, valid_until=store.today - timedelta(days=1))
    cancelled, runs = batch_of(store, "Batal"), batch_of(store, "Jalan")
    with merchant_scope(store.merchant.id):
        cancel_batch(merchant=store.merchant, batch_id=cancelled, at=timezone.now(), actor=SYSTEM)
    page = owner.text(path)
    assert ("Jalan" in page, "Lewat" in page, "Batal ·" in page) == (True, False, False)
    fields = drawn(page)
    for batch_id in (over, cancelled, member.id):
        assert owner.post(path, status=400, **fields | {"what": str(batch_id), "reason": "goodwill"})
    _, fields = reviewed(owner, path, what=str(runs), reason="goodwill")
    owner.post(f"/members/{member.id}/block/", reason="uji", _store=fields["_store"])
    assert "This member is blocked" in owner.post(path, status=400, **fields).content.decode()
    assert coupons_of(store, member) == []
    for kind in ("coupon", "stamps", "reward"):
        stranger.get(page_of(member, kind), status=404)


def test_stamps_fill_a_card_and_bring_its_coupon(store: Store, owner: StaffPerson) -> None:
    member = store.member()
    path = page_of(member, "stamps")
    assert "No stamp can be given" in owner.text(path)
    promotion_id = stamp_card(store)
    page, fields = reviewed(owner, path, what=str(promotion_id), stamps="3", reason="missed_sale")
    assert "Stamps on the card “Kartu kopi”: 0 → 3 of 5." in page
    owner.post(path, **fields)
    owner.post(path, **fields)
    assert stamps_of(store, member) == [("Kartu kopi", 3, 5)]
    page, fields = reviewed(owner, path, what=str(promotion_id), stamps="4", reason="goodwill")
    assert "It is full: its coupon is given, and the next card begins with 2." in page
    owner.post(path, **fields)
    assert stamps_of(store, member) == [("Kartu kopi", 2, 5)]
    assert coupons_of(store, member) == ["Kopi gratis"]
    entered = drawn(owner.text(path)) | {"what": str(promotion_id), "reason": "goodwill"}
    for stamps, words in (("6", "full with 5 stamps"), ("0", "Write 1 or more"), ("", "required")):
        assert words in owner.post(path, status=400, **entered | {"stamps": stamps}).content.decode(), stamps
    assert [one[0] for one in trail_of(store, member)][:2] == ["member.stamps_given"] * 2
    assert "Stamps given" in owner.text(f"/members/{member.id}/")
    with merchant_scope(store.merchant.id):
        given = StampEntry.objects.filter(merchant_id=store.merchant.id, kind="given")
        assert [one.sale_id for one in given] == [None, None]
    assert is_whole(store)


def test_a_card_that_was_called_otherwise_is_the_same_card(store: Store, owner: StaffPerson) -> None:
    member, promotion_id = store.member(), stamp_card(store)
    path = page_of(member, "stamps")
    _, fields = reviewed(owner, path, what=str(promotion_id), stamps="3", reason="missed_sale")
    owner.post(path, **fields)
    with merchant_scope(store.merchant.id):
        StampCard.objects.filter(merchant_id=store.merchant.id, member_id=member.id).update(title="Kartu lama")
    page, fields = reviewed(owner, path, what=str(promotion_id), stamps="2", reason="goodwill")
    assert "Stamps on the card “Kartu kopi”: 3 → 5 of 5." in page
    owner.post(path, **fields)
    assert coupons_of(store, member) == ["Kopi gratis"]


def test_a_reward_is_redeemed_with_the_members_points(store: Store, owner: StaffPerson) -> None:
    member, reward_id = rich(store, 250), offer(store, stock=3)
    path = page_of(member, "reward")
    page, fields = reviewed(owner, path, what=str(reward_id), reason="goodwill")
    assert "100 poin are spent: of 250 available 150 are left." in page
    assert "Pieces left afterwards: 2." in page
    owner.post(path, **fields)
    owner.post(path, **fields)
    assert store.balance(member) == 150
    assert trail_of(store, member)[0] == ("member.reward_redeemed", "goodwill", owner.email)
    assert "Reward redeemed by staff" in owner.text(f"/members/{member.id}/")
    assert is_whole(store)


def test_a_gift_is_fetched_where_staff_say_and_too_few_points_offer_nothing(store: Store, owner: StaffPerson) -> None:
    member, poor = rich(store, 150), store.member()
    reward_id = offer(store, "Mug", handover=Handover.PICKUP, stock=3)
    assert "this member can take no reward now" in owner.text(page_of(poor, "reward"))
    path = page_of(member, "reward")
    entered = drawn(owner.text(path)) | {"what": str(reward_id), "reason": "goodwill", "outlet": ""}
    assert "Choose where the member fetches" in owner.post(path, status=400, **entered).content.decode()
    _, fields = reviewed(owner, path, what=str(reward_id), reason="goodwill", outlet=str(store.outlet_id))
    owner.post(path, **fields)
    assert "Mug" in owner.text("/rewards/gifts/")
    assert store.balance(member) == 50


def test_many_points_are_not_spent_without_the_member(store: Store, owner: StaffPerson) -> None:
    member, reward_id = rich(store, 5_000), offer(store, points=4_000)
    path = page_of(member, "reward")
    _, fields = reviewed(owner, path, what=str(reward_id), reason="goodwill")
    with merchant_scope(store.merchant.id):
        change_merchant_settings(
            merchant=store.merchant, changes={"verify_above_points": 1_000}, at=timezone.now(), actor=SYSTEM
        )
    assert "Redeem it at a till" in owner.post(path, status=400, **fields).content.decode()
    assert store.balance(member) == 5_000


def test_who_may_give(store: Store) -> None:
    member = store.member()
    for role, status in ((Role.MANAGER, 200), (Role.CARE, 200), (Role.MARKETER, 403), (Role.ANALYST, 403)):
        for kind in ("coupon", "stamps", "reward"):
            store.colleague(role).get(page_of(member, kind), status=status)
    assert "/give/" not in store.colleague(Role.MARKETER).text(f"/members/{member.id}/")
