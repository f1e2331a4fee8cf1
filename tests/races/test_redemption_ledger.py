"""T01, T02, T10, T21 at the ledger: many at once on one account, with negative controls."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from threading import Barrier, Lock
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from ledger.facts import EntryKind
from ledger.operations import InsufficientPoints, expire_due
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from tests.databases import database_url
from tests.ledger_book import DAY, Book, figures, spending
from tests.races.together import PATIENCE_SECONDS, outcomes

pytestmark = pytest.mark.usefixtures("real_commits")

UNIQUE = {"ledger_entry": "entry_order", "ledger_lotuse": "lot_use_order"}


def redeem_100_at_32_tills(book: Book) -> Counter[str]:
    return outcomes(lambda _: book.spend(100), 32, workers=32)


def without_row_lock(execute: Callable[..., Any], statement: str, *rest: Any) -> Any:
    return execute(statement.replace(" FOR UPDATE", ""), *rest)


def redeem_unlocked(book: Book) -> Counter[str]:
    """Redeem at eight tills that all read the account before the first of them writes: what the row lock prevents."""
    all_have_read = Barrier(8)

    def redeem(number: int) -> None:
        with connection.execute_wrapper(without_row_lock), book.locked() as account:
            all_have_read.wait(timeout=PATIENCE_SECONDS)
            book.post(account, spending(1_000))

    return outcomes(redeem, 8, workers=8)


@contextmanager
def guards_off(book: Book) -> Iterator[None]:
    """The ledger without triggers and chains, as its owner; the merchant's rows are gone afterwards."""
    url = database_url(settings.DATABASE_OWNER_URL, connection.settings_dict["NAME"])
    tables = [f"ledger_{name}" for name in ("entry", "lotuse", "lotdays", "lot", "account", "transfer")]
    with closing(psycopg2.connect(url)) as owner, owner.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        definitions = {}
        for table, name in UNIQUE.items():
            cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
            definitions[table, name] = cursor.fetchone()[0]
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        owner.commit()
        try:
            yield
        finally:
            cursor.execute(f"SET LOCAL app.merchant = '{book.merchant.id}'")
            for table in tables:
                cursor.execute(f"DELETE FROM {table} WHERE merchant_id = %s", [book.merchant.id])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for (table, name), definition in definitions.items():
                cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            owner.commit()


def check_t01(book: Book) -> None:
    book.earn(600, valid_days=10)
    book.earn(400, valid_days=20)
    assert redeem_100_at_32_tills(book) == Counter(ok=10, insufficient_points=22)
    assert figures(book.balance()) == (0, 0, 0, 0)
    book.assert_sound()


def test_32_tills_redeem_100_from_1000() -> None:
    """T01."""
    check_t01(Book())


@pytest.mark.proof
@pytest.mark.short_proof
@pytest.mark.timeout(1800)
def test_32_tills_redeem_100_from_1000_fifty_times() -> None:
    for _ in range(50):
        check_t01(Book())


def test_without_the_lock_the_guards_still_let_only_one_through() -> None:
    """First half of the negative control: the second line holds alone, but answers with errors, not refusals."""
    book = Book()
    book.earn(1_000)
    assert redeem_unlocked(book) == Counter(ok=1, IntegrityError=7)
    assert figures(book.balance()) == (0, 0, 0, 0)
    book.assert_sound()


def test_without_lock_and_guards_the_same_points_are_spent_eight_times() -> None:
    """Second half: without both lines of defence T01 fails."""
    book = Book()
    book.earn(1_000)
    with guards_off(book):
        assert redeem_unlocked(book) == Counter(ok=8)
        assert book.kinds().count(EntryKind.REDEEM) == 8
    check_t01(Book())


def check_t02(seed: int) -> None:
    book, rng = Book(), random.Random(seed)
    book.earn(1_050)
    sizes = [rng.randint(1, 300) for _ in range(24)]
    spent: list[int] = []
    refused: list[tuple[int, int]] = []

    def redeem(number: int) -> None:
        try:
            book.spend(sizes[number])
        except InsufficientPoints as refusal:
            refused.append((refusal.facts["available"], refusal.facts["needed"]))
            raise
        spent.append(sizes[number])

    ended = outcomes(redeem, len(sizes), workers=24)
    left = book.balance().available
    reached = balances_after_each(book)
    assert set(ended) <= {"ok", "insufficient_points"}, f"seed {seed}: {ended}"
    assert sum(spent) == 1_050 - left <= 1_050, f"seed {seed}"
    assert all(available < needed and available in reached for available, needed in refused), f"seed {seed}"
    assert all(size > left or size in spent for size in sizes), f"seed {seed}: something that fits was refused"
    book.assert_sound()


def balances_after_each(book: Book) -> set[int]:
    with merchant_scope(book.merchant.id), connection.cursor() as cursor:
        cursor.execute("SELECT balance_after FROM ledger_entry WHERE merchant_id = %s", [book.merchant.id])
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.parametrize("seed", [random.randrange(10**6)])
def test_random_amounts_never_overspend_and_nothing_that_fits_is_refused(seed: int) -> None:
    """T02."""
    check_t02(seed)


@pytest.mark.proof
@pytest.mark.short_proof
@pytest.mark.timeout(1800)
def test_random_amounts_fifty_times() -> None:
    seed = random.randrange(10**6)
    for turn in range(50):
        check_t02(seed + turn)


def test_holds_never_promise_the_same_points_twice() -> None:
    book = Book()
    book.earn(1_000)

    def hold(number: int) -> None:
        with book.locked() as account:
            book.hold(account, 100)

    assert outcomes(hold, 24, workers=24) == Counter(ok=10, insufficient_points=14)
    assert figures(book.balance()) == (0, 0, 1_000, 0)
    book.assert_sound()


def test_two_nights_at_once_expire_each_lot_once() -> None:
    """T21."""
    book = Book()
    for day in range(12):
        book.earn(10, DAY + timedelta(days=day), valid_days=0)

    def night(number: int) -> None:
        with merchant_scope(book.merchant.id):
            expire_due(merchant=book.merchant, business_date=DAY + timedelta(days=11), after=None, limit=100)

    assert outcomes(night, 6, workers=6) == Counter(ok=6)
    assert book.kinds().count(EntryKind.EXPIRE) == 12
    book.assert_sound()


def test_a_night_that_dies_after_its_work_leaves_nothing_and_the_next_does_it_once() -> None:
    """T21."""
    book = Book()
    book.earn(10, valid_days=0)
    with pytest.raises(KeyboardInterrupt):
        die_at_the_end_of_a_night(book)
    assert EntryKind.EXPIRE not in book.kinds()
    for _ in range(2):
        with merchant_scope(book.merchant.id):
            expire_due(merchant=book.merchant, business_date=DAY, after=None, limit=100)
    assert book.kinds().count(EntryKind.EXPIRE) == 1
    book.assert_sound()


def die_at_the_end_of_a_night(book: Book) -> None:
    with merchant_scope(book.merchant.id):
        expire_due(merchant=book.merchant, business_date=DAY, after=None, limit=100)
        raise KeyboardInterrupt


class Crosswise:
    """Random actions of many threads on a few accounts; each success is noted, and the notes must be the balances."""

    def __init__(self, seed: int) -> None:
        self.book = Book()
        self.owners = [self.book.owner, self.book.colleague]
        self.rng = random.Random(seed)
        self.changes = dict.fromkeys(self.owners, 0)
        self.earned: dict[Any, list[Any]] = {owner: [] for owner in self.owners}
        self.noting = Lock()

    def act(self, number: int) -> None:
        with self.noting:
            owner = self.rng.choice(self.owners)
            kind = self.rng.choice(["earn", "earn", "spend", "paid", "adjust", "take_back", "hold", "night"])
            size, day = self.rng.randint(1, 80), DAY + timedelta(days=number // 8)
            earned = self.rng.choice(self.earned[owner] or [None])
        change = getattr(self, f"_{kind}")(owner, size, day, earned)
        with self.noting:
            self.changes[owner] += change

    def _earn(self, owner: Any, size: int, day: Any, earned: Any) -> int:
        transfer = self.book.earn(size, day, owner=owner, valid_days=365)
        self.earned[owner].append(transfer)
        return size

    def _spend(self, owner: Any, size: int, day: Any, earned: Any) -> int:
        return self.book.spend(size, day, owner=owner).transfers[0].change

    def _paid(self, owner: Any, size: int, day: Any, earned: Any) -> int:
        return self.book.spend(size, day, owner=owner, paid=True).transfers[0].change

    def _adjust(self, owner: Any, size: int, day: Any, earned: Any) -> int:
        with merchant_scope(self.book.merchant.id):
            return self.book.adjust(-size, day, owner=owner, actor=SYSTEM).change

    def _take_back(self, owner: Any, size: int, day: Any, earned: Any) -> int:
        return -self.book.take_back([earned], size, day, owner=owner).taken if earned else 0

    def _hold(self, owner: Any, size: int, day: Any, earned: Any) -> int:
        with self.book.locked(day, owner) as account:
            hold = self.book.hold(account, size)
            return self.book.commit(account, hold).change if size % 2 else 0

    def _night(self, owner: Any, size: int, day: Any, earned: Any) -> int:
        with merchant_scope(self.book.merchant.id):
            expire_due(merchant=self.book.merchant, business_date=day - timedelta(days=1), after=None, limit=100)
        return 0


def check_t10(seed: int, actions: int) -> None:
    crosswise = Crosswise(seed)
    ended = outcomes(crosswise.act, actions, workers=8)
    assert set(ended) <= {"ok", "insufficient_points"}, f"seed {seed}: {ended}"
    last_day = DAY + timedelta(days=actions // 8 + 1)
    for owner, change in crosswise.changes.items():
        assert crosswise.book.balance(last_day, owner).points_balance == change, f"seed {seed}"
    crosswise.book.assert_sound()


@pytest.mark.parametrize("seed", [random.randrange(10**6)])
def test_everything_at_once_equals_the_answers(seed: int) -> None:
    """T10: the balances equal the sum of the answers."""
    check_t10(seed, 96)


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_everything_at_once_for_long() -> None:
    seed = random.randrange(10**6)
    for turn in range(20):
        check_t10(seed + turn, 400)
