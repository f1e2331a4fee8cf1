"""What a till shows before there is a cart: what runs now, the price list, the gifts that wait for their members."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from pos_integration.cursors import write_cursor
from products.facts import ProductDraft
from products.operations import save_products
from rewards.catalogue.facts import Fulfilment, Handover
from rewards.catalogue.operations import move_gift
from rewards.promotions.operations import create_promotion
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line

TUESDAY = datetime(2026, 3, 3, 15, 30, tzinfo=ZoneInfo("Asia/Jakarta"))


def publish(shop: ApiShop, title: str, at: datetime, **fields: Any) -> UUID:
    with merchant_scope(shop.merchant.id):
        return create_promotion(
            merchant=shop.merchant,
            definition={"title": title, "kind": "percent_off", "value": 20, **fields},
            starts_at=at,
            at=at,
        )


# --- what runs now -----------------------------------------------------------------------------------------------


@pytest.fixture
def afternoon(db: None) -> Any:
    with time_machine.travel(TUESDAY, tick=False):
        yield TUESDAY


def titles(till: ApiTill) -> list[str]:
    return [promotion["title"] for promotion in till.get("/promotions")["results"]]


def test_what_runs_is_told_in_words_of_the_language_asked_for(
    afternoon: datetime, shop: ApiShop, till: ApiTill
) -> None:
    shop.coupon_batch(percent=30)  # acts with a coupon only
    found = publish(
        shop,
        "Senja",
        afternoon,
        when={
            "hours": [{"from": "15:00", "to": "17:00"}],
            "weekdays": [2],
            "valid_to": "2026-03-31",
            "tiers_any": ["silver"],
        },
        usage={"limit": 500, "per_member_limit": 2},
    )
    shown = till.get("/promotions")
    assert shown["next"] is None
    assert shown["results"] == [
        {
            "id": str(found),
            "title": "Senja",
            "kind": "percent_off",
            "for_members": True,
            "valid_until": "2026-03-31",
            "sentences": [
                "20% off all goods.",
                "Only for the tier Silver.",
                "Until 31 Mar 2026.",
                "On Tuesday.",
                "Between 15.00–17.00 o'clock.",
                "At most 2 uses per member.",
            ],
        }
    ]
    till.language = "id"
    assert till.get("/promotions")["results"][0]["sentences"][1:4] == [
        "Hanya untuk tingkatan Silver.",
        "Sampai 31 Mar 2026.",
        "Pada hari Selasa.",
    ]


@pytest.mark.parametrize(
    ("conditions", "runs"),
    [
        ({"when": {"hours": [{"from": "15:00", "to": "15:30"}]}}, False),
        ({"when": {"hours": [{"from": "15:30", "to": "16:00"}]}}, True),
        ({"when": {"weekdays": [3]}}, False),
        ({"when": {"valid_from": "2026-03-04"}}, False),
        ({"when": {"valid_to": "2026-03-02"}}, False),
        ({"when": {"outlets": [str(uuid4())]}}, False),
        ({"when": {"members_only": True}}, True),
        ({"when": {"birthday_window_days": 3}}, True),
        ({"when": {"first_purchase": True}}, True),
        ({"when": {"min_subtotal": 10_000_000}}, True),
        ({"kind": "cashback", "value": 5}, True),
    ],
)
def test_days_hours_and_outlet_decide_and_neither_person_nor_cart(
    afternoon: datetime, shop: ApiShop, till: ApiTill, conditions: dict[str, Any], runs: bool
) -> None:
    publish(shop, "Coba", afternoon, **conditions)
    assert titles(till) == (["Coba"] if runs else [])


def test_what_is_used_up_runs_no_more(afternoon: datetime, shop: ApiShop, till: ApiTill) -> None:
    publish(shop, "Satu saja", afternoon, usage={"limit": 1})
    publish(shop, "Kasus", afternoon, priority=1, budget={"type": "uses", "limit": 1})
    assert titles(till) == ["Kasus", "Satu saja"]
    till.sell("R-1", line())
    assert titles(till) == []


def test_another_merchants_promotions_are_not_told(
    afternoon: datetime, other_shop: ApiShop, till: ApiTill, stranger: ApiTill
) -> None:
    publish(other_shop, "Milik tetangga", afternoon)
    assert (titles(till), titles(stranger)) == ([], ["Milik tetangga"])


def test_many_promotions_take_as_many_statements_as_one(afternoon: datetime, shop: ApiShop, till: ApiTill) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            till.get("/promotions")
        return len(captured)

    publish(shop, "Satu", afternoon, when={"tiers_any": ["silver"]})
    statements()  # wordings are read once per process
    one = statements()
    for number in range(12):
        publish(shop, f"Nomor {number}", afternoon, when={"tiers_any": ["gold"]})
    statements()
    assert statements() == one
    assert one <= 10


# --- the price list ----------------------------------------------------------------------------------------------


@pytest.fixture
def goods(shop: ApiShop) -> None:
    fill(shop, [("KOPI-1", "Kopi susu", 18_000), ("KOPI-2", "Kopi hitam", 12_000), ("TÉ", "Teh kopi", None)])


def fill(shop: ApiShop, rows: list[tuple[str, str, int | None]]) -> None:
    with merchant_scope(shop.merchant.id):
        save_products(
            merchant=shop.merchant,
            drafts=[ProductDraft(sku, name, "minuman", price, 5_000) for sku, name, price in rows],
            today=TUESDAY.date(),
            at=TUESDAY,
            actor=SYSTEM,
        )


def test_products_are_found_by_part_of_the_name_or_the_beginning_of_the_code(goods: None, till: ApiTill) -> None:
    def codes(text: str) -> list[str]:
        return [product["sku"] for product in till.get("/products", q=text)["results"]]

    assert codes("susu") == ["KOPI-1"]
    assert codes("KOPI") == ["KOPI-1", "KOPI-2", "TÉ"]
    assert codes("kopi-") == ["KOPI-1", "KOPI-2"]
    assert codes("opi-") == []
    problem = till.refused("GET", "/products", status=400, code="validation_error", query={"q": "k" * 101})
    assert problem["errors"][0]["pointer"] == "?q"
    first = till.get("/products", q="susu")["results"][0]
    assert first == {"sku": "KOPI-1", "name": "Kopi susu", "category": "minuman", "price_amount": 18_000}


def test_the_whole_list_is_paged_by_cursor(goods: None, till: ApiTill) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = till.get("/products", limit=1, **cursor)
        seen += [product["sku"] for product in page["results"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == ["KOPI-1", "KOPI-2", "TÉ"]
    for place in ("x", "1'; DROP TABLE"):
        problem = till.refused(
            "GET", "/products", status=400, code="validation_error", query={"cursor": write_cursor(place)}
        )
        assert problem["errors"][0]["pointer"] == "?cursor"


def test_another_merchants_products_and_cursors_say_nothing(
    goods: None, shop: ApiShop, till: ApiTill, stranger: ApiTill
) -> None:
    assert stranger.get("/products") == {"results": [], "next": None}
    theirs = till.get("/products", limit=1)["next"]
    assert stranger.get("/products", cursor=theirs) == stranger.get("/products", cursor=write_cursor(str(uuid4())))


def test_the_price_list_takes_one_statement(
    goods: None, till: ApiTill, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    till.get("/products")
    with django_assert_max_num_queries(50) as seen:
        till.get("/products", q="kopi")
    assert sum("products_product" in query["sql"] for query in seen.captured_queries) == 1


# --- gifts that wait ---------------------------------------------------------------------------------------------


@pytest.fixture
def member_id(till: ApiTill) -> str:
    """A member with 100 points."""
    member = till.enrol("0812 3456 7890")
    till.sell("R-0", line(unit_amount=1_000_000), member_id=member["id"])
    return str(member["id"])


def take(till: ApiTill, member_id: str, reward: UUID, **fields: Any) -> str:
    body = {"member_id": member_id, "reward_id": str(reward), **fields}
    return str(till.post("/redemptions", body, status=201)["id"])


def waiting(till: ApiTill, **query: Any) -> list[str]:
    return [gift["id"] for gift in till.get("/redemptions", **query)["results"]]


def test_gifts_wait_at_their_outlet_until_they_are_handed_over(
    till: ApiTill, colleague: ApiTill, shop: ApiShop, member_id: str
) -> None:
    mug = shop.reward("Mug", points=10, handover=Handover.PICKUP)
    here, there = (
        take(till, member_id, mug),
        take(till, member_id, mug, pickup_outlet_id=str(colleague.outlet_id)),
    )
    sent = shop.reward("Tas", points=10, handover=Handover.SHIPPING)
    take(till, member_id, sent)
    take(till, member_id, shop.reward("Kopi", points=10))
    held = take(till, member_id, mug, hold=True)
    found = till.get("/redemptions", outlet="here", state="waiting")
    assert found == till.get("/redemptions")
    assert found["results"] == [
        {
            "id": here,
            "reward_id": str(mug),
            "title": "Mug",
            "quantity": 1,
            "state": "requested",
            "since": found["results"][0]["since"],
            "member": {"id": member_id, "name_masked": "S*** R***", "phone_masked": "0812-****-7890"},
        }
    ]
    assert waiting(colleague) == [there]
    till.post(f"/redemptions/{held}/confirm")
    assert waiting(till) == [here, held]
    with merchant_scope(shop.merchant.id):
        move_gift(
            merchant=shop.merchant, redemption_id=UUID(held), to=Fulfilment.READY, at=datetime.now(UTC), actor=SYSTEM
        )
    assert [gift["state"] for gift in till.get("/redemptions")["results"]] == ["requested", "ready"]
    page = till.get("/redemptions", limit=1)
    assert [gift["id"] for gift in page["results"]] == [here]
    assert waiting(till, limit=1, cursor=page["next"]) == [held]
    till.post(f"/redemptions/{here}/handover", {"note": "diambil sendiri"})
    assert waiting(till) == [held]
    till.post(f"/redemptions/{held}/reversal")
    assert waiting(till) == []


@pytest.mark.parametrize(("name", "value"), [("outlet", "all"), ("state", "handed_over"), ("outlet", ""), ("x", "1")])
def test_there_is_one_list_of_gifts(till: ApiTill, name: str, value: str) -> None:
    problem = till.refused("GET", "/redemptions", status=400, code="validation_error", query={name: value})
    assert problem["errors"][0]["pointer"] == f"?{name}"


def test_gifts_are_listed_to_who_may_hand_them_over(shop: ApiShop, stranger: ApiTill, member_id: str) -> None:
    take(shop.till(), member_id, shop.reward("Mug", points=10, handover=Handover.PICKUP))
    assert waiting(stranger) == []
    till = shop.till(scopes=["read_members"])
    till.refused("GET", "/redemptions", status=403, code="scope_missing")


def test_many_gifts_take_as_many_statements_as_one(till: ApiTill, shop: ApiShop, member_id: str) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            till.get("/redemptions")
        return len(captured)

    mug = shop.reward("Mug", points=1, handover=Handover.PICKUP)
    take(till, member_id, mug)
    statements()
    one = statements()
    for _ in range(5):
        take(till, member_id, mug)
    assert statements() == one
