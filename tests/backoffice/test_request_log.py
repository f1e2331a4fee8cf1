"""The pages of the request log: a list that is narrowed and paged, and one request with both bodies."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from django.test import Client

from merchants.facts import Role
from pos_integration.request_log import request_log
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_tills import issue

BASE = "/api/pos/v1"


class Caller:
    """A till of the store with a key of its own; what it asks is in the log at once."""

    def __init__(self, store: Store, person: StaffPerson) -> None:
        self.key = issue(person, store)
        self.page = f"/settings/tills/{store.till_id}/requests/"

    def ask(self, path: str, body: object = None, *, key: str = "kunci-0000000001") -> str:
        """Return the number of the request."""
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": key}
        if body is None:
            response = Client().get(BASE + path, headers=headers)
        else:
            data = json.dumps(body)
            response = Client().post(BASE + path, data, content_type="application/json", headers=headers)
        request_log.write_waiting()
        return str(response["X-Request-Id"])

    def sell(self, reference: str) -> str:
        lines = [{"line_id": "1", "sku": "KOPI", "name": "Kopi Bu Sari", "quantity": 1, "unit_amount": 25_000}]
        body = {"reference": reference, "lines": lines, "cashier": "Dewi"}
        return self.ask("/sales", body, key=f"kunci-000000-{reference}")


def test_a_till_without_requests_says_so(store: Store, owner: StaffPerson) -> None:
    assert "This till has asked nothing in 30 days" in owner.text(f"/settings/tills/{store.till_id}/requests/")
    assert f'href="/settings/tills/{store.till_id}/requests/"' in owner.text("/settings/tills/")


def test_the_list_is_newest_first_and_narrowed(store: Store, owner: StaffPerson) -> None:
    till = Caller(store, owner)
    till.ask("/program")
    till.sell("T-1")
    till.sell("T-2")
    till.ask("/sales/T-9")
    page = owner.text(till.page)
    assert page.index("/sales/T-9") < page.index("T-2") < page.index("T-1<") < page.index("GET /program</code>")
    assert "sale_not_found" in page
    narrowed = {
        "status": ("refused", ["/sales/T-9</code>"]),
        "call": ("POST /sales", ["POST /sales</code>"] * 2),
        "q": ("T-1", ["POST /sales</code>"]),
        "key": (till.key.partition(".")[0], ["</code></a>"] * 4),
    }
    for name, (value, rows) in narrowed.items():
        shown = owner.text(f"{till.page}?{urlencode({name: value})}")
        assert shown.count("row-link") == len(rows), name
        assert all(row in shown for row in rows)
    assert owner.text(till.page, q="kunci-000000-T-2").count("row-link") == 1
    assert "No request fits" in owner.text(f"{till.page}?status=failed")
    assert owner.text(f"{till.page}?status=odd&call=GET+/odd&key=odd&after=x~y").count("row-link") == 4


def test_pages_of_fifty_follow_each_other(store: Store, owner: StaffPerson) -> None:
    till = Caller(store, owner)
    for number in range(52):
        till.ask(f"/sales/N-{number:02}")
    first = owner.get(till.page)
    assert first.content.decode().count("row-link") == 50
    rest = owner.text(till.page + first.context["page"].older_url)  # type: ignore[attr-defined]
    assert [f"/sales/N-{number:02}<" in rest for number in (0, 1, 2)] == [True, True, False]


def test_one_request_shows_both_bodies_and_none_of_the_people(store: Store, owner: StaffPerson) -> None:
    till = Caller(store, owner)
    request_id = till.sell("T-1")
    page = owner.text(f"/settings/tills/requests/{request_id}/")
    for said in (
        "POST /sales",
        "201",
        "&quot;sku&quot;: &quot;KOPI&quot;",
        "&quot;reference&quot;: &quot;T-1&quot;",
        request_id,
    ):
        assert said in page
    main = page[page.index("<main") :]
    assert "Bu Sari" not in main
    assert "Dewi" not in main
    assert "… means that something is not kept" in page
    problem = owner.text(f"/settings/tills/requests/{till.ask('/sales/T-9')}/")
    assert 'href="/api/docs/problems#sale_not_found"' in problem
    assert "There was no body." in problem


def test_statements_do_not_grow_with_the_log(store: Store, owner: StaffPerson) -> None:
    till = Caller(store, owner)
    till.ask("/program")
    few = owner.statements(till.page)
    for _ in range(5):
        till.ask("/program")
    assert owner.statements(till.page) == few


def test_only_who_manages_tills_of_this_store_sees_it(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    request_id = Caller(store, owner).sell("T-1")
    store.colleague(Role.INTEGRATOR).get(f"/settings/tills/requests/{request_id}/")
    store.colleague(Role.MARKETER).get(f"/settings/tills/requests/{request_id}/", status=403)
    stranger.get(f"/settings/tills/requests/{request_id}/", status=404)
