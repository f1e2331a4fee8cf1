"""T35 to T37: whatever is cut off, repeated, reordered or regrouped, one day of tills ends in one state."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from loyalty.events import relay_merchant
from loyalty.management.commands.verify import verification_modules
from merchants.facts import SYSTEM
from merchants.operations import add_till, issue_till_key
from merchants.tenancy import merchant_scope
from pos_integration.throttles import look_up_guard
from pos_integration.views.batches import BatchesView
from sales.models import ParkedReturn, Sale
from tests.api.batches import Item, item, refund_item, sale_item, send, statuses
from tests.api.conftest import ApiShop, open_shop
from tests.api.serving import served
from tests.api.till import BASE, ApiTill, line, new_key

pytestmark = pytest.mark.usefixtures("midday")

OPENED_BEFORE = timedelta(days=40)
OLD_PHONES = [f"0811 0000 10{number:02}" for number in range(12)]


@pytest.fixture
def shop(db: None) -> ApiShop:
    with time_machine.travel(timezone.now() - OPENED_BEFORE, tick=True):
        return open_shop("Toko Kopi Ratna")


def violations(shop: ApiShop) -> list[Any]:
    with merchant_scope(shop.merchant.id):
        return [one for _, module in verification_modules() for one in module.verify(merchant=shop.merchant)]


# --- T35 ---------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends in the middle of a batch."""


@pytest.mark.parametrize("cuts", [5, pytest.param(200, marks=[pytest.mark.proof, pytest.mark.timeout(600)])])
def test_a_batch_cut_off_anywhere_and_sent_again_is_done_once(
    real_commits: None, monkeypatch: pytest.MonkeyPatch, cuts: int
) -> None:
    """Cut at random bytes on the wire, then a server that dies between two items, then whole and thrice."""
    with time_machine.travel(timezone.now() - OPENED_BEFORE, tick=True):
        shop = open_shop("Toko Terputus")
    till, dice = shop.till(), random.Random(new_key())
    made = record_day(operations=40, tills=1, day=timezone.now() - timedelta(days=1), seed=dice.randrange(10**6))
    body = json.dumps({"items": made.items[0]}).encode()
    with served() as url:
        for _ in range(cuts):
            send_cut(url, till, body, dice.randrange(len(body)))
    assert count_sales(shop) == 0, "a part of a request is no request"
    carry_out, left = BatchesView._carry_out, iter(range(17))

    def die_midway(*args: Any) -> None:
        if next(left, None) is None:
            raise Killed
        carry_out(*args)

    monkeypatch.setattr(BatchesView, "_carry_out", die_midway)
    with pytest.raises(Killed):
        send(till, made.items[0])
    monkeypatch.undo()
    some = count_sales(shop)
    first, *others = [send(till, made.items[0]) for _ in range(3)]
    assert 0 < some < count_sales(shop)
    assert sum(one["replayed"] for one in first["results"]) == 17
    for again in others:
        assert all(one["replayed"] for one in again["results"])
        assert [one["body"] for one in again["results"]] == [one["body"] for one in first["results"]]
    assert count_sales(shop) == sum(one["operation"] == "sale" for one in made.items[0])
    assert violations(shop) == []


def send_cut(url: str, till: ApiTill, body: bytes, sent_bytes: int) -> None:
    """Send a part of the request and hang up."""
    parts = urlsplit(url)
    head = (
        f"POST {BASE}/batches HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {till.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((str(parts.hostname), int(parts.port or 80))) as link:
        link.sendall(head.encode() + body[:sent_bytes])
        link.shutdown(socket.SHUT_WR)
        link.settimeout(10)
        assert b"201" not in link.recv(200)[:20]


def count_sales(shop: ApiShop) -> int:
    with merchant_scope(shop.merchant.id):
        return Sale.objects.filter(merchant_id=shop.merchant.id).count()


# --- T37 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "three batches"])
def test_a_return_and_a_void_before_their_sale_end_in_nothing(shop: ApiShop, together: bool) -> None:
    till = shop.till()
    member = till.enrol("0812 3456 7890")
    at = timezone.now() - timedelta(hours=3)
    sold = sale_item(3, "R-1", at=at.isoformat(), member_id=member["id"], lines=[line(quantity=4)])
    back = refund_item(1, "R-1", "F-1", at=(at - timedelta(hours=1)).isoformat())
    void = item("void", 2, {"reference": "R-1"}, at=(at - timedelta(minutes=30)).isoformat())
    for batch in [[back, void, sold]] if together else [[back], [void], [sold]]:
        send(till, batch)
    assert till.get("/sales/R-1")["status"] == "voided"
    assert till.balance(member["id"]) == 0
    with merchant_scope(shop.merchant.id):
        waiting = ParkedReturn.objects.filter(merchant_id=shop.merchant.id)
        assert set(waiting.values_list("state", flat=True)) == {"applied"}
    assert violations(shop) == []


@pytest.mark.parametrize("first", ["the sale", "the exchange", "both at once"])
def test_an_exchange_ends_the_same_whether_its_sale_came_before_or_after(shop: ApiShop, first: str) -> None:
    till, at = shop.till(), timezone.now() - timedelta(hours=3)
    member = till.enrol("0812 3456 7890")
    back = [{"reference": "R-1", "lines": [{"line_id": "1", "quantity": 1}]}]
    sold = sale_item(1, "R-1", at=at.isoformat(), lines=[line(quantity=4)], member_id=member["id"])
    bought = [line("2", unit_amount=40_000)]
    exchanged = sale_item(2, "R-2", at=(at + timedelta(hours=1)).isoformat(), lines=bought, returns=back)
    batches = {"the sale": [[sold], [exchanged]], "the exchange": [[exchanged], [sold]]}
    for batch in batches.get(first, [[exchanged, sold]]):
        assert [status for status, _ in statuses(send(till, batch))] == [201] * len(batch)
    sale, exchange = till.get("/sales/R-1"), till.get("/sales/R-2")
    assert (sale["status"], sale["refunds"][0]["exchange_sale_id"]) == ("partially_refunded", exchange["id"])
    assert (exchange["returns_amount"], exchange["payable_amount"]) == (25_000, 15_000)
    assert till.balance(member["id"]) == 7
    assert {one["replayed"] for one in send(till, [sold, exchanged])["results"]} == {True}
    assert violations(shop) == []


def test_goods_of_a_receipt_that_is_not_here_yet_are_told_and_not_counted(shop: ApiShop) -> None:
    till = shop.till()
    back = [{"reference": "R-1", "lines": [{"line_id": "1", "quantity": 1}]}]
    exchange = send(till, [sale_item(2, "R-2", lines=[line("2")], returns=back)])["results"][0]["body"]
    assert [one["code"] for one in exchange["warnings"]] == ["return_waits"]
    assert (exchange["returns"], exchange["payable_amount"]) == ([], 25_000)
    [waiting] = till.get("/sales/R-1/refunds")["results"]
    assert (waiting["status"], waiting["exchange_sale_id"]) == ("parked", exchange["id"])
    online = {"reference": "R-3", "lines": [line("2")], "returns": [{**back[0], "reference": "R-9"}]}
    till.refused("POST", "/sales", online, status=404, code="sale_not_found")
    assert violations(shop) == []


# --- a day of six tills ------------------------------------------------------------------------------------------


@dataclass
class RecordedDay:
    """What each till did, in its order; `alone` are the keys of what it could send at once, because it was online."""

    items: dict[int, list[Item]] = field(default_factory=dict)
    alone: set[str] = field(default_factory=set)

    def add(self, till: int, made: Item, *, online: bool) -> None:
        self.items.setdefault(till, []).append(made)
        if online:
            self.alone.add(made["idempotency_key"])


def record_day(*, operations: int, tills: int, day: datetime, seed: int) -> RecordedDay:
    """Draw a day: guests, members of long ago at any till, and people who join in the course of it and buy.

    Returns come after their sale at the till, and reach the server before it in most of the orders tried. What a person
    bought who joined on this day stays sold: a receipt is given to who joins later only while nothing came back.
    """
    dice, made = random.Random(seed), RecordedDay()
    phones: dict[int, list[str]] = {till: [] for till in range(tills)}
    sold: dict[int, list[tuple[str, int]]] = {till: [] for till in range(tills)}
    for number in range(operations):
        till = dice.randrange(tills)
        at = (day + timedelta(seconds=60 * number)).isoformat()
        online = (number // 40 + till) % 3 == 0
        kind = dice.choices(["enrol", "sale", "refund", "void", "exchange"], [2, 6, 3, 1, 1])[0]
        if kind in {"refund", "void", "exchange"} and not sold[till]:
            kind = "sale"
        if kind == "enrol":
            phone = f"0813{seed % 1000:03}{number:05}"
            body = {"name": f"Anggota {number}", "phone": phone, "promo_consent": number % 2 == 0}
            made.add(till, item("enrol", number, body, at=at), online=online)
            phones[till].append(phone)
        elif kind == "sale":
            reference, quantity = f"T{till}/{number:04}", dice.randint(2, 5)
            is_new = bool(phones[till]) and dice.random() < 0.4
            who = {"identifier": dice.choice(phones[till] if is_new else OLD_PHONES)} if dice.random() < 0.8 else {}
            lines = [line(quantity=quantity, unit_amount=dice.randrange(7_000, 90_000))]
            made.add(till, sale_item(number, reference, at=at, lines=lines, **who), online=online)
            if not is_new or not who:
                sold[till].append((reference, quantity))
        else:
            reference, quantity = sold[till].pop(dice.randrange(len(sold[till])))
            if kind == "exchange":
                returned = {"reference": reference, "lines": [{"line_id": "1", "quantity": dice.randint(1, quantity)}]}
                bought = [line(unit_amount=dice.randrange(7_000, 90_000))]
                made.add(till, sale_item(number, f"X{number}", at=at, lines=bought, returns=[returned]), online=online)
            elif kind == "void":
                made.add(till, item("void", number, {"reference": reference}, at=at), online=online)
            else:
                units = dice.randint(1, quantity)
                made.add(till, refund_item(number, reference, f"F-{number}", quantity=units, at=at), online=online)
    return made


def shuffled_groups(dice: random.Random, made: RecordedDay) -> Iterator[tuple[int, list[Item]]]:
    """Cut the day into batches of any size, each of one till, everything in any order, some of it twice."""
    groups: list[tuple[int, list[Item]]] = []
    for till, items in made.items.items():
        left = [*items, *dice.sample(items, len(items) // 10)]
        dice.shuffle(left)
        while left:
            size = dice.choice([1, 3, 10, 40, 200])
            groups.append((till, left[:size]))
            left = left[size:]
    dice.shuffle(groups)
    yield from groups


@dataclass
class SixTills:
    shop: ApiShop
    tills: list[ApiTill]

    @classmethod
    def open(cls, count: int, *, at: datetime) -> SixTills:
        with time_machine.travel(at - OPENED_BEFORE, tick=True):
            shop = open_shop("Toko Enam Kasir")
        with merchant_scope(shop.merchant.id):
            ids = [
                add_till(merchant=shop.merchant, outlet_id=shop.outlet_id, name=f"Kasir {n}", at=at, actor=SYSTEM)
                for n in range(count)
            ]
            keys = [issue_till_key(merchant=shop.merchant, till_id=one, at=at, actor=SYSTEM) for one in ids]
        tills = [ApiTill(shop.merchant, one, shop.outlet_id, key) for one, key in zip(ids, keys, strict=True)]
        with time_machine.travel(at - OPENED_BEFORE / 2, tick=False):
            for number, phone in enumerate(OLD_PHONES):
                tills[0].enrol(phone, name=f"Pelanggan {number}")
        return cls(shop, tills)

    def deliver(self, dice: random.Random, made: RecordedDay) -> None:
        """Send batches until each item has an answer that stays; some go alone, by their own door, on the way."""
        for till, group in shuffled_groups(dice, made):
            look_up_guard().forget()
            for one in group:
                if one["idempotency_key"] in made.alone and dice.random() < 0.3:
                    self._send_alone(self.tills[till], one)
            send(self.tills[till], group)
        for till, items in made.items.items():
            self._send_the_rest(self.tills[till], items)
        relay_merchant(merchant=self.shop.merchant, now=timezone.now())

    def _send_alone(self, till: ApiTill, one: Item) -> None:
        body = {**one["body"], "occurred_at": one["occurred_at"]}
        path = {"enrol": "/members", "sale": "/sales"}.get(one["operation"])
        if path is not None:
            till.send("POST", path, body, key=one["idempotency_key"])

    def _send_the_rest(self, till: ApiTill, items: Sequence[Item]) -> None:
        left = list(items)
        for _ in range(5):
            look_up_guard().forget()
            results = [
                one for first in range(0, len(left), 500) for one in send(till, left[first : first + 500])["results"]
            ]
            left = [
                one for one, answer in zip(left, results, strict=True) if answer["status"] not in (200, 201, 202, 409)
            ]
            if not left:
                return
        raise AssertionError(f"no answer that stays: {left[:3]}")

    def state(self) -> str:
        """Return all that the day left, without ids and times of receipt."""
        merchant = self.shop.merchant.id
        with merchant_scope(merchant), connection.cursor() as cursor:
            told = []
            for statement in STATE:
                cursor.execute(statement, {"merchant": merchant})
                told.append(cursor.fetchall())
        return json.dumps(told, default=str)


_TILL_NAME = "(SELECT name FROM merchants_till t WHERE t.merchant_id = %(merchant)s AND t.id = s.till_id)"
STATE = (
    f"""SELECT {_TILL_NAME}, s.reference, s.status, s.occurred_at, s.business_date, m.phone, s.total_amount,
               s.payable_amount, s.exchanged_amount, s.refunded_amount, s.points_earned, s.points_reversed,
               s.points_redeemed
        FROM sales_sale s LEFT JOIN members_member m ON m.merchant_id = %(merchant)s AND m.id = s.member_id
        WHERE s.merchant_id = %(merchant)s ORDER BY 1, 2""",
    f"""SELECT {_TILL_NAME}, s.reference, r.kind, CASE r.kind WHEN 'refund' THEN r.refund_reference END, r.occurred_at,
               r.amount, r.points_reversed, r.points_lost
        FROM sales_refund r JOIN sales_sale s ON s.merchant_id = %(merchant)s AND s.id = r.sale_id
        WHERE r.merchant_id = %(merchant)s ORDER BY 1, 2, 3, 4""",
    """SELECT reference, state, problem FROM sales_parkedreturn
       WHERE merchant_id = %(merchant)s AND state NOT IN ('applied') ORDER BY 1, 2""",
    """SELECT m.phone, m.name, m.joined_at, m.purchase_count, m.first_purchase_at, m.last_purchase_at, m.spend_amount,
              m.tier_spend_amount, m.tier_visits, a.balance, a.debt
       FROM members_member m
       LEFT JOIN ledger_account a ON a.merchant_id = %(merchant)s AND a.owner_id = m.id AND a.unit = 'points'
       WHERE m.merchant_id = %(merchant)s ORDER BY 1""",
    """SELECT m.phone, l.expires_on, sum(l.remaining) FROM ledger_lot l
       JOIN ledger_account a ON a.merchant_id = %(merchant)s AND a.id = l.account_id
       JOIN members_member m ON m.merchant_id = %(merchant)s AND m.id = a.owner_id
       WHERE l.merchant_id = %(merchant)s GROUP BY 1, 2 HAVING sum(l.remaining) > 0 ORDER BY 1, 2""",
    f"""SELECT {_TILL_NAME.replace("s.till_id", "n.till_id")}, count(*), min(number), max(number)
        FROM merchants_terminalnumber n WHERE n.merchant_id = %(merchant)s GROUP BY 1 ORDER BY 1""",
)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("orders", "operations"),
    [
        pytest.param(3, 60, marks=pytest.mark.gate),
        pytest.param(50, 500, marks=[pytest.mark.proof, pytest.mark.timeout(7200)]),
    ],
)
def test_every_order_and_grouping_of_a_day_ends_in_one_state(orders: int, operations: int) -> None:
    seed = random.SystemRandom().randrange(10**6)
    now = timezone.now().replace(hour=15, minute=0, second=0, microsecond=0)
    made = record_day(operations=operations, tills=6, day=now - timedelta(days=1), seed=seed)
    states = set()
    with time_machine.travel(now, tick=False):
        for order in range(orders):
            six = SixTills.open(6, at=now)
            six.deliver(random.Random(seed + order), made)
            states.add(six.state())
            assert violations(six.shop) == [], f"seed {seed}, order {order}"
    assert count_sales(six.shop) > operations / 4
    assert len(states) == 1, f"seed {seed}: {len(states)} states of {orders} orders"
