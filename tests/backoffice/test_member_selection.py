"""Selected members get and lose tags: ticked ones, or all that match."""

import re
from typing import Any
from uuid import UUID

import pytest

from members.facts import MemberFacts
from members.models import Member, MemberTag, Tag
from merchants.facts import Role
from merchants.queries import audit_entries
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store, mark_in
from tests.backoffice.test_member_list import PATH, crowd, five

__all__ = ["crowd", "five"]


def test_all_that_match_are_tagged_over_pages_and_untagged_as_one(crowd: Store) -> None:
    owner, address = crowd.owner, "/members/bulk/?q=Anggota"
    preview = owner.post(address, status=200, all="yes", do="tag").content.decode()
    assert "Tag 409 members" in preview
    stale = owner.post(address, status=200, all="yes", do="tag", tag="  Arisan   RT 5 ", confirmed="7")
    assert "Tag 409 members" in stale.content.decode()
    done = owner.post(address, all="yes", do="tag", tag="  Arisan   RT 5 ", confirmed="409")["Location"]
    assert "arisan rt 5" in owner.text(done)
    with merchant_scope(crowd.merchant.id):
        tag = Tag.objects.get(merchant_id=crowd.merchant.id)
    assert "50 of 409" in owner.text(PATH, tag=str(tag.id))
    again = owner.post("/members/bulk/", all="yes", do="tag", tag="arisan rt 5", confirmed="420")["Location"]
    assert '<p class="big figure">11</p>' in owner.text(again)
    owner.post(done)
    assert "11 of 11" in owner.text(PATH, tag=str(tag.id))
    owner.get(done, status=404)
    with merchant_scope(crowd.merchant.id):
        entries = audit_entries(merchant=crowd.merchant, subject_kind="members", subject_id=UUID(done.split("/")[3]))
    assert {(one.action, str((one.before or one.after or {}).get("count"))) for one in entries} == {
        ("members.tagged", "409"),
        ("members.untagged", "409"),
    }


def tagged(store: Store, name: str) -> set[str]:
    with merchant_scope(store.merchant.id):
        ids = MemberTag.objects.filter(merchant_id=store.merchant.id, tag__name=name).values_list(
            "member_id", flat=True
        )
        return set(
            Member.objects.filter(merchant_id=store.merchant.id, id__in=list(ids)).values_list("name", flat=True)
        )


def give(person: StaffPerson, name: str, *members: MemberFacts) -> str:
    fields: dict[str, Any] = {"member": [str(one.id) for one in members], "do": "tag", "tag": name}
    return person.post("/members/bulk/", confirmed=str(len(members)), **fields)["Location"]


def test_ticked_members_get_and_lose_a_tag(store: Store, owner: StaffPerson, five: list[MemberFacts]) -> None:
    dedi, ayu, citra, *_ = five
    give(owner, "VIP", dedi, ayu, citra)
    assert tagged(store, "vip") == {"Dedi", "Ayu", "citra"}
    page = owner.text(f"/members/{ayu.id}/")
    tag = re.search(r'href="/members/\?tag=([^"]+)">vip</a>', page)
    assert tag
    preview = owner.post("/members/bulk/", status=200, do="untag", member=[str(ayu.id), str(five[3].id)])
    assert "Take the tag from 2 members" in preview.content.decode()
    fields: dict[str, Any] = {"do": "untag", "member": [str(ayu.id), str(five[3].id)], "confirmed": "2"}
    assert "Choose a tag." in owner.post("/members/bulk/", status=400, **fields).content.decode()
    owner.post("/members/bulk/", tag=tag[1], **fields)
    assert "Members who lost the tag: 1." in owner.text(PATH)
    assert tagged(store, "vip") == {"Dedi", "citra"}
    assert '">vip</a>' not in owner.text(f"/members/{ayu.id}/")


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "a\x00b"])
def test_a_tag_that_cannot_be_read_is_refused(
    store: Store, owner: StaffPerson, five: list[MemberFacts], name: str
) -> None:
    fields: dict[str, Any] = {"member": [str(five[0].id)], "do": "tag", "tag": name, "confirmed": "1"}
    page = owner.post("/members/bulk/", status=400, **fields)
    assert "Write a tag of 1 to 40 characters." in page.content.decode()
    with merchant_scope(store.merchant.id):
        assert not Tag.objects.filter(merchant_id=store.merchant.id).exists()


def test_another_store_s_members_and_tags_are_out_of_reach(
    store: Store, owner: StaffPerson, stranger: StaffPerson, five: list[MemberFacts]
) -> None:
    done = give(owner, "vip", five[0])
    with merchant_scope(store.merchant.id):
        tag = Tag.objects.get(merchant_id=store.merchant.id)
    foreign: dict[str, Any] = {"member": [str(five[0].id), str(five[1].id)]}
    stranger.post("/members/bulk/", status=200, do="tag", tag="milikku", confirmed="2", **foreign)
    stranger.post("/members/bulk/", do="tag", tag="milikku", confirmed="0", **foreign)
    stranger.post("/members/bulk/", status=400, do="untag", tag=str(tag.id), confirmed="0", **foreign)
    stranger.get(done, status=404)
    stranger.post(done, status=404)
    assert "vip" not in stranger.text(PATH)
    assert tagged(store, "vip") == {"Dedi"}
    assert tagged(store, "milikku") == set()


def test_nothing_ticked_and_who_may_not(store: Store, owner: StaffPerson, five: list[MemberFacts]) -> None:
    owner.post("/members/bulk/", do="tag")
    assert "Tick at least one member first." in owner.text(PATH)
    marketer, care = store.colleague(Role.MARKETER), store.colleague(Role.CARE)
    assert "/members/export/" not in care.text(PATH)
    fields: dict[str, Any] = {"member": [str(five[0].id)], "tag": "vip", "confirmed": "1"}
    for do in ("tag", "untag"):
        marketer.post("/members/bulk/", status=403, do=do, **fields)
    care.post("/members/bulk/", status=403, do="export", **fields)
    care.get("/members/export/", status=403)
    done = give(owner, "vip", five[0])
    marketer.get(done)
    marketer.post(done, status=403)
    assert tagged(store, "vip") == {"Dedi"}


def test_a_tier_that_is_gone_fits_no_one(store: Store, owner: StaffPerson) -> None:
    """A saved view or a link may name a tier that the ladder no longer has."""
    store.member("Ayu Lestari")
    for sort in ("", "balance", "-balance", "name"):
        assert "Ayu Lestari" not in owner.text("/members/", tier="gone", sort=sort)
        sent = owner.client.get("/members/export/", query_params={"tier": "gone", "sort": sort})
        assert "Ayu Lestari" not in sent.getvalue().decode()
    mark = mark_in(owner.text("/members/"))
    for do in ("tag", "untag", "campaign", "export"):
        fields = {"_store": mark, "do": do, "tag": "x", "all": "yes", "confirmed": "0"}
        assert owner.client.post("/members/bulk/?tier=gone", fields).status_code < 500, do
