"""Referrals: the list by state, one referral decided with a reason, the program published after a preview."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from backoffice.referrals.views import listing
from enrolment.operations import settle_due_referrals
from members.facts import MemberFacts
from merchants.facts import SYSTEM, OutletFacts, Role, TillFacts
from merchants.tenancy import merchant_scope
from rewards.referrals.facts import ReferralState, ReferralTerms, RewardKind
from rewards.referrals.operations import publish_referral_program
from rewards.referrals.queries import newest_program, referral, referrals_page
from sales.operations import record_sale
from tests.backoffice.conftest import StaffPerson, Store
from tests.sales_shop import line, sale

PATH = "/loyalty/referrals/"
TERMS = ReferralTerms(
    minimum_amount=50_000, waiting_days=0, reward_kind=RewardKind.WALLET, reward_amount=20_000, joins_per_day=99
)


def publish(store: Store, terms: ReferralTerms = TERMS) -> None:
    at = timezone.now() - timedelta(days=390)
    with merchant_scope(store.merchant.id):
        publish_referral_program(merchant=store.merchant, terms=terms, starts_at=at, at=at, actor=SYSTEM)


def buy(store: Store, friend: MemberFacts, **fields: Any) -> None:
    till = TillFacts(
        store.till_id, "Kasir", OutletFacts(store.outlet_id, "Toko", "Asia/Jakarta"), store.merchant, frozenset()
    )
    with merchant_scope(store.merchant.id):
        drafted = sale(line(1, 80_000), member=friend, **fields)
        record_sale(merchant=store.merchant, till=till, draft=drafted, received_at=friend.joined_at)


def bring(store: Store, *, alike: bool = False, referrer: MemberFacts | None = None) -> UUID:
    """Bring a friend who bought; `alike`: with the referrer's own phone."""
    device = {"device_id": "phone-1"} if alike else {}
    referrer = referrer or store.member("Siti Rahma", phone="+6281234567890", **device)
    friend = store.member("Dewi Lestari", referral_code=referrer.referral_code, **device)
    buy(store, friend)
    with merchant_scope(store.merchant.id):
        return referrals_page(merchant=store.merchant).referrals[0].id


def night(store: Store) -> None:
    with merchant_scope(store.merchant.id):
        settle_due_referrals(merchant=store.merchant, night_of=store.today, at=timezone.now(), after=None, limit=100)


def state_of(store: Store, referral_id: UUID) -> ReferralState:
    with merchant_scope(store.merchant.id):
        return referral(merchant=store.merchant, referral_id=referral_id).state


def test_a_store_without_a_program_sees_how_to_begin(owner: StaffPerson) -> None:
    page = owner.text(PATH)
    assert "Let members bring their friends" in page
    assert f"{PATH}program/" in page


def test_the_list_shows_masked_people_reasons_and_figures(store: Store, owner: StaffPerson) -> None:
    publish(store)
    bring(store, alike=True)
    night(store)
    page = owner.text(PATH)
    assert "D*** L***" in page
    assert "S*** R***" in page
    assert "Dewi Lestari" not in page
    assert "They used the same device; 2 members used it in all." in page
    assert "To be reviewed" in page
    assert "No referrals here" in owner.text(PATH, state="granted")
    assert "No referrals here" not in owner.text(PATH, state="in_review")


def test_approved_with_a_reason_and_granted_by_the_next_night(store: Store, owner: StaffPerson) -> None:
    publish(store)
    referral_id = bring(store, alike=True)
    night(store)
    path = f"{PATH}{referral_id}/"
    assert "They used the same device" in owner.text(path)
    refused = owner.post(f"{path}approve/", status=400, reason="").content.decode()
    assert state_of(store, referral_id) is ReferralState.IN_REVIEW
    assert "error" in refused
    owner.post(f"{path}approve/", reason="Two sisters, known here")
    assert state_of(store, referral_id) is ReferralState.QUALIFIED
    night(store)
    assert state_of(store, referral_id) is ReferralState.GRANTED
    page = owner.text(path)
    assert "Two sisters, known here" in page
    assert "Rewarded" in page


def test_refused_stays_refused(store: Store, owner: StaffPerson) -> None:
    publish(store)
    referral_id = bring(store)
    owner.post(f"{PATH}{referral_id}/refuse/", reason="Staff ring")
    assert state_of(store, referral_id) is ReferralState.REFUSED
    again = owner.post(f"{PATH}{referral_id}/refuse/", status=400, reason="again").content.decode()
    assert "decided meanwhile" in again


@pytest.mark.parametrize(
    ("role", "sees", "decides"),
    [(Role.MANAGER, 200, 302), (Role.CARE, 200, 403), (Role.MARKETER, 200, 403), (Role.CASHIER, 403, 403)],
)
def test_who_may_look_and_who_may_decide(store: Store, role: Role, sees: int, decides: int) -> None:
    publish(store)
    referral_id = bring(store)
    person = store.colleague(role)
    person.get(PATH, status=sees)
    person.get(f"{PATH}{referral_id}/", status=sees)
    person.get(f"{PATH}program/", status=200 if decides == 302 else 403)
    person.post(f"{PATH}{referral_id}/refuse/", status=decides, reason="ring")


def test_a_stranger_finds_nothing(store: Store, stranger: StaffPerson) -> None:
    publish(store)
    referral_id = bring(store)
    for unknown in (referral_id, UUID(int=1)):
        stranger.get(f"{PATH}{unknown}/", status=404)
        stranger.post(f"{PATH}{unknown}/refuse/", status=404, reason="x")
    assert "D***" not in stranger.text(PATH)


def test_pages_cost_as_many_statements_for_many_as_for_few(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store)
    bring(store)
    few = owner.statements(PATH)
    for _ in range(4):
        bring(store, referrer=store.member())
    assert owner.statements(PATH) == few
    assert few <= 24
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    assert re.search(r'href="\?after=[^"]+"', owner.text(PATH))


FORM: dict[str, Any] = {
    "is_open": "on",
    "reward_kind": "wallet",
    "reward_money": "20.000",
    "friend_price": "percent",
    "friend_percent": "20",
    "friend_amount": "",
    "reward_points": "",
    "reward_batch_id": "",
    "friend_batch_id": "",
    "minimum_amount": "50.000",
    "qualify_days": "60",
    "waiting_days": "7",
    "monthly_cap": "5",
    "total_cap": "",
    "joins_per_day": "5",
    "starts_on": "",
}


def test_the_program_is_published_after_its_preview(store: Store, owner: StaffPerson) -> None:
    page = owner.post(f"{PATH}program/", status=200, **FORM).content.decode()
    assert "Rp\u00a020.000" in page
    assert "Rp\u00a010.000 on a purchase of Rp\u00a050.000" in page
    assert "Rp\u00a030.000" in page  # one friend in all
    assert "Rp\u00a0100.000" in page  # five in a month
    with merchant_scope(store.merchant.id):
        assert newest_program(merchant=store.merchant) is None
    (shown,) = re.findall(r'name="confirmed" value="([^"]+)"', page)
    confirmed = shown.replace("&#x27;", "'").replace("&lt;", "<").replace("&gt;", ">")
    owner.post(f"{PATH}program/", **{**FORM, "confirmed": confirmed})
    with merchant_scope(store.merchant.id):
        made = newest_program(merchant=store.merchant)
    assert made is not None
    assert (made.number, made.terms.reward_amount, made.terms.friend_value, made.terms.total_cap) == (
        1,
        20_000,
        20,
        None,
    )
    assert "Version" in owner.text(f"{PATH}program/")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reward_money": ""}, "reward_money"),
        ({"reward_kind": "coupon"}, "reward_batch_id"),
        ({"friend_percent": "120"}, "friend_percent"),
        ({"waiting_days": "91"}, "waiting_days"),
        ({"monthly_cap": "0"}, "monthly_cap"),
    ],
)
def test_wrong_terms_are_said_beside_their_field(owner: StaffPerson, changes: dict[str, str], words: str) -> None:
    page = owner.post(f"{PATH}program/", status=400, **{**FORM, **changes}).content.decode()
    assert f'href="#id_{words}"' in page
