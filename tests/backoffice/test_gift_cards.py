"""Gift cards for staff: the list, one card, issuing a batch, its codes, blocking and cancelling; a member's wallet."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backoffice import limits
from backoffice.gift_cards import views as page_module
from common.ids import new_id
from ledger.facts import EntryKind, LotDraft, Posting, Unit
from ledger.operations import lock_account, open_account, post
from merchants.facts import Role
from merchants.queries import audit_entries
from merchants.tenancy import merchant_scope
from rewards.gift_cards.models import GiftCard
from rewards.gift_cards.queries import gift_card_batches, gift_card_figures
from tests.backoffice.conftest import StaffPerson, Store

LIST = "/loyalty/gift-cards/"


def asked(**fields: Any) -> dict[str, Any]:
    return {
        "title": "Lebaran",
        "amount": "50.000",
        "count": "3",
        "use": "given",
        "expires_on": "",
        "reason": "Hadiah pelanggan",
        "key": str(new_id()),
        **fields,
    }


def issue(store: Store, person: StaffPerson, **fields: Any) -> str:
    """Issue a batch as people do; return its id."""
    form = asked(**fields)
    preview = person.post(f"{LIST}new/", status=200, **form).content.decode()
    confirmed = re.search(r'name="confirmed" value="(\d+)"', preview)
    assert confirmed is not None
    person.post(f"{LIST}new/", **form, confirmed=confirmed[1])
    return str(form["key"])


def codes_of(person: StaffPerson, batch: str) -> list[str]:
    page = person.post(f"{LIST}batches/{batch}/codes/", status=200).content.decode()
    return re.findall(r"<code>([A-Z0-9-]{15})</code>", page)


def card_ids(store: Store) -> list[str]:
    with merchant_scope(store.merchant.id):
        rows = GiftCard.objects.filter(merchant_id=store.merchant.id).order_by("-id")
        return [str(row_id) for row_id in rows.values_list("id", flat=True)]


def test_a_store_without_cards_sees_how_they_come(owner: StaffPerson) -> None:
    page = owner.text(LIST)
    assert "Sell your first gift card" in page
    assert "Owed on gift cards" in page


def test_a_batch_is_previewed_then_issued_once(store: Store, owner: StaffPerson) -> None:
    form = asked()
    preview = owner.post(f"{LIST}new/", status=200, **form).content.decode()
    assert "3 cards of Rp\u00a050.000, Rp\u00a0150.000 in all." in preview
    assert "cost of promotion" in preview
    assert card_ids(store) == []
    for _ in range(2):
        owner.post(f"{LIST}new/", **form, confirmed="150000")
    assert len(card_ids(store)) == 3
    page = owner.text(LIST, batch=form["key"])
    assert page.count("****") == 3
    assert "Rp\u00a0150.000" in page
    assert "Batch: Lebaran" in page
    with merchant_scope(store.merchant.id):
        [entry] = audit_entries(merchant=store.merchant, subject_kind="gift_card_batch", subject_id=form["key"])
    assert (entry.action, entry.reason) == ("gift_cards.issued", "Hadiah pelanggan")
    assert entry.after == {"title": "Lebaran", "count": 3, "amount": 50_000, "total": 150_000}


def test_a_changed_form_is_previewed_again(store: Store, owner: StaffPerson) -> None:
    page = owner.post(f"{LIST}new/", status=200, **asked(count="4"), confirmed="150000").content.decode()
    assert "Rp\u00a0200.000 in all" in page
    assert card_ids(store) == []


def test_cards_to_be_sold_are_owed_by_no_one_yet(store: Store, owner: StaffPerson) -> None:
    issue(store, owner, use="sold")
    with merchant_scope(store.merchant.id):
        found = gift_card_figures(merchant=store.merchant)
    assert (found.inactive, found.active, found.outstanding_amount) == (3, 0, 0)
    assert "Not sold yet" in owner.text(LIST, state="inactive")
    assert "No card fits" in owner.text(LIST, state="active")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("amount", "0", "At least"),
        ("amount", "1,5x", "Write the amount"),
        ("count", "0", "greater than or equal to 1"),
        ("count", "1001", "less than or equal to 1000"),
        ("reason", "", "required"),
        ("title", "", "required"),
        ("expires_on", "31/31/2026", "Write a day"),
        ("key", "x", "UUID"),
    ],
)
def test_a_wrong_field_says_what_is_wrong(store: Store, owner: StaffPerson, field: str, value: str, said: str) -> None:
    page = owner.post(f"{LIST}new/", status=400, **asked(**{field: value})).content.decode()
    assert said in page
    assert card_ids(store) == []


def test_a_last_day_that_has_passed_issues_nothing(store: Store, owner: StaffPerson) -> None:
    form = asked(expires_on=(store.today - timedelta(days=1)).isoformat())
    page = owner.post(f"{LIST}new/", status=400, **form, confirmed="150000").content.decode()
    assert "The last day has passed" in page
    assert card_ids(store) == []


def test_the_codes_are_for_those_who_may_issue_and_each_look_is_written_down(store: Store, owner: StaffPerson) -> None:
    batch = issue(store, owner)
    codes = codes_of(owner, batch)
    assert len(set(codes)) == 3
    response = owner.client.post(f"{LIST}batches/{batch}/codes/")
    assert response["Cache-Control"] == "no-store"
    owner.get(f"{LIST}batches/{batch}/codes/", status=405)
    for role in (Role.MARKETER, Role.ANALYST):
        person = store.colleague(role)
        person.post(f"{LIST}batches/{batch}/codes/", status=403)
        person.get(f"{LIST}new/", status=403)
        assert codes[0] not in person.text(LIST)
    with merchant_scope(store.merchant.id):
        found = audit_entries(merchant=store.merchant, subject_kind="gift_card_batch", subject_id=batch)  # type: ignore[arg-type]
    assert [entry.action for entry in found] == ["gift_cards.codes_shown"] * 2 + ["gift_cards.issued"]


def test_a_card_is_found_by_its_exact_code_and_looking_is_limited(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = codes_of(owner, issue(store, owner))[0]
    found = owner.post(f"{LIST}find/", code=code.lower())
    assert re.fullmatch(rf"{LIST}[0-9a-f-]{{36}}/", found["Location"])
    assert owner.post(f"{LIST}find/", code=code[:-1])["Location"] == LIST
    assert "No gift card has this code" in owner.text(LIST)
    monkeypatch.setattr(page_module, "code_look_up_allowed", lambda user_id: False)
    owner.post(f"{LIST}find/", code=code)
    assert "many codes" in owner.text(LIST)


def test_look_ups_of_codes_are_counted_by_person() -> None:
    person, other = new_id(), new_id()
    assert [limits.code_look_up_allowed(person) for _ in range(61)] == [True] * 60 + [False]
    assert limits.code_look_up_allowed(other)


def test_blocking_and_cancelling_need_a_reason_and_are_shown(store: Store, owner: StaffPerson) -> None:
    issue(store, owner)
    path = f"{LIST}{card_ids(store)[0]}/"
    owner.post(f"{path}block/", reason=" ")
    assert "Say why" in owner.text(path)
    owner.post(f"{path}block/", reason="hilang")
    page = owner.text(path)
    assert "Gift card blocked" in page
    assert "hilang" in page
    owner.post(f"{path}unblock/", reason="ketemu")
    owner.post(f"{path}cancel/", reason="rusak")
    page = owner.text(path)
    assert "Rp\u00a050.000 were taken off it" in page
    assert "Taken off the card" in page
    assert "Cancel 1 card" not in page
    store.colleague(Role.ANALYST).post(f"{path}block/", status=403, reason="x")


def test_a_strangers_cards_look_like_none(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    batch = issue(store, owner)
    code, card = codes_of(owner, batch)[0], card_ids(store)[0]
    for path in (f"{LIST}{card}/", f"{LIST}{new_id()}/"):
        stranger.get(path, status=404)
        stranger.post(f"{path}block/", status=404, reason="x")
    stranger.get(LIST, status=404, batch=batch)
    stranger.post(f"{LIST}batches/{batch}/codes/", status=404)
    assert stranger.post(f"{LIST}find/", code=code)["Location"] == LIST


def test_the_list_needs_no_more_statements_for_more_cards_and_pages_go_on(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue(store, owner, count="1")
    few = owner.statements(LIST)
    issue(store, owner, count="8")
    assert owner.statements(LIST) == few
    assert few <= 16
    monkeypatch.setattr(page_module, "PAGE_SIZE", 4)
    seen, path = 0, LIST
    while path:
        page = owner.text(path)
        seen += page.count('class="row-link"')
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = LIST + older[1].replace("&amp;", "&") if older else ""
    assert seen == 9


def test_batches_are_listed_with_what_they_were_for(store: Store, owner: StaffPerson) -> None:
    issue(store, owner, use="paid")
    page = owner.text(LIST, tab="batches")
    assert "Lebaran" in page
    assert "Paid for" in page
    with merchant_scope(store.merchant.id):
        assert len(gift_card_batches(merchant=store.merchant)) == 1


def test_a_member_page_shows_the_wallet_with_what_is_still_to_come(store: Store, owner: StaffPerson) -> None:
    member, now = store.member(), timezone.now()
    with merchant_scope(store.merchant.id):
        open_account(merchant=store.merchant, owner_id=member.id, unit=Unit.WALLET)
        account = lock_account(
            merchant=store.merchant, owner_id=member.id, unit=Unit.WALLET, business_date=store.today, at=now
        )
        for amount, waits in ((12_000, 0), (7_000, 5)):
            lot = LotDraft(amount, store.today + timedelta(days=waits), None, now)
            posting = Posting(
                kind=EntryKind.CASHBACK,
                unit=Unit.WALLET,
                change=amount,
                source_kind="sale",
                source_id=new_id(),
                lot=lot,
            )
            post(merchant=store.merchant, account=account, postings=[posting], at=now, business_date=store.today)
    page = owner.text(f"/members/{member.id}/", tab="points")
    assert "Wallet money" in page
    assert "Rp\u00a012.000" in page
    assert "Usable from" in page
    assert "Rp\u00a07.000" in page
