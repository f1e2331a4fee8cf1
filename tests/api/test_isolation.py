"""T70: in every operation another merchant's id gets the same answer, byte for byte, as an id that does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line

PHONE = "0812 3456 7890"


@dataclass(frozen=True)
class Property:
    """What the other merchant has."""

    member_id: str
    phone: str
    number: str
    quote_id: str
    sale_id: str
    reward_id: str
    redemption_id: str
    top_up_id: str
    gift_card_id: str
    gift_card_code: str
    coupon_code: str


@pytest.fixture
def theirs(stranger: ApiTill, other_shop: ApiShop) -> Property:
    member = stranger.enrol(PHONE)
    sale = stranger.sell("X-1", line(unit_amount=1_000_000), member_id=member["id"])
    quote = stranger.post(
        "/quotes", {"member_id": member["id"], "lines": [line()], "redeem_points": 5, "reserve": True}
    )
    reward_id = str(other_shop.reward())
    redemption = stranger.post(
        "/redemptions", {"member_id": member["id"], "reward_id": reward_id, "hold": True}, status=201
    )
    top_up = stranger.post(f"/members/{member['id']}/top-ups", {"amount": 5_000, "reference": "U-1"}, status=201)
    gift_card = stranger.post("/gift-cards", {"amount": 5_000, "reference": "G-1"}, status=201)
    return Property(
        member_id=member["id"],
        phone=PHONE,
        number=member["number"],
        quote_id=quote["quote_id"],
        sale_id=sale["id"],
        reward_id=reward_id,
        redemption_id=redemption["id"],
        top_up_id=top_up["id"],
        gift_card_id=gift_card["id"],
        gift_card_code=gift_card["code"],
        coupon_code=other_shop.coupon(),
    )


def nobodys() -> Property:
    """Ids of the same kinds that do not exist."""
    return Property(
        member_id=str(uuid4()),
        phone="0819 9999 0000",
        number="M-99999999",
        quote_id=str(uuid4()),
        sale_id=str(uuid4()),
        reward_id=str(uuid4()),
        redemption_id=str(uuid4()),
        top_up_id=str(uuid4()),
        gift_card_id=str(uuid4()),
        gift_card_code="9PR4M2TX7CQHK",
        coupon_code="K7QH2M4TX9CDR",
    )


# Every operation that takes an id, once per id it takes. `mine` is a member of the till's own merchant.
CELLS: dict[str, Any] = {
    "find by phone": lambda p, mine: ("GET", f"/members?identifier={p.phone}", None),
    "find by number": lambda p, mine: ("GET", f"/members?identifier={p.number}", None),
    "find by id": lambda p, mine: ("GET", f"/members?identifier={p.member_id}", None),
    "member": lambda p, mine: ("GET", f"/members/{p.member_id}", None),
    "statement": lambda p, mine: ("GET", f"/members/{p.member_id}/ledger", None),
    "coupons": lambda p, mine: ("GET", f"/members/{p.member_id}/coupons", None),
    "change": lambda p, mine: ("PATCH", f"/members/{p.member_id}", {"name": "Orang Lain"}),
    "consent": lambda p, mine: (
        "POST",
        f"/members/{p.member_id}/consents",
        {"topic": "promo", "channel": "email", "given": True, "wording_version": "promo-1"},
    ),
    "enrol into household": lambda p, mine: (
        "POST",
        "/members",
        {"name": "Anak", "promo_consent": False, "household_of": p.member_id},
    ),
    "hand over": lambda p, mine: ("POST", f"/redemptions/{p.redemption_id}/handover", {}),
    "rewards": lambda p, mine: ("GET", f"/rewards?member_id={p.member_id}", None),
    "quote for member": lambda p, mine: ("POST", "/quotes", {"member_id": p.member_id, "lines": [line()]}),
    "quote by phone": lambda p, mine: ("POST", "/quotes", {"identifier": p.phone, "lines": [line()]}),
    "reserve for member": lambda p, mine: (
        "POST",
        "/quotes",
        {"member_id": p.member_id, "lines": [line()], "reserve": True},
    ),
    "release": lambda p, mine: ("POST", f"/quotes/{p.quote_id}/release", {}),
    "sale to member": lambda p, mine: (
        "POST",
        "/sales",
        {"reference": "R-1", "member_id": p.member_id, "lines": [line()]},
    ),
    "sale by phone": lambda p, mine: ("POST", "/sales", {"reference": "R-1", "identifier": p.phone, "lines": [line()]}),
    "sale": lambda p, mine: ("GET", f"/sales/{p.sale_id}", None),
    "refunds": lambda p, mine: ("GET", f"/sales/{p.sale_id}/refunds", None),
    "refund": lambda p, mine: (
        "POST",
        f"/sales/{p.sale_id}/refunds",
        {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 1}]},
    ),
    "void": lambda p, mine: ("POST", f"/sales/{p.sale_id}/void", {}),
    "claim": lambda p, mine: ("POST", f"/sales/{p.sale_id}/claim", {"member_id": mine}),
    "claim for member": lambda p, mine: ("POST", "/sales/ANON-1/claim", {"member_id": p.member_id}),
    "top up": lambda p, mine: ("POST", f"/members/{p.member_id}/top-ups", {"amount": 1_000, "reference": "U-1"}),
    "reverse top-up": lambda p, mine: ("POST", f"/top-ups/{p.top_up_id}/reversal", {}),
    "reverse gift card": lambda p, mine: ("POST", f"/gift-cards/{p.gift_card_id}/reversal", {}),
    "redeem for member": lambda p, mine: ("POST", "/redemptions", {"member_id": p.member_id, "reward_id": p.reward_id}),
    "redeem reward": lambda p, mine: ("POST", "/redemptions", {"member_id": mine, "reward_id": p.reward_id}),
    "confirm": lambda p, mine: ("POST", f"/redemptions/{p.redemption_id}/confirm", {}),
    "reverse": lambda p, mine: ("POST", f"/redemptions/{p.redemption_id}/reversal", {}),
}


REQUEST_ID = "X-Request-Id"
"""The one header that differs between any two answers: the number of the request in the till's own log."""
PARKED = {"refund", "void"}
"""What may come before its sale: an unknown id may be that of a sale still to come."""


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_foreign_looks_like_random(cell: str, till: ApiTill, stranger: ApiTill, theirs: Property) -> None:
    mine = till.enrol("0813 0000 1111", name="Budi")["id"]
    till.sell("ANON-1")
    before = _state(stranger, theirs)
    answers = [till.send(*CELLS[cell](things, mine)) for things in (theirs, nobodys())]
    status = 202 if cell in PARKED else 404
    assert [answer.status_code for answer in answers] == [status] * 2, [a.content for a in answers]
    assert answers[0].content == answers[1].content
    headers = [{name: value for name, value in answer.headers.items() if name != REQUEST_ID} for answer in answers]
    assert headers[0] == headers[1]
    assert _state(stranger, theirs) == before


def test_a_foreign_coupon_looks_like_a_random_and_like_a_malformed_one(till: ApiTill, theirs: Property) -> None:
    answers = []
    for code in (theirs.coupon_code, nobodys().coupon_code, "-", "🂡", "K7QH 2M4T-X9CDO"):
        answers.append(till.post("/coupons/check", {"code": code}))
        assert answers[-1].pop("code") == code
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["usable"] is False
    quotes = [
        till.post("/quotes", {"lines": [line()], "coupon_codes": [code]})["coupons"][0] | {"code": ""}
        for code in (theirs.coupon_code, nobodys().coupon_code)
    ]
    assert quotes[0] == quotes[1]


def test_a_foreign_gift_card_looks_like_a_random_and_like_a_malformed_one(till: ApiTill, theirs: Property) -> None:
    codes = (theirs.gift_card_code, nobodys().gift_card_code, theirs.coupon_code, "-", "🂡")
    checks = [till.post("/gift-cards/check", {"code": code}) for code in codes]
    assert checks == [{"usable": False, "reason": "gift_card_unknown", "message": checks[0]["message"]}] * len(codes)
    quotes = [
        till.post("/quotes", {"lines": [line()], "gift_card_codes": [code]})["gift_cards"][0] | {"code_masked": ""}
        for code in codes[:2]
    ]
    assert quotes[0] == quotes[1]
    sales = [
        till.refused(
            "POST",
            "/sales",
            {"reference": "R-9", "lines": [line()], "gift_card_codes": [code]},
            status=409,
            code="gift_card_not_usable",
        )["gift_cards"][0]["reason"]
        for code in codes[:2]
    ]
    assert sales == ["gift_card_unknown"] * 2


def test_a_foreign_quote_makes_no_sale_paid(till: ApiTill, theirs: Property) -> None:
    sales = [till.sell(f"R-{n}", quote_id=quote_id) for n, quote_id in enumerate((theirs.quote_id, nobodys().quote_id))]
    assert [sale["warnings"] for sale in sales] == [sales[0]["warnings"]] * 2


def test_every_operation_with_an_id_is_in_the_table(till: ApiTill) -> None:
    from tests.api.till import document  # noqa: PLC0415

    tried = {CELLS[cell](nobodys(), str(uuid4()))[:2] for cell in CELLS}
    for template, operations in document()["paths"].items():
        if "{" in template:
            shape = template.removeprefix("/api/pos/v1").split("{")[0]
            for method in operations:
                assert any(m == method.upper() and path.startswith(shape) for m, path in tried), (method, template)


def _state(till: ApiTill, p: Property) -> list[Any]:
    """Return what the other merchant sees of its own things."""
    return [
        till.get(f"/members/{p.member_id}"),
        till.get(f"/members/{p.member_id}/ledger"),
        till.get(f"/sales/{p.sale_id}"),
        till.get(f"/rewards?member_id={p.member_id}"),
        till.post("/coupons/check", {"code": p.coupon_code}),
    ]
