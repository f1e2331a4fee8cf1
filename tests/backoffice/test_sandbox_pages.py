"""Test mode in the back-office: set up by a worker, its keys and data apart from the store's, requests sent again."""

from __future__ import annotations

import json
import re
from typing import Any

from django.test import Client
from django.utils import timezone

from merchants.facts import Role
from merchants.queries import sandbox_of, till_list
from merchants.tasks import run_jobs
from merchants.tenancy import merchant_scope
from pos_integration.request_log import request_log
from rewards.coupons.operations import create_coupon_batch, create_shared_code
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_request_log import BASE, Caller
from tests.backoffice.test_tills import issue

DATA = "/settings/tills/test-mode/data/"


def work(store: Store) -> None:
    run_jobs(merchant=store.merchant, clock=timezone.now)


def set_up(store: Store, person: StaffPerson) -> None:
    person.post("/settings/tills/test-mode/begin/")
    work(store)


def issue_test_key(store: Store, person: StaffPerson, *more: str) -> str:
    path = f"/settings/tills/test-mode/tills/{store.till_id}/keys/new/"
    page = person.post(path, status=200, scopes=("read_members", "record_sales", *more))
    shown = re.search(r"<code>([^<]+)</code>", page.content.decode())
    assert shown
    return shown[1]


def sell(key: str, reference: str, **fields: object) -> dict[str, object]:
    lines = [{"line_id": "1", "sku": "KOPI", "name": "Kopi", "quantity": 1, "unit_amount": 25_000}]
    response = Client().post(
        f"{BASE}/sales",
        json.dumps({"reference": reference, "lines": lines, **fields}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": f"kunci-0000000-{reference}"},
    )
    request_log.write_waiting()
    found: dict[str, object] = json.loads(response.content)
    return found


def test_test_mode_is_set_up_by_a_worker(store: Store, owner: StaffPerson) -> None:
    assert 'href="/settings/tills/test-mode/"' in owner.text("/settings/tills/")
    assert "Set up test mode" in owner.text("/settings/tills/test-mode/")
    assert owner.get(DATA, status=302)["Location"] == "/settings/tills/test-mode/"
    owner.post("/settings/tills/test-mode/begin/")
    owner.post("/settings/tills/test-mode/begin/")
    waiting = owner.get("/settings/tills/test-mode/")
    assert "Test mode is being prepared" in waiting.content.decode()
    assert waiting["Refresh"] == "3"
    work(store)
    ready = owner.get("/settings/tills/test-mode/")
    assert "Refresh" not in ready
    assert DATA in ready.content.decode()
    assert sandbox_of(store.merchant) is not None


def test_a_test_key_is_kept_apart_and_its_data_shown(store: Store, owner: StaffPerson) -> None:
    set_up(store, owner)
    key = issue_test_key(store, owner)
    assert sell(key, "UJI-1")["reference"] == "UJI-1"
    page = owner.text(DATA)
    assert "This is test mode" in page
    assert key.partition(".")[0] in page
    assert "UJI-1" in page
    assert key.partition(".")[0] not in owner.text("/settings/tills/")
    with merchant_scope(store.merchant.id):
        assert [list(keys) for _, keys in till_list(merchant=store.merchant)] == [[]]
    assert "UJI-1" not in owner.text("/", status=200)
    log = owner.text(f"/settings/tills/test-mode/tills/{store.till_id}/requests/")
    assert "POST /sales" in log
    assert "POST /sales" not in owner.text(f"/settings/tills/{store.till_id}/requests/")


def test_a_code_to_try_is_made_in_the_sandbox_alone(store: Store, owner: StaffPerson) -> None:
    now = timezone.now()
    offer: dict[str, Any] = {"merchant": store.merchant, "definition": {"kind": "percent_off", "value": 10}, "at": now}
    with merchant_scope(store.merchant.id):
        batch_id = create_coupon_batch(**offer, title="Selamat datang")
        create_shared_code(**offer, title="Lebaran", text="LEBARAN27", today=now.date())
    set_up(store, owner)
    page = owner.text(DATA)
    assert "LEBARAN27" in page
    assert page.count("Make a test code") == 1
    owner.post(f"/settings/tills/test-mode/coupons/{batch_id}/codes/new/")
    code = re.search(r"Test code of Selamat datang: ([A-Z0-9-]+)", owner.text(DATA))
    assert code
    sold = sell(issue_test_key(store, owner, "redeem"), "UJI-1", coupon_codes=[code[1]])
    assert sold["discount_amount"] == 2_500
    live = sell(issue(owner, store, "read_members", "record_sales", "redeem"), "T-1", coupon_codes=[code[1]])
    assert live["code"] == "coupon_not_usable"


def test_a_revoked_test_key_stops(store: Store, owner: StaffPerson) -> None:
    set_up(store, owner)
    key = issue_test_key(store, owner)
    revoke = re.search(r'action="(/settings/tills/test-mode/keys/[^"]+/revoke/)"', owner.text(DATA))
    assert revoke
    owner.post(revoke[1])
    assert sell(key, "UJI-1")["code"] == "not_authenticated"


def test_beginning_again_keeps_the_key_and_empties_the_data(store: Store, owner: StaffPerson) -> None:
    set_up(store, owner)
    key = issue_test_key(store, owner)
    sell(key, "UJI-1")
    set_up(store, owner)
    assert "UJI-1" not in owner.text(DATA)
    assert key.partition(".")[0] in owner.text(DATA)
    assert sell(key, "UJI-1")["status"] == "completed"


def sent_again(store: Store, owner: StaffPerson, request_id: str) -> str:
    """Send the request again as the page does; return the page with the answer."""
    address = owner.post(f"/settings/tills/requests/{request_id}/send-again/")["Location"]
    waiting = owner.get(address)
    assert "The request is being sent in test mode" in waiting.content.decode()
    assert waiting["Refresh"].startswith("2; url=?waits=2")
    work(store)
    return owner.text(address.partition("?")[0])


def test_a_sale_is_sent_again_for_a_test_member(store: Store, owner: StaffPerson) -> None:
    till = Caller(store, owner)
    joined = {"name": "Siti Rahma", "phone": "081234567890", "promo_consent": False}
    enrolled = till.ask("/members", joined, key="kunci-00000000-e1")
    lines = [{"line_id": "1", "sku": "KOPI", "name": "Kopi Bu Sari", "quantity": 2, "unit_amount": 25_000}]
    body = {"reference": "T-1", "identifier": "081234567890", "lines": lines, "cashier": "Dewi"}
    sold = till.ask("/sales", body, key="kunci-00000000-s1")
    looked = till.ask("/members?identifier=081234567890")
    offer = owner.text(f"/settings/tills/requests/{sold}/")
    assert "Set up test mode" in offer
    set_up(store, owner)
    assert "Send again in test mode" in owner.text(f"/settings/tills/requests/{sold}/")
    for request_id, status, said in (
        (enrolled, "201", "POST /members"),
        (looked, "200", "GET /members"),
        (sold, "201", "&quot;reference&quot;: &quot;T-1&quot;"),
    ):
        page = sent_again(store, owner, request_id)
        assert said in page
        assert f">{status}<" in page
        assert "This is test mode" in page
    again = sent_again(store, owner, sold)
    assert "the receipt was known under another key" in again
    data = owner.text(DATA)
    assert "T-1" in data
    sandbox = sandbox_of(store.merchant)
    assert sandbox is not None
    assert "Siti" not in data


def test_a_return_finds_the_sale_that_was_sent_again(store: Store, owner: StaffPerson) -> None:
    till = Caller(store, owner)
    sold = till.sell("T-1")
    body = {"refund_reference": "R-1", "lines": [{"line_id": "1", "quantity": 1}], "reason": "rusak"}
    returned = till.ask("/sales/T-1/refunds", body, key="kunci-00000000-r1")
    set_up(store, owner)
    sent_again(store, owner, sold)
    assert ">201<" in sent_again(store, owner, returned)


def test_what_means_nothing_in_a_sandbox_is_not_sent(store: Store, owner: StaffPerson) -> None:
    till = Caller(store, owner)
    checked = till.ask("/coupons/check", {"code": "K7QH2M4TX9CDR"})
    set_up(store, owner)
    assert "This request cannot be sent again" in owner.text(f"/settings/tills/requests/{checked}/")
    owner.post(f"/settings/tills/requests/{checked}/send-again/")
    assert "This request cannot be sent again." in owner.text(f"/settings/tills/requests/{checked}/")


def test_only_who_manages_tills_sees_test_mode(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    set_up(store, owner)
    sold = Caller(store, owner).sell("T-1")
    for path in ("/settings/tills/test-mode/", DATA, f"/settings/tills/test-mode/tills/{store.till_id}/requests/"):
        store.colleague(Role.INTEGRATOR).get(path)
        store.colleague(Role.MARKETER).get(path, status=403)
    stranger.get(f"/settings/tills/test-mode/tills/{store.till_id}/requests/", status=302)
    stranger.post(f"/settings/tills/requests/{sold}/send-again/", status=404)
    assert stranger.get(DATA, status=302)["Location"] == "/settings/tills/test-mode/"
