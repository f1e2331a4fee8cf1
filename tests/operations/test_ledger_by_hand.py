"""Adjustments and write-offs: reason, role limits, approval, audit (I24, T78)."""

from typing import Any
from uuid import UUID

import pytest

from common.errors import BadInput, NotPermitted
from ledger.facts import EntryKind, Unit
from ledger.operations import AdjustmentNeedsApproval, ApproverNotAllowed, InsufficientPoints, write_off_debt
from merchants.facts import SYSTEM, Actor, Role
from merchants.operations import add_staff, create_user
from merchants.queries import audit_entries
from merchants.tenancy import merchant_scope
from tests.ledger_book import DAY, Book, figures, noon

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> Book:
    return Book()


def staff(book: Book, role: Role, name: str) -> Actor:
    with merchant_scope(book.merchant.id):
        user = create_user(email=f"{name}@kopi.example", name=name, password=None, language="id")
        add_staff(merchant=book.merchant, user_id=user.id, role=role, at=noon(DAY), actor=SYSTEM)
    return Actor(user_id=user.id, label=user.email, role=role)


def adjust(book: Book, change: int, actor: Actor, **options: Any) -> UUID | None:
    with merchant_scope(book.merchant.id):
        return book.adjust(change, actor=actor, **options).transfer_id


def test_added_points_expire_like_earned_ones_and_leave_an_audit_entry(book: Book) -> None:
    care = staff(book, Role.CARE, "care")
    transfer_id = adjust(book, 200, care, reason=" Kopi tumpah ", note="Maaf")
    assert book.balance().expiring == ((200, DAY.replace(year=2027)),)
    assert transfer_id is not None
    with merchant_scope(book.merchant.id):
        (entry,) = audit_entries(merchant=book.merchant, subject_kind="transfer", subject_id=transfer_id)
    assert entry.after is not None
    assert (entry.actor_id, entry.reason, entry.after["change"]) == (care.user_id, "Kopi tumpah", 200)
    book.assert_sound()


def test_taking_stops_at_what_is_available(book: Book) -> None:
    care = staff(book, Role.CARE, "care")
    book.earn(50)
    book.earn(50, pending_days=3)
    with pytest.raises(InsufficientPoints):
        adjust(book, -51, care)
    adjust(book, -50, care)
    assert figures(book.balance()) == (0, 50, 0, 0)
    book.assert_sound()


def test_eleven_grants_of_five_hundred(book: Book) -> None:
    """T78: ten fit the day of a care agent; the eleventh needs another person, on any account."""
    care = staff(book, Role.CARE, "care")
    for turn in range(10):
        adjust(book, 500, care, owner=book.owner if turn % 2 else book.colleague)
    with pytest.raises(AdjustmentNeedsApproval) as refused:
        adjust(book, 500, care)
    assert refused.value.facts == {"limit": 500, "day_limit": 5_000, "used": 5_000}
    adjust(book, 1, care, day=DAY.replace(day=DAY.day + 1))


def test_too_much_at_once_needs_an_approver(book: Book) -> None:
    care, manager, agent = (
        staff(book, role, name) for role, name in [(Role.CARE, "care"), (Role.MANAGER, "manager"), (Role.CARE, "agent")]
    )
    with pytest.raises(AdjustmentNeedsApproval):
        adjust(book, 501, care)
    for nobody in (care.user_id, agent.user_id):
        with pytest.raises(ApproverNotAllowed):
            adjust(book, 501, care, approver_id=nobody)
    adjust(book, 501, care, approver_id=manager.user_id)
    assert book.balance().available == 501
    book.assert_sound()


def test_a_strangers_manager_approves_nothing(book: Book) -> None:
    care = staff(book, Role.CARE, "care")
    foreign = staff(Book("Toko Sebelah"), Role.OWNER, "stranger")
    with pytest.raises(ApproverNotAllowed):
        adjust(book, 501, care, approver_id=foreign.user_id)


@pytest.mark.parametrize("role", [Role.CASHIER, Role.MARKETER, Role.ANALYST, None])
def test_other_roles_move_nothing_by_hand(book: Book, role: Role | None) -> None:
    with pytest.raises(NotPermitted):
        adjust(book, 1, Actor(user_id=book.owner, label="somebody", role=role))


@pytest.mark.parametrize(("change", "reason"), [(0, "why"), (10**12 + 1, "why"), (5, ""), (5, "  ")])
def test_nothing_huge_or_unexplained(book: Book, change: int, reason: str) -> None:
    with pytest.raises(BadInput):
        adjust(book, change, SYSTEM, reason=reason)


def test_the_largest_figure_still_adds_up(book: Book) -> None:
    adjust(book, 10**12, SYSTEM)
    adjust(book, 10**12, SYSTEM)
    book.spend(10**12)
    assert book.balance().available == 10**12
    book.assert_sound()


def test_a_write_off_forgives_no_more_than_is_owed(book: Book) -> None:
    book.spend(40, paid=True)
    manager = staff(book, Role.MANAGER, "manager")

    def write_off(amount: int) -> int:
        with merchant_scope(book.merchant.id):
            return write_off_debt(
                merchant=book.merchant,
                owner_id=book.owner,
                unit=Unit.POINTS,
                amount=amount,
                reason="goodwill",
                actor=manager,
                at=noon(DAY),
                business_date=DAY,
            ).change

    assert write_off(30) == 30
    assert figures(book.balance()) == (0, 0, 0, 10)
    assert write_off(30) == 10
    assert write_off(30) == 0
    assert figures(book.balance()) == (0, 0, 0, 0)
    assert book.kinds() == [EntryKind.WRITE_OFF, EntryKind.WRITE_OFF, EntryKind.REDEEM]
    with pytest.raises(BadInput):
        write_off(-5)
    book.assert_sound()
