"""Duplicates on the staff pages: pairs with reasons, two records side by side, merged by one button and undone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from backoffice.members.views import movements
from ledger.facts import Unit
from ledger.operations import adjust
from ledger.queries import balance
from loyalty.management.commands.verify import verification_modules
from members.facts import MemberFacts, ProfileChanges
from members.operations import block, edit_profile, lock_member
from members.queries import member
from merchants.facts import SYSTEM, Role
from merchants.models import AuditEntry
from merchants.tenancy import merchant_scope
from people.operations import merge_members, undo_merge
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_members import adjustment
from tests.pages import unfold

BORN = date(1990, 5, 17)


def two(store: Store) -> tuple[MemberFacts, MemberFacts]:
    """Sari twice: with a phone and 120 points, then with another spelling, another phone and 30 points."""
    first = store.member("Sari Dewi", phone="0812 3333 4444", birth_date=BORN)
    again = store.member("sari dewi", phone="0812 3333 5555", birth_date=BORN, attributes={"kids": "2"})
    for each, points in ((first, 120), (again, 30)):
        with merchant_scope(store.merchant.id):
            adjust(
                merchant=store.merchant,
                owner_id=each.id,
                change=points,
                reason="awal",
                actor=SYSTEM,
                at=datetime.now(UTC),
                business_date=store.today,
            )
    return first, again


def points_of(store: Store, found: MemberFacts) -> int:
    with merchant_scope(store.merchant.id):
        broken = [v for _, module in verification_modules() for v in module.verify(merchant=store.merchant)]
        assert [v for v in broken if v.invariant != "I11"] == []
        return balance(
            merchant=store.merchant, owner_id=found.id, unit=Unit.POINTS, business_date=store.today
        ).points_balance


def now_of(store: Store, found: MemberFacts) -> MemberFacts:
    with merchant_scope(store.merchant.id):
        return member(merchant=store.merchant, member_id=found.id)


def seen_in(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"', maxsplit=1)[0]


def send(person: StaffPerson, address: str, fields: dict[str, Any], *, seen: str, status: int = 302) -> str:
    return unfold(person.save(address, status=status, seen=seen, **fields).content.decode())


def test_a_pair_is_found_compared_merged_and_undone(store: Store, owner: StaffPerson) -> None:
    sari, again = two(store)
    listed = owner.text("/members/duplicates/")
    assert "Same name and birthday" in listed
    assert "0812-****-4444" in listed
    address = f"/members/{sari.id}/merge/{again.id}/"
    assert address in listed
    page = owner.text(address)
    for words in ("120\xa0", ">30\xa0", "<strong>150\xa0", "Same name and birthday", "0812-3333-5555"):
        assert words in page, words
    fields = {"keep-name": "ours", "keep-phone": "theirs", "keep-email": "ours"}
    send(owner, address, fields, seen=seen_in(page))
    kept = now_of(store, again)
    assert (kept.id, kept.name, kept.phone) == (sari.id, "Sari Dewi", "+6281233335555")
    assert kept.attributes == {"kids": "2"}
    assert points_of(store, sari) == 150
    detail = owner.text(f"/members/{again.id}/", tab="data")
    assert f"Member number {again.number}, merged on" in detail
    assert f"by {owner.email}" not in detail, "colleagues have names"
    assert "Merged with another record" in owner.text(f"/members/{again.id}/")
    assert "No duplicates found" in owner.text("/members/duplicates/")
    assert again.number in owner.text("/members/duplicates/"), "it can still be undone"
    merge_id = detail.split("/merges/")[1].split("/")[0]
    owner.post(f"/members/{sari.id}/merges/{merge_id}/undo/")
    assert (points_of(store, sari), points_of(store, again)) == (120, 30)
    assert now_of(store, again).phone == "+6281233335555"
    with merchant_scope(store.merchant.id):
        trail = AuditEntry.objects.filter(merchant_id=store.merchant.id, action__startswith="member.merge").order_by(
            "id"
        )
        assert [(row.action, row.subject_id, row.actor_id) for row in trail] == [
            ("member.merged", sari.id, owner.user_id),
            ("member.merge_undone", sari.id, owner.user_id),
        ]
        assert "3333" not in str([row.after for row in trail]), "no contact in the trail"


def test_what_was_changed_meanwhile_is_shown_and_nothing_is_merged(store: Store, owner: StaffPerson) -> None:
    sari, again = two(store)
    address = f"/members/{sari.id}/merge/{again.id}/"
    seen = seen_in(owner.text(address))
    with merchant_scope(store.merchant.id):
        edit_profile(
            merchant=store.merchant,
            member_id=again.id,
            changes=ProfileChanges(area="Depok"),
            actor=SYSTEM,
            at=datetime.now(UTC),
            business_date=store.today,
        )
    sent = {"keep-name": "theirs", "keep-phone": "theirs", "keep-email": "ours"}
    page = send(owner, address, sent, seen=seen, status=409)
    assert "One of the two was changed meanwhile" in page
    assert "Depok" in page
    chosen = page.split('name="keep-name" value="theirs"')[1].split(">")[0]
    assert "checked" in chosen, "what was chosen is not lost"
    assert now_of(store, again).id == again.id


def test_who_is_blocked_is_not_merged(store: Store, owner: StaffPerson) -> None:
    sari, again = two(store)
    with merchant_scope(store.merchant.id):
        block(merchant=store.merchant, member_id=again.id, reason="penipuan", actor=SYSTEM, at=datetime.now(UTC))
    page = owner.text(f"/members/{sari.id}/merge/{again.id}/")
    assert "One of the two is blocked" in page
    assert "Merge 2 records" not in page


def test_used_points_keep_the_merge(store: Store, owner: StaffPerson) -> None:
    sari, again = two(store)
    address = f"/members/{sari.id}/merge/{again.id}/"
    fields = {f"keep-{name}": "ours" for name in ("name", "phone", "email")}
    send(owner, address, fields, seen=seen_in(owner.text(address)))
    with merchant_scope(store.merchant.id):
        adjust(
            merchant=store.merchant,
            owner_id=sari.id,
            change=-150,
            reason="dipakai",
            actor=SYSTEM,
            at=datetime.now(UTC),
            business_date=store.today,
        )
    merge_id = owner.text(f"/members/{sari.id}/", tab="data").split("/merges/")[1].split("/")[0]
    owner.post(f"/members/{sari.id}/merges/{merge_id}/undo/")
    assert "were used or have lapsed since" in owner.text(f"/members/{sari.id}/")
    assert points_of(store, sari) == 0


def test_a_pair_of_two_people_is_not_offered_again(store: Store, owner: StaffPerson) -> None:
    sari, again = two(store)
    owner.post(f"/members/{sari.id}/merge/{again.id}/not-same/")
    assert "No duplicates found" in owner.text("/members/duplicates/")


def test_the_other_record_is_looked_for(store: Store, owner: StaffPerson) -> None:
    sari, again = two(store)
    assert f"/members/{sari.id}/merge/" in owner.text(f"/members/{sari.id}/", tab="data")
    page = owner.text(f"/members/{sari.id}/merge/", q="0812 3333 5555")
    assert f"/members/{sari.id}/merge/{again.id}/" in page
    assert f"/members/{sari.id}/merge/{sari.id}/" not in owner.text(f"/members/{sari.id}/merge/", q="sari")
    assert "No member fits" in owner.text(f"/members/{sari.id}/merge/", q="tidak ada")


def test_pairs_are_paged_and_cost_few_statements(store: Store, owner: StaffPerson) -> None:
    for number in range(21):
        for _ in range(2):
            store.member(f"Orang {number}", birth_date=BORN)
    few = owner.statements("/members/duplicates/")
    first = owner.text("/members/duplicates/")
    assert first.count('class="row-link"') == 20
    cursor = first.split("?after=")[1].split('"')[0]
    assert owner.text(f"/members/duplicates/?after={cursor}").count('class="row-link"') == 1
    assert few <= 20
    assert "No duplicates found" not in owner.text("/members/duplicates/?after=nonsense")


@pytest.mark.parametrize("role", [Role.MARKETER, Role.ANALYST, Role.CASHIER, Role.INTEGRATOR])
def test_who_may_not_edit_members_merges_no_one(store: Store, role: Role) -> None:
    sari, again = two(store)
    person = store.colleague(role)
    for path in ("/members/duplicates/", f"/members/{sari.id}/merge/", f"/members/{sari.id}/merge/{again.id}/"):
        person.get(path, status=403)
    person.post(f"/members/{sari.id}/merge/{again.id}/", status=403)
    assert now_of(store, again).id == again.id


def test_a_stranger_finds_nothing(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    sari, again = two(store)
    for path in (f"/members/{sari.id}/merge/", f"/members/{sari.id}/merge/{again.id}/"):
        stranger.get(path, status=404)
    stranger.post(f"/members/{sari.id}/merge/{again.id}/", status=404)
    stranger.post(f"/members/{sari.id}/merge/{again.id}/not-same/", status=404)
    stranger.post(f"/members/{sari.id}/merges/{sari.id}/undo/", status=404)
    assert now_of(store, again).id == again.id


@pytest.mark.parametrize("undone", [False, True])
def test_points_given_while_the_record_is_merged_away_are_the_survivors(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch, undone: bool
) -> None:
    """The page has read the member, and the merge commits before it locks the row."""
    sari, again = two(store)
    form = adjustment(points="7")

    def lock_late(**asked: Any) -> MemberFacts:
        monkeypatch.undo()
        at = datetime.now(UTC)
        merge_id = merge_members(merchant=store.merchant, survivor_id=sari.id, merged_id=again.id, actor=SYSTEM, at=at)
        if undone:
            undo_merge(merchant=store.merchant, merge_id=merge_id, actor=SYSTEM, at=at)
        return lock_member(**asked)

    monkeypatch.setattr(movements, "lock_member", lock_late)
    owner.post(f"/members/{again.id}/points/", confirmed="7", **form)
    expected = [120, 37] if undone else [157, 0]
    assert [points_of(store, one) for one in (sari, again)] == expected
    owner.post(f"/members/{again.id}/points/", confirmed="7", **form)
    assert [points_of(store, one) for one in (sari, again)] == expected, "the same form again books nothing"
