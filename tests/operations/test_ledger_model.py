"""T51: random histories of one account, compared step by step with a model of a hundred lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from common.ids import new_id
from ledger.operations import InsufficientPoints, expire_due, open_account
from merchants.tenancy import merchant_scope
from tests.ledger_book import DAY, Book, noon
from tests.ledger_model import Model

MAX_DEBT, GRACE = 40, 2
SIZE = st.integers(1, 60)
POLICY = st.sampled_from(["only_pending", "within_balance", "debt", "debt"])
WHICH = st.integers(0, 5)
EARN = st.tuples(st.just("earn"), SIZE, st.integers(0, 2), st.integers(0, 5))
STEP = st.one_of(
    EARN,
    st.tuples(st.just("spend"), SIZE),
    st.tuples(st.just("spend_paid"), SIZE),
    st.tuples(st.just("give_back"), WHICH, SIZE),
    st.tuples(st.just("take_back"), WHICH, SIZE, POLICY),
    st.tuples(st.just("hold"), SIZE, st.integers(0, 3)),
    st.tuples(st.just("release"), WHICH),
    st.tuples(st.just("commit"), WHICH),
    st.tuples(st.just("pass_day")),
    st.tuples(st.just("pass_day")),
    st.tuples(st.just("night")),
)
HISTORY = st.builds(
    lambda first, rest: [*first, *rest], st.lists(EARN, min_size=1, max_size=3), st.lists(STEP, min_size=6, max_size=20)
)


class History:
    """Does each step to the ledger and to the model, and compares what both answer."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.book.owner = new_id()
        with merchant_scope(book.merchant.id):
            open_account(merchant=book.merchant, owner_id=book.owner)
        self.model = Model(max_debt=MAX_DEBT)
        self.transfers: dict[int, UUID] = {}
        self.holds: dict[int, UUID] = {}
        self.earned: list[int] = []
        self.spent: list[int] = []
        self.number = 0

    @property
    def today(self) -> Any:
        return DAY + timedelta(days=self.model.day)

    def play(self, step: Sequence[Any]) -> None:
        self.number += 1
        getattr(self, step[0])(*step[1:])
        now = self.book.balance(self.today, at=noon(self.today))
        active = {(day - DAY).days: amount for amount, day in now.expiring}
        pending = {(day - DAY).days: amount for amount, day in now.pending_lots}
        assert (active, pending, now.held, now.debt) == self.model.figures()
        assert (now.available, now.pending) == (sum(active.values()), sum(pending.values()))

    def earn(self, size: int, wait: int, valid: int) -> None:
        self.transfers[self.number] = self.book.earn(size, self.today, pending_days=wait, valid_days=wait + valid)
        self.model.earn(self.number, size, self.model.day + wait, self.model.day + wait + valid)
        self.earned.append(self.number)

    def spend(self, size: int) -> None:
        expected = self.model.spend(self.number, size, paid=False)
        try:
            made = self.book.spend(size, self.today).transfers[0]
        except InsufficientPoints as refused:
            available = refused.facts["available"]
            assert (expected, available) == (None, sum(self.model.figures()[0].values()))
            return
        assert expected == (made.from_debt, made.shortfall) == (0, 0)
        self._spent(made.transfer_id)

    def spend_paid(self, size: int) -> None:
        expected = self.model.spend(self.number, size, paid=True)
        made = self.book.spend(size, self.today, paid=True).transfers[0]
        assert expected == (made.from_debt, made.shortfall)
        self._spent(made.transfer_id)

    def _spent(self, transfer_id: UUID | None) -> None:
        if transfer_id is not None:
            self.transfers[self.number] = transfer_id
            self.spent.append(self.number)

    def give_back(self, which: int, size: int) -> None:
        if not self.spent:
            return
        spent = self.spent[which % len(self.spent)]
        movement = self.model.movements[spent]
        size = min(size, movement.size - movement.undone)
        if size:
            self.model.give_back(self.number, spent, size, GRACE)
            self.book.give_back([self.transfers[spent]], size, self.today, grace_days=GRACE)

    def take_back(self, which: int, size: int, policy: str) -> None:
        if not self.earned:
            return
        earned = self.earned[which % len(self.earned)]
        expected = self.model.take_back(earned, size, policy)
        taken = self.book.take_back([self.transfers[earned]], size, self.today, policy=policy)
        assert expected == (taken.from_lots, taken.from_debt, taken.expired, taken.missing)

    def hold(self, size: int, days: int) -> None:
        expected = self.model.hold(self.number, size, days)
        with self.book.locked(self.today) as account:
            try:
                self.holds[self.number] = self.book.hold(account, size, minutes=days * 24 * 60)
            except InsufficientPoints:
                assert not expected
                return
        assert expected

    def release(self, which: int) -> None:
        if self.model.holds:
            number = sorted(self.model.holds)[which % len(self.model.holds)]
            self.model.release(number)
            with self.book.locked(self.today) as account:
                assert self.book.release(account, self.holds[number])

    def commit(self, which: int) -> None:
        if self.model.holds:
            number = sorted(self.model.holds)[which % len(self.model.holds)]
            self.model.commit(number, self.number)
            with self.book.locked(self.today) as account:
                self._spent(self.book.commit(account, self.holds[number]).transfer_id)

    def pass_day(self) -> None:
        self.model.pass_day()

    def night(self) -> None:
        with merchant_scope(self.book.merchant.id):
            ended = self.today - timedelta(days=1)
            assert expire_due(merchant=self.book.merchant, business_date=ended, after=None, limit=10_000) is None


def play_histories(book: Book, number: int, *, shrink: bool = True, always_the_same: bool = False) -> None:
    @settings(
        max_examples=number,
        derandomize=always_the_same,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, *([Phase.shrink] if shrink else [])],
    )
    @given(HISTORY)
    def play(steps: list[Sequence[Any]]) -> None:
        history = History(book)
        for step in steps:
            history.play(step)

    play()


@pytest.mark.timeout(300)
def test_random_histories_equal_the_model(real_commits: None) -> None:
    book = Book(max_debt_points=MAX_DEBT)
    play_histories(book, 50)
    book.assert_sound()


def test_who_only_looks_sees_that_a_lapsed_hold_has_repaid_debt(real_commits: None) -> None:
    """What the hold released repaid debt on its last day, even if the account was not locked since."""
    history = History(Book(max_debt_points=MAX_DEBT))
    for step in (("earn", 1, 0, 0), ("hold", 1, 0), ("spend_paid", 3), ("earn", 1, 0, 0), ("earn", 1, 0, 0)):
        history.play(step)
    assert history.model.debt == 1
    history.play(("pass_day",))
    assert history.model.debt == 0


def test_a_ledger_that_spends_in_another_order_is_noticed(real_commits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: histories are long and eventful enough to tell one order of lots from another."""
    oldest_first = attrgetter("earned_at", "id")
    monkeypatch.setattr(
        "ledger.operations.postings.active_lots",
        lambda lots, on: sorted((lot for lot in lots if lot.free > 0 and lot.is_active(on)), key=oldest_first),
    )
    with pytest.raises(AssertionError):
        play_histories(Book(max_debt_points=MAX_DEBT), 100, shrink=False, always_the_same=True)


@pytest.mark.proof
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(20))
def test_ten_thousand_random_histories_equal_the_model(real_commits: None, part: int) -> None:
    book = Book(max_debt_points=MAX_DEBT)
    play_histories(book, 500)
    book.assert_sound()
