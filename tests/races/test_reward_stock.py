"""The last piece of a reward wanted by many at once; a hold confirmed while it lapses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg2
import pytest
from django.conf import settings

from common.ids import new_id
from ledger.facts import EntryKind, LotDraft, Posting, Unit
from ledger.operations import lock_account, post
from merchants.tenancy import merchant_scope
from rewards.catalogue.models import Redemption, Reward, StockMovement
from rewards.catalogue.operations import add_reward, confirm_redemption, redeem_reward, reverse_redemption
from rewards.catalogue.operations import redemptions as redeeming_operations
from rewards.invariants import verify
from tests.races.together import Meeting, outcomes
from tests.sales_shop import NOW, SellingShop, open_selling_shop

pytestmark = pytest.mark.usefixtures("real_commits")


@dataclass
class Counter64:
    """A shop with a reward of few pieces and members who can all afford it."""

    shop: SellingShop
    reward_id: UUID
    members: list[UUID]

    @property
    def today(self) -> Any:
        return self.shop.merchant.day_of(NOW)

    def redeem(self, number: int, *, hold: bool = True, at: Any = NOW) -> UUID:
        with merchant_scope(self.shop.merchant.id):
            return self.take(number, hold=hold, at=at)

    def take(self, number: int, *, hold: bool = True, at: Any = NOW) -> UUID:
        """Take one. Needs the scope."""
        return redeem_reward(
            merchant=self.shop.merchant,
            till_id=self.shop.till.id,
            outlet_id=self.shop.outlet.id,
            member_id=self.members[number % len(self.members)],
            reward_id=self.reward_id,
            quantity=1,
            hold=hold,
            at=at,
            business_date=self.today,
        ).id

    def state(self) -> tuple[int | None, Counter[str]]:
        with merchant_scope(self.shop.merchant.id):
            rows = Redemption.objects.filter(merchant_id=self.shop.merchant.id, reward_id=self.reward_id)
            stock = Reward.objects.get(merchant_id=self.shop.merchant.id, id=self.reward_id).stock
            return stock, Counter(rows.values_list("status", flat=True))

    def assert_sound(self) -> None:
        with merchant_scope(self.shop.merchant.id):
            assert verify(merchant=self.shop.merchant) == []


def open_counter(*, pieces: int, members: int = 4, points: int = 1_000) -> Counter64:
    shop = open_selling_shop()
    counter = Counter64(shop, new_id(), [])
    with merchant_scope(shop.merchant.id):
        counter.reward_id = add_reward(merchant=shop.merchant, title="Tas", points=10, stock=pieces, at=NOW)
        for _ in range(members):
            joined = shop.join()
            counter.members.append(joined.id)
            lot = LotDraft(amount=points, available_on=counter.today, expires_on=None, earned_at=NOW)
            account = lock_account(
                merchant=shop.merchant, owner_id=joined.id, unit=Unit.POINTS, business_date=counter.today, at=NOW
            )
            earned = Posting(
                kind=EntryKind.EARN, unit=Unit.POINTS, change=points, source_kind="sale", source_id=new_id(), lot=lot
            )
            post(merchant=shop.merchant, account=account, postings=[earned], at=NOW, business_date=counter.today)
    return counter


def test_the_last_piece_is_held_once() -> None:
    counter = open_counter(pieces=1)
    assert outcomes(counter.redeem, 24) == Counter(ok=1, reward_out_of_stock=23)
    assert counter.state() == (0, Counter(held=1))
    counter.assert_sound()


def test_five_pieces_wanted_by_forty_members_go_to_five() -> None:
    counter = open_counter(pieces=5, members=8)
    assert outcomes(lambda n: counter.redeem(n, hold=bool(n % 2)), 40) == Counter(ok=5, reward_out_of_stock=35)
    assert counter.state()[0] == 0
    counter.assert_sound()


def test_without_the_lock_the_guards_still_let_only_one_piece_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """First half of the negative control: the second line holds alone, but with errors instead of refusals."""
    counter = open_counter(pieces=1, members=8)
    monkeypatch.setattr(redeeming_operations, "_take_stock", read_then_write(Meeting(8)))
    ended = outcomes(counter.redeem, 8, workers=8)
    assert ended == Counter(ok=1, IntegrityError=7)
    counter.assert_sound()


def test_without_lock_and_guards_the_last_piece_goes_more_than_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Second half: without both lines of defence the tests above fail."""
    counter = open_counter(pieces=1, members=8)
    monkeypatch.setattr(redeeming_operations, "_take_stock", read_then_write(Meeting(8)))
    with guards_off(counter):
        assert outcomes(counter.redeem, 8, workers=8) == Counter(ok=8)


def read_then_write(all_have_looked: Meeting) -> Callable[..., Reward]:
    """Do what the row lock replaces: look, and write once everybody has looked."""

    def take_stock(merchant: Any, member: Any, reward_id: UUID, *, quantity: int, **others: Any) -> Reward:
        row = Reward.objects.get(merchant_id=merchant.id, id=reward_id)
        all_have_looked.wait()
        if (row.stock or 0) < quantity:
            raise redeeming_operations.RewardOutOfStock
        row.stock = (row.stock or 0) - quantity
        row.save(update_fields=["stock"])
        return row

    return take_stock


@contextmanager
def guards_off(counter: Counter64) -> Iterator[None]:
    """The triggers on stock are off meanwhile, and the shop's rows of it gone; as the owner, in this test database."""
    owner = psycopg2.connect(settings.DATABASE_OWNER_URL, dbname=settings.DATABASES["default"]["NAME"])
    tables = ("rewards_reward", "rewards_stockmovement")
    with owner.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        owner.commit()
        try:
            yield
        finally:
            merchant_id = counter.shop.merchant.id
            cursor.execute(f"SET LOCAL app.merchant = '{merchant_id}'")
            cursor.execute("DELETE FROM rewards_stockmovement WHERE merchant_id = %s", [merchant_id])
            cursor.execute("UPDATE rewards_reward SET stock = NULL WHERE merchant_id = %s", [merchant_id])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            owner.commit()
    owner.close()


def test_confirmed_and_taken_over_at_the_same_moment_the_piece_goes_once() -> None:
    """The hold has run out: either it is confirmed just before its end, or the piece is free for the next one."""
    counter = open_counter(pieces=1)
    held = counter.redeem(0)
    late = NOW + timedelta(minutes=10, seconds=1)

    def act(number: int) -> None:
        if number % 2:
            counter.redeem(1, hold=False, at=late)
        else:
            with merchant_scope(counter.shop.merchant.id):
                confirm_redemption(
                    merchant=counter.shop.merchant, redemption_id=held, at=late, business_date=counter.today
                )

    ended = outcomes(act, 12, workers=12)
    assert ended["ok"] == 1
    assert ended["redemption_closed"] == 6
    stock, statuses = counter.state()
    assert (stock, statuses) == (0, Counter(lapsed=1, completed=1))
    counter.assert_sound()


def test_confirmed_and_reversed_at_once_it_ends_in_one_state_with_the_books_right() -> None:
    counter = open_counter(pieces=3)
    held = counter.redeem(0)

    def act(number: int) -> None:
        settle = confirm_redemption if number % 2 else reverse_redemption
        with merchant_scope(counter.shop.merchant.id):
            settle(merchant=counter.shop.merchant, redemption_id=held, at=NOW, business_date=counter.today)

    outcomes(act, 8, workers=8)
    stock, statuses = counter.state()
    assert (stock, statuses) == (3, Counter(reversed=1))
    with merchant_scope(counter.shop.merchant.id):
        moves = StockMovement.objects.filter(merchant_id=counter.shop.merchant.id, redemption_id=held)
        assert sorted(moves.values_list("kind", "change")) == [("given_back", 1), ("taken", -1)]
    counter.assert_sound()
