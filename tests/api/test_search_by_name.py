"""GET /members?name=: a customer without card or number at hand is found, and no till lists the members by it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.queries import name_searches_by_till
from merchants.models import AuditEntry
from merchants.tenancy import merchant_scope
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line

CLOSING = 20


@pytest.fixture
def people(till: ApiTill) -> dict[str, str]:
    names = ("Siti Rahma", "Siti Aminah", "Budi Siregar", "Rahmat Hidayat", "Nur'aini")
    return {name: str(till.enrol(f"0812 3456 78{n:02}", name=name)["id"]) for n, name in enumerate(names)}


def found(till: ApiTill, name: str) -> list[str]:
    return [each["id"] for each in till.get("/members", name=name)["results"]]


def test_each_word_begins_a_word_of_the_name(till: ApiTill, people: dict[str, str]) -> None:
    assert set(found(till, "siti")) == {people["Siti Rahma"], people["Siti Aminah"]}
    assert found(till, " RAH  siti ") == [people["Siti Rahma"]]
    assert found(till, "s rah") == [people["Siti Rahma"]]
    assert found(till, "nur'") == [people["Nur'aini"]]
    for name in ("iti", "%%%abc", "tidak ada", "a_b_c"):
        assert found(till, name) == []


def test_names_and_contacts_are_masked_and_who_bought_last_comes_first(till: ApiTill, people: dict[str, str]) -> None:
    till.sell("R-1", line(), member_id=people["Siti Rahma"])
    answer = till.get("/members", name="siti")
    assert answer["next"] is None
    assert answer["results"][0] == {
        "id": people["Siti Rahma"],
        "name_masked": "S*** R***",
        "phone_masked": "0812-****-7800",
        "email_masked": None,
    }
    assert till.get(f"/members/{people['Siti Rahma']}")["member"]["name"] == "Siti Rahma"


def test_at_most_ten_are_shown(till: ApiTill) -> None:
    for n in range(12):
        till.enrol(f"0813 3456 78{n:02}", name=f"Dewi {n}")
    assert len(found(till, "dewi")) == 10


@pytest.mark.parametrize("name", ["", "si", "a 1 b", "...", "s" * 81, "\u0000abc"])
def test_too_few_letters_list_no_one(till: ApiTill, people: dict[str, str], name: str) -> None:
    problem = till.refused("GET", "/members", status=400, code="validation_error", query={"name": name})
    assert problem["errors"][0]["pointer"] == "?name"


@pytest.mark.parametrize("identifier", ["0812 3456 7890", ""])
def test_either_name_or_identifier(till: ApiTill, identifier: str) -> None:
    query = {"name": "siti", "identifier": identifier}
    problem = till.refused("GET", "/members", status=400, code="validation_error", query=query)
    assert problem["errors"][0]["pointer"] == "?name"


def test_another_merchants_members_are_not_found(stranger: ApiTill, people: dict[str, str]) -> None:
    assert found(stranger, "siti") == []


def test_a_key_needs_the_scope(shop: ApiShop) -> None:
    shop.till(scopes=["record_sales"]).refused(
        "GET", "/members", status=403, code="scope_missing", query={"name": "siti"}
    )


def test_a_till_searches_so_often_and_no_more(
    shop: ApiShop, till: ApiTill, colleague: ApiTill, people: dict[str, str]
) -> None:
    answers = [till.send("GET", "/members", query={"name": "siti"}) for _ in range(CLOSING + 2)]
    assert [answer.status_code for answer in answers] == [200] * CLOSING + [429] * 2
    problem = till.refused("GET", "/members", query={"name": "budi"}, status=429, code="too_many_searches")
    assert problem["retry_after_seconds"] > 0
    assert till.get("/members", identifier="0812 3456 7800")["member"]["id"] == people["Siti Rahma"]
    assert len(found(colleague, "siti")) == 2
    with merchant_scope(shop.merchant.id):
        entry = AuditEntry.objects.get(merchant_id=shop.merchant.id, action="till.name_searches_closed")
        counted = name_searches_by_till(merchant=shop.merchant, since=shop.merchant.day_of(timezone.now()))
    assert entry.subject_id == till.till_id
    assert counted == {till.till_id: (CLOSING, CLOSING * 2), colleague.till_id: (1, 2)}


def test_more_people_take_no_more_statements(till: ApiTill, people: dict[str, str]) -> None:
    def statements(**query: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            till.get("/members", **query)
        return len(captured)

    statements(name="budi")
    assert statements(name="budi") == statements(name="siti") <= 9
