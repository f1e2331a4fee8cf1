"""Giving back what was spent and taking back what was earned (C2, T44 to T49)."""

from datetime import date, timedelta
from itertools import permutations
from uuid import UUID

import pytest

from common.errors import Missing
from common.ids import new_id
from ledger.facts import EntryKind
from ledger.operations import InsufficientPoints, ReturnExceedsSpent
from merchants.tenancy import merchant_scope
from tests.ledger_book import DAY, Book, earning, figures

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> Book:
    return Book()


def after(days: int) -> date:
    return DAY + timedelta(days=days)


class TestGivingBack:
    def test_points_return_to_the_lots_they_came_from(self, book: Book) -> None:
        book.earn(30, valid_days=100)
        book.earn(50, valid_days=200)
        before = book.balance()
        spent = book.spend(60).transfer_ids
        returned = book.give_back(spent, 60, after(5))
        assert (returned.to_lots, returned.to_grace) == (60, 0)
        assert book.balance() == before
        book.assert_sound()

    @pytest.mark.parametrize("parts", sorted(set(permutations([10, 20, 33]))))
    def test_partial_returns_add_up_to_the_full_one_in_any_order(self, book: Book, parts: tuple[int, ...]) -> None:
        book.earn(30, valid_days=100)
        book.earn(50, valid_days=200)
        before = book.balance()
        spent = book.spend(63).transfer_ids
        for day, part in enumerate(parts):
            book.give_back(spent, part, after(day))
        assert book.balance() == before
        with pytest.raises(ReturnExceedsSpent) as refused:
            book.give_back(spent, 1, after(9))
        assert refused.value.facts == {"returnable": 0, "asked": 1}
        book.assert_sound()

    def test_a_lot_whose_day_has_passed_is_replaced_by_a_grace_lot(self, book: Book) -> None:
        book.earn(30, valid_days=10)
        book.earn(50, valid_days=200)
        spent = book.spend(40).transfer_ids
        returned = book.give_back(spent, 40, after(11))
        assert (returned.to_lots, returned.to_grace) == (10, 30)
        assert book.balance(after(11)).expiring == ((30, after(41)), (50, after(200)))
        book.assert_sound()

    def test_on_its_last_day_a_lot_still_takes_its_points_back(self, book: Book) -> None:
        book.earn(30, valid_days=10)
        spent = book.spend(30).transfer_ids
        assert book.give_back(spent, 30, after(10)).to_lots == 30
        book.assert_sound()

    def test_what_debt_had_paid_repays_the_debt(self, book: Book) -> None:
        book.earn(10)
        spent = book.spend(25, paid=True).transfer_ids
        assert book.balance().debt == 15
        book.give_back(spent, 20)
        assert figures(book.balance()) == (5, 0, 0, 0)
        book.give_back(spent, 5)
        assert figures(book.balance()) == (10, 0, 0, 0)
        book.assert_sound()

    def test_what_debt_had_paid_and_earnings_repaid_comes_as_a_grace_lot(self, book: Book) -> None:
        spent = book.spend(15, paid=True).transfer_ids
        book.earn(15)
        returned = book.give_back(spent, 15, after(3))
        assert (returned.to_lots, returned.to_grace) == (0, 15)
        assert book.balance(after(3)).expiring == ((15, after(33)),)
        book.assert_sound()

    def test_the_last_of_several_redemptions_comes_back_first(self, book: Book) -> None:
        book.earn(100)
        first, second = book.spend(10).transfer_ids, book.spend(20).transfer_ids
        book.give_back(first + second, 25)
        with pytest.raises(ReturnExceedsSpent):
            book.give_back(second, 1)
        book.give_back(first, 5)
        book.assert_sound()

    def test_an_unknown_transfer_is_missing(self, book: Book) -> None:
        with pytest.raises(Missing):
            book.give_back([new_id()], 5)

    def test_a_strangers_transfer_is_missing(self, book: Book) -> None:
        stranger = Book("Toko Sebelah")
        stranger.earn(10)
        with pytest.raises(Missing):
            book.give_back(stranger.spend(10).transfer_ids, 5)

    def test_a_colleagues_transfer_is_a_mistake_of_the_caller(self, book: Book) -> None:
        book.earn(10, owner=book.colleague)
        with pytest.raises(ValueError, match="another account"):
            book.give_back(book.spend(10, owner=book.colleague).transfer_ids, 5)


class TestTakingBack:
    def test_earned_spent_refunded_leaves_a_debt_that_the_next_earning_repays(self, book: Book) -> None:
        """T44."""
        earned = book.earn(100)
        book.spend(100)
        taken = book.take_back([earned], 100)
        assert (taken.from_lots, taken.from_debt, taken.missing) == (0, 100, 0)
        assert book.balance().points_balance == -100
        book.earn(60)
        assert figures(book.balance()) == (0, 0, 0, 40)
        with pytest.raises(InsufficientPoints):
            book.spend(1)
        book.assert_sound()

    def test_its_own_lot_first_then_active_lots_then_pending_ones(self, book: Book) -> None:
        soon = book.earn(50, valid_days=20)
        own = book.earn(40, valid_days=300)
        late = book.earn(30, pending_days=9)
        book.spend(60)
        assert self.remaining(book) == {own: 30, late: 30}
        book.earn(25, valid_days=10)
        taken = book.take_back([own], 40)
        assert taken.from_lots == 40
        assert sorted(self.remaining(book).values()) == [15, 30]
        assert soon not in self.remaining(book)
        book.assert_sound()

    def test_pending_points_of_others_come_before_debt(self, book: Book) -> None:
        own = book.earn(40)
        book.spend(40)
        book.earn(30, pending_days=9)
        taken = book.take_back([own], 40)
        assert (taken.from_lots, taken.from_debt) == (30, 10)
        book.assert_sound()

    def test_held_points_are_never_taken(self, book: Book) -> None:
        own = book.earn(40)
        hold = hold_points(book, 30)
        taken = book.take_back([own], 40)
        assert (taken.from_lots, taken.from_debt) == (10, 30)
        assert figures(book.balance()) == (0, 0, 30, 30)
        book.assert_sound()
        release(book, hold)
        assert figures(book.balance()) == (0, 0, 0, 0)
        book.assert_sound()

    def test_what_waits_behind_a_hold_to_expire_is_as_good_as_expired(self, book: Book) -> None:
        """40 of its own lot are past their day and wait only for the hold of the other 60: they are not owed again."""
        own = book.earn(100, valid_days=0)
        first, last = (hold_points(book, amount, days=3) for amount in (40, 60))
        release(book, first)
        taken = book.take_back([own], 100, after(1))
        assert (taken.from_lots, taken.from_debt, taken.expired) == (0, 60, 40)
        with book.locked(after(1)) as account:
            book.commit(account, last)
        assert book.balance(after(1)).points_balance == -60
        book.assert_sound()

    def test_what_waits_behind_a_hold_in_other_lots_changes_nothing(self, book: Book) -> None:
        own = book.earn(100, valid_days=0)
        book.earn(30, valid_days=1)
        first, last = (hold_points(book, amount, days=3) for amount in (40, 70))
        release(book, first)
        taken = book.take_back([own], 100, after(2))
        assert (taken.from_lots, taken.from_debt, taken.expired) == (0, 60, 40)
        with book.locked(after(2)) as account:
            book.commit(account, last)
        assert book.balance(after(2)).points_balance == -60
        book.assert_sound()

    @pytest.mark.parametrize(
        ("policy", "expected"), [("only_pending", (15, 0, 45)), ("within_balance", (35, 0, 25)), ("debt", (35, 25, 0))]
    )
    def test_the_merchants_policy_says_how_far(self, book: Book, policy: str, expected: tuple[int, int, int]) -> None:
        mature = book.earn(45)
        fresh = book.earn(15, pending_days=14)
        book.spend(25)
        taken = book.take_back([mature, fresh], 60, policy=policy)
        assert (taken.from_lots, taken.from_debt, taken.missing) == expected
        book.assert_sound()

    def test_debt_never_passes_the_merchants_limit(self) -> None:
        book = Book(max_debt_points=30)
        own = book.earn(100)
        book.spend(100)
        taken = book.take_back([own], 100)
        assert (taken.from_debt, taken.missing) == (30, 70)
        book.assert_sound()

    def test_what_has_expired_from_its_own_lot_is_not_taken_again(self, book: Book) -> None:
        """T46."""
        own = book.earn(100, valid_days=10)
        book.spend(30)
        taken = book.take_back([own], 100, after(11))
        assert (taken.from_lots, taken.from_debt, taken.expired) == (0, 30, 70)
        assert book.balance(after(11)).points_balance == -30
        book.assert_sound()

    def test_expired_between_two_part_refunds(self, book: Book) -> None:
        own = book.earn(100, valid_days=10)
        assert book.take_back([own], 50).taken == 50
        taken = book.take_back([own], 50, after(11))
        assert (taken.taken, taken.expired) == (0, 50)
        assert book.balance(after(11)).points_balance == 0
        book.assert_sound()

    @pytest.mark.parametrize("parts", sorted(set(permutations([10, 33, 57]))))
    def test_part_refunds_add_up_in_any_order(self, book: Book, parts: tuple[int, ...]) -> None:
        """T45, the ledger's half: nothing is lost or taken twice whatever the order."""
        own = book.earn(100)
        book.spend(40)
        assert sum(book.take_back([own], part, after(day)).taken for day, part in enumerate(parts)) == 100
        assert book.balance(after(4)).points_balance == -40
        assert book.take_back([own], 10, after(5)).missing == 10
        book.assert_sound()

    def test_buy_earn_refund_many_times_leaves_nothing(self, book: Book) -> None:
        """T49."""
        book.earn(7)
        for _ in range(100):
            book.take_back([book.earn(50)], 50)
        assert figures(book.balance()) == (7, 0, 0, 0)
        book.assert_sound()

    def test_spend_earn_void_many_times_leaves_nothing(self, book: Book) -> None:
        book.earn(60)
        for _ in range(20):
            spent, earned = book.spend(60).transfer_ids, book.earn(50)
            book.give_back(spent, 60, kind=EntryKind.VOID)
            book.take_back([earned], 50, kind=EntryKind.VOID)
        assert figures(book.balance()) == (60, 0, 0, 0)
        book.assert_sound()

    @staticmethod
    def remaining(book: Book) -> dict[UUID, int]:
        with book.locked() as account:
            return {lot.transfer_id: lot.remaining for lot in account.lots.values() if lot.remaining}


def hold_points(book: Book, amount: int, *, days: int = 1) -> UUID:
    with book.locked() as account:
        return book.hold(account, amount, minutes=days * 24 * 60)


def release(book: Book, hold: UUID) -> None:
    with book.locked() as account:
        book.release(account, hold)


def test_every_way_of_earning_can_be_spent_by_every_way_of_spending(book: Book) -> None:
    """T48."""
    ways_in = [EntryKind.EARN, EntryKind.BONUS, EntryKind.CASHBACK, EntryKind.TOP_UP, EntryKind.TRANSFER]
    for kind in ways_in:
        with book.locked() as account:
            book.post(account, earning(30, kind=kind))
        book.spend(10)
        with book.locked() as account:
            book.commit(account, book.hold(account, 10))
        with merchant_scope(book.merchant.id):
            book.adjust(-10)
        assert figures(book.balance()) == (0, 0, 0, 0), kind
    book.assert_sound()
