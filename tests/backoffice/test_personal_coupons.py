"""Personal coupons are made with the others and chosen where they are given: in a campaign, in the welcome."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from campaigns.facts import TriggerName
from campaigns.queries import automation_of, campaign, campaign_list
from merchants.facts import AuditFilter, Role
from merchants.queries import audit_trail
from merchants.tenancy import merchant_scope
from rewards.coupons.queries import coupon_batch
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_campaigns import AUDIENCE, CONTENT, COUPON, WELCOME, draft, new_coupon

NEW = "/offers/coupons/new/"


def batch(store: Store, batch_id: str) -> Any:
    with merchant_scope(store.merchant.id):
        return coupon_batch(merchant=store.merchant, batch_id=UUID(batch_id))


def content_of(person: StaffPerson) -> str:
    return person.post("/campaigns/new/", **AUDIENCE)["Location"]


def test_a_personal_coupon_has_the_boxes_of_all_coupons(store: Store, owner: StaffPerson) -> None:
    batch_id = new_coupon(owner, valid_until="31/12/2099", categories="kopi", coupon_on_return="stays_used")
    made = batch(store, batch_id)
    assert (made.kind, made.valid_days, str(made.valid_until), made.max_uses) == ("issued", 14, "2099-12-31", 1)
    assert made.offer["filter"] == {"categories": ["kopi"]}
    assert made.offer["coupon_on_return"] == "stays_used"
    page = owner.text(f"/offers/coupons/{batch_id}/")
    for said in ("14 days from the day it is given", "Each coupon costs at most Rp\xa050.000", "Who gives it"):
        assert said in page, said
    with merchant_scope(store.merchant.id):
        actions = [entry.action for entry in audit_trail(merchant=store.merchant, filters=AuditFilter())]
    assert actions.count("coupons.personal_made") == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"valid_days": ""}, "Say for how many days it is valid"),
        ({"valid_days": "0"}, "greater than or equal to 1"),
        ({"valid_days": "3651"}, "less than or equal to 3650"),
        ({"percent": ""}, "Fill this in"),
        ({"kind": "shared", "text": "SEMUA27", "valid_days": "5"}, "Only personal coupons count days"),
    ],
)
def test_what_a_personal_coupon_cannot_be(owner: StaffPerson, changes: dict[str, str], said: str) -> None:
    assert said in owner.post(NEW, status=400, **{**COUPON, **changes}).content.decode()


def test_a_percentage_without_a_highest_amount_is_looked_at_twice(store: Store, owner: StaffPerson) -> None:
    page = owner.post(NEW, status=200, **{**COUPON, "cap_amount": ""}).content.decode()
    assert "Each of these coupons can cost any amount" in page
    assert 'id="typed"' not in page


def test_a_new_coupon_is_made_from_the_campaign_and_chosen_there(store: Store, owner: StaffPerson) -> None:
    content = content_of(owner)
    half = {"subject": "", "body": "Pakai {{ coupon_code }} sebelum {{ coupon_valid_until }}"}
    form = owner.post(content, **{**CONTENT, **half}, then_coupon="1")["Location"]
    assert urlsplit(form).path == NEW
    assert 'value="issued"' in owner.text(form)
    back = owner.post(form, **COUPON)["Location"]
    assert urlsplit(back).path == content
    [chosen] = parse_qs(urlsplit(back).query)["coupon"]
    page = owner.text(back)
    assert f'value="{chosen}" selected' in page
    assert "at most Rp\xa050.000 each" in page
    assert "Pakai {{ coupon_code }} sebelum" in page, "what was written is kept"
    review = owner.post(back, **CONTENT, batch_id=chosen)["Location"]
    assert "review" in review
    with merchant_scope(store.merchant.id):
        [row] = campaign_list(merchant=store.merchant)
    assert str(row.campaign.batch_id) == chosen
    assert ">Ajak kembali</a>" in owner.text(f"/offers/coupons/{chosen}/")
    assert ">Ajak kembali</a>" in owner.text("/offers/coupons/")


def test_a_new_coupon_is_made_from_the_welcome_and_chosen_there(store: Store, owner: StaffPerson) -> None:
    form = owner.post("/campaigns/welcome/", **WELCOME, then_coupon="1")["Location"]
    back = owner.post(form, **COUPON)["Location"]
    assert urlsplit(back).path == "/campaigns/welcome/"
    [chosen] = parse_qs(urlsplit(back).query)["coupon"]
    assert f'value="{chosen}" selected' in owner.text(back)
    owner.post("/campaigns/welcome/", switch="on", **WELCOME, batch_id=chosen)
    with merchant_scope(store.merchant.id):
        saved = automation_of(merchant=store.merchant, trigger=TriggerName.JOINED)
    assert saved is not None
    assert (saved.is_on, str(saved.campaign.batch_id)) == (True, chosen)
    assert ">Welcome</a>" in owner.text(f"/offers/coupons/{chosen}/")


def test_the_marketer_of_a_campaign_may_make_its_coupon_and_an_analyst_may_not(store: Store) -> None:
    marketer = store.colleague(Role.MARKETER)
    content = content_of(marketer)
    form = marketer.post(content, **CONTENT, then_coupon="1")["Location"]
    marketer.post(form, **COUPON)
    store.colleague(Role.ANALYST).post(form, status=403, **COUPON)


def test_no_other_page_is_led_to(owner: StaffPerson, stranger: StaffPerson) -> None:
    for asked in ("https://example.com/", "//example.com", "x"):
        made = owner.post(f"{NEW}?for={asked}", **COUPON)["Location"]
        assert made.startswith("/offers/coupons/")
    theirs = content_of(stranger).split("/")[2]
    back = owner.post(f"{NEW}?for={theirs}", **COUPON)["Location"]
    owner.get(back, status=404)


def test_another_stores_coupon_is_not_chosen_by_its_address(owner: StaffPerson, stranger: StaffPerson) -> None:
    foreign = new_coupon(stranger)
    page = owner.text(f"{content_of(owner)}?coupon={foreign}")
    assert f'value="{foreign}"' not in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"valid_days": "7"}, "The coupon is valid for 7 days; purchases count for 14."),
        ({"segments": ["loyal"]}, "and no till takes it from"),
        ({"limit": "1"}, "Uses of this coupon allowed in all: 1."),
        ({"valid_from": "1/1/2099", "valid_days": "14"}, "The coupon cannot be used before 1 Jan 2099."),
    ],
)
def test_the_review_says_what_is_wrong_with_the_coupon(
    store: Store, owner: StaffPerson, changes: dict[str, Any], said: str
) -> None:
    store.buyers(10)
    right = draft(owner)
    for sentence in ("Choose another coupon", said):
        assert sentence not in owner.text(f"{right}review/")
    chosen = new_coupon(owner, **changes)
    content = content_of(owner)
    with merchant_scope(store.merchant.id):
        newest = campaign_list(merchant=store.merchant, limit=1)[0].campaign
    owner.post(f"/campaigns/{newest.id}/content/", **CONTENT, batch_id=chosen)
    page = owner.text(content.replace("content", "review"))
    assert said in page
    assert "Choose another coupon" in page


def test_a_coupon_that_was_cancelled_is_said_and_refused_until_another_is_chosen(
    store: Store, owner: StaffPerson
) -> None:
    address = draft(owner)
    with merchant_scope(store.merchant.id):
        facts = campaign(merchant=store.merchant, campaign_id=UUID(address.split("/")[-2]))
    owner.post(f"/offers/coupons/{facts.batch_id}/cancel/")
    assert "The coupon was cancelled. Choose another one." in owner.text(f"{address}review/")
    assert "Kangen (can no longer be given)" in owner.text(f"{address}content/")
    refused = owner.post(f"{address}review/", status=400, on="5/3/2099", at="10.00").content.decode()
    assert "The coupon was cancelled. Choose another one." in refused
    owner.post(f"{address}content/", **CONTENT, batch_id=new_coupon(owner))
    owner.post(f"{address}review/", on="5/3/2099", at="10.00")
    assert "Unschedule" in owner.text(address)


def test_the_list_of_coupons_asks_for_the_givers_of_all_at_once(store: Store, owner: StaffPerson) -> None:
    draft(owner)
    few = owner.statements("/offers/coupons/")
    for number in range(4):
        draft(owner, name=f"Kampanye {number}")
    assert owner.statements("/offers/coupons/") == few
