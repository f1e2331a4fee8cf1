"""Codes made in advance, shared codes, cancelled batches: what exists, what counts, what can be read again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

from common import secrets
from common.errors import BadInput, Missing
from common.ids import new_id
from merchants.facts import SYSTEM, JobFacts, JobState
from merchants.operations import JobStopped, cancel_job, claim_job
from merchants.queries import jobs_by_id
from merchants.tasks import JobRun, run_jobs
from merchants.tenancy import merchant_scope, refusable
from rewards.coupons.models import Coupon, CouponBatch
from rewards.coupons.operations import (
    BatchNotOpen,
    CodesNotMissing,
    CouponNotUsable,
    cancel_batch,
    coupon_codes,
    create_shared_code,
    make_codes,
    order_codes,
    resume_codes,
)
from rewards.coupons.queries import check_code, coupon_batch
from rewards.invariants import verify
from rewards.tasks import make_ordered_codes
from tests.sales_shop import NOW, SellingShop, open_selling_shop

pytestmark = pytest.mark.django_db
TEN_PERCENT = {"kind": "percent_off", "value": 10}
TODAY = NOW.date()


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        yield opened


def order(shop: SellingShop, count: int, **fields: Any) -> Any:
    return order_codes(merchant=shop.merchant, title="Selebaran", definition=TEN_PERCENT, count=count, at=NOW, **fields)


def make(shop: SellingShop, batch_id: Any, limit: int = 100) -> int | None:
    return make_codes(merchant=shop.merchant, batch_id=batch_id, at=NOW, limit=limit)


def check_symbol(symbols: str) -> str:
    """Return the modulo-32 check symbol that belongs to a code's first symbols."""
    weighted = sum((2 * place + 1) * secrets.CROCKFORD.index(symbol) for place, symbol in enumerate(symbols, start=1))
    return secrets.CROCKFORD[weighted % 32]


def codes_of(shop: SellingShop, batch_id: Any) -> list[str]:
    rows = Coupon.objects.filter(merchant_id=shop.merchant.id, batch_id=batch_id).order_by("id")
    return [secrets.decrypt(copy) for copy in rows.values_list("code_encrypted", flat=True)]


def test_a_batch_is_made_chunk_by_chunk_to_the_last_code(shop: SellingShop) -> None:
    batch_id = order(shop, 250)
    assert [make(shop, batch_id) for _ in range(4)] == [150, 50, 0, None]
    codes = codes_of(shop, batch_id)
    assert len(set(codes)) == 250
    assert all(check_symbol(code[:12]) == code[12] for code in codes)
    batch = CouponBatch.objects.get(merchant_id=shop.merchant.id, id=batch_id)
    assert (batch.state, batch.made, batch.ordered) == ("ready", 250, 250)
    assert shop.sell(coupon_codes=(codes[0],)).outcome.discount_amount == 10_100
    assert verify(merchant=shop.merchant) == []


def test_a_chunk_that_dies_leaves_neither_codes_nor_count(shop: SellingShop) -> None:
    batch_id = order(shop, 250)
    make(shop, batch_id)

    def die() -> None:
        make(shop, batch_id)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError), refusable():
        die()
    assert len(codes_of(shop, batch_id)) == 100
    assert [make(shop, batch_id) for _ in range(3)] == [50, 0, None]
    assert len(set(codes_of(shop, batch_id))) == 250


def test_a_code_that_exists_already_is_made_up_for(shop: SellingShop, monkeypatch: pytest.MonkeyPatch) -> None:
    batch_id = order(shop, 30)
    first = secrets.new_typed_codes(20)
    monkeypatch.setattr(coupon_codes, "new_typed_codes", lambda count: first[:count])
    assert make(shop, batch_id, 20) == 10
    assert make(shop, batch_id, 20) == 10, "ten codes that exist"
    monkeypatch.undo()
    assert make(shop, batch_id, 20) == 0
    assert len(set(codes_of(shop, batch_id))) == 30


def test_workers_make_exactly_the_codes_ordered(shop: SellingShop) -> None:
    for count in (0, 1_000_001):
        with pytest.raises(BadInput) as refused:
            order(shop, count)
        assert refused.value.errors[0].pointer == "/count"


def test_a_cancelled_batch_stops_its_making_and_its_codes(shop: SellingShop) -> None:
    batch_id = order(shop, 250, max_uses=2)
    make(shop, batch_id)
    used, unused = codes_of(shop, batch_id)[:2]
    for _ in range(2):
        shop.sell(coupon_codes=(used,))
    cancel_batch(merchant=shop.merchant, batch_id=batch_id, at=NOW, actor=SYSTEM)
    assert make(shop, batch_id) is None
    with pytest.raises(CouponNotUsable) as refused, refusable():
        shop.sell(coupon_codes=(unused,))
    assert refused.value.facts["coupons"][0]["reason"] == "cancelled"
    checks = [check_code(merchant=shop.merchant, code=code, at=NOW, today=TODAY) for code in (used, unused)]
    assert [(check.coupon.status if check.coupon else None) for check in checks] == ["redeemed", "cancelled"]
    with pytest.raises(BatchNotOpen):
        cancel_batch(merchant=shop.merchant, batch_id=batch_id, at=NOW, actor=SYSTEM)
    with pytest.raises(Missing):
        cancel_batch(merchant=shop.merchant, batch_id=new_id(), at=NOW, actor=SYSTEM)
    assert verify(merchant=shop.merchant) == []


# --- by a job -------------------------------------------------------------------------------------------------------


@pytest.fixture
def unscoped_shop(monkeypatch: pytest.MonkeyPatch) -> SellingShop:
    """A shop whose workers make a hundred codes a chunk, each in a scope of its own."""
    monkeypatch.setattr("rewards.tasks.make_codes", partial(make_codes, limit=100))
    return open_selling_shop()


def order_alone(shop: SellingShop, count: int) -> Any:
    with merchant_scope(shop.merchant.id):
        return order(shop, count)


def stand_of(shop: SellingShop, batch_id: Any) -> tuple[str, int, JobFacts]:
    """(the batch's state, how many codes exist, the job that makes them)"""
    with merchant_scope(shop.merchant.id):
        batch = coupon_batch(merchant=shop.merchant, batch_id=batch_id)
        assert batch.job_id is not None
        job = jobs_by_id(merchant=shop.merchant, job_ids=[batch.job_id])[batch.job_id]
        assert batch.made == len(codes_of(shop, batch_id))
        assert verify(merchant=shop.merchant) == []
        return batch.state, batch.made, job


def test_an_order_is_a_job_that_is_over_with_the_last_code(unscoped_shop: SellingShop) -> None:
    batch_id = order_alone(unscoped_shop, 250)
    assert stand_of(unscoped_shop, batch_id)[2].state is JobState.WAITING
    assert run_jobs(merchant=unscoped_shop.merchant, clock=lambda: NOW) == 1
    state, made, job = stand_of(unscoped_shop, batch_id)
    assert (state, made, job.state, job.done, job.total) == ("ready", 250, JobState.DONE, 250, 250)


def test_a_job_that_is_stopped_leaves_its_codes_and_another_makes_the_rest(unscoped_shop: SellingShop) -> None:
    shop = unscoped_shop
    batch_id = order_alone(shop, 250)
    job_id = stand_of(shop, batch_id)[2].id

    calls: list[int] = []

    def cancel_after_two_chunks() -> datetime:
        """The clock is read when the job is claimed and at the beginning of each chunk."""
        calls.append(len(calls))
        if len(calls) == 4:
            assert stand_of(shop, batch_id)[1] == 200
            with merchant_scope(shop.merchant.id):
                cancel_job(merchant=shop.merchant, job_id=job_id, at=NOW, actor=SYSTEM)
        return NOW

    run_jobs(merchant=shop.merchant, clock=cancel_after_two_chunks)
    state, made, job = stand_of(shop, batch_id)
    assert (state, made, job.state, job.done) == ("partial", 200, JobState.CANCELLED, 200), "the third was undone"
    with merchant_scope(shop.merchant.id):
        shop.sell(coupon_codes=(codes_of(shop, batch_id)[0],))
        second = resume_codes(merchant=shop.merchant, batch_id=batch_id, at=NOW, actor=SYSTEM)
        with pytest.raises(CodesNotMissing):
            resume_codes(merchant=shop.merchant, batch_id=batch_id, at=NOW, actor=SYSTEM)
    run_jobs(merchant=shop.merchant, clock=lambda: NOW)
    state, made, job = stand_of(shop, batch_id)
    assert (state, made, job.id, job.done, job.total) == ("ready", 250, second, 250, 250)
    with merchant_scope(shop.merchant.id), pytest.raises(CodesNotMissing):
        resume_codes(merchant=shop.merchant, batch_id=batch_id, at=NOW, actor=SYSTEM)


def test_a_worker_that_was_overtaken_leaves_no_code(unscoped_shop: SellingShop) -> None:
    shop = unscoped_shop
    batch_id = order_alone(shop, 250)
    with merchant_scope(shop.merchant.id):
        slow = claim_job(merchant=shop.merchant, at=NOW)
        assert slow is not None
        claim_job(merchant=shop.merchant, at=NOW + timedelta(minutes=2))
    with pytest.raises(JobStopped):
        make_ordered_codes(JobRun(shop.merchant, slow, lambda: NOW))
    assert stand_of(shop, batch_id)[1] == 0


def test_cancelling_the_batch_ends_its_job(unscoped_shop: SellingShop) -> None:
    shop = unscoped_shop
    batch_id = order_alone(shop, 250)
    with merchant_scope(shop.merchant.id):
        cancel_batch(merchant=shop.merchant, batch_id=batch_id, at=NOW, actor=SYSTEM)
    assert run_jobs(merchant=shop.merchant, clock=lambda: NOW) == 0
    state, made, job = stand_of(shop, batch_id)
    assert (state, made, job.state) == ("cancelled", 0, JobState.CANCELLED)
    with merchant_scope(shop.merchant.id), pytest.raises(BatchNotOpen):
        resume_codes(merchant=shop.merchant, batch_id=batch_id, at=NOW, actor=SYSTEM)


# --- shared codes ---------------------------------------------------------------------------------------------------


def share(shop: SellingShop, text: str, **fields: Any) -> Any:
    definition = {**TEN_PERCENT, **fields.pop("definition", {})}
    return create_shared_code(
        merchant=shop.merchant, text=text, title="Lebaran", definition=definition, at=NOW, today=TODAY, **fields
    )


def test_a_shared_code_is_used_by_many_in_any_case(shop: SellingShop) -> None:
    batch_id = share(shop, " lebaran27 ")
    assert codes_of(shop, batch_id) == ["LEBARAN27"]
    for text in ("LEBARAN27", "lebaran27", "Lebaran-27", "LEBARAN 27"):
        assert shop.sell(coupon_codes=(text,)).outcome.discount_amount == 10_100
    row = Coupon.objects.get(merchant_id=shop.merchant.id, batch_id=batch_id)
    assert row.committed == 4
    assert verify(merchant=shop.merchant) == []


def test_a_shared_code_ends_with_its_own_limit_and_with_the_members(shop: SellingShop) -> None:
    share(shop, "TIGA", max_uses=3, definition={"usage": {"per_member_limit": 1}, "when": {"members_only": True}})
    siti, budi, ayu, dewi = (shop.join() for _ in range(4))
    shop.sell(coupon_codes=("TIGA",), member=siti)
    for member, reason in ((siti, "per_member_limit_reached"), (None, "member_required")):
        with pytest.raises(CouponNotUsable) as refused, refusable():
            shop.sell(coupon_codes=("TIGA",), member=member)
        assert refused.value.facts["coupons"][0]["reason"] == reason
    for member in (budi, ayu):
        shop.sell(coupon_codes=("TIGA",), member=member)
    with pytest.raises(CouponNotUsable) as refused, refusable():
        shop.sell(coupon_codes=("TIGA",), member=dewi)
    assert refused.value.facts["coupons"][0]["reason"] == "usage_limit_reached"


@pytest.mark.parametrize("text", ["", "ABC", "A" * 25, "LEBARAN!", "LE--BARAN", "-LEBARAN", "LÉBARAN", "LEBARAN\n27"])
def test_a_text_that_cannot_be_typed_is_refused(shop: SellingShop, text: str) -> None:
    with pytest.raises(BadInput) as refused:
        share(shop, text)
    assert (refused.value.errors[0].pointer, refused.value.errors[0].code) == ("/text", "not_a_code")


def test_a_text_is_given_out_once_as_long_as_it_counts(shop: SellingShop) -> None:
    first = share(shop, "LEBARAN27")
    for text in ("lebaran27", "LEBARAN-27", "1EBARAN27"):
        with pytest.raises(BadInput) as refused:
            share(shop, text)
        assert refused.value.errors[0].code == "code_taken"
    cancel_batch(merchant=shop.merchant, batch_id=first, at=NOW, actor=SYSTEM)
    second = share(shop, "LEBARAN27", valid_until=TODAY - timedelta(days=1))
    third = share(shop, "LEBARAN27")
    assert [codes_of(shop, batch) for batch in (first, second, third)] == [["LEBARAN27"]] * 3
    assert check_code(merchant=shop.merchant, code="LEBARAN27", at=NOW, today=TODAY).usable
    assert verify(merchant=shop.merchant) == []


def test_the_same_code_twice_in_one_cart_acts_once(shop: SellingShop) -> None:
    share(shop, "LEBARAN27")
    with pytest.raises(CouponNotUsable) as refused, refusable():
        shop.sell(coupon_codes=("LEBARAN27", "lebaran-27"))
    assert refused.value.facts["coupons"] == [{"code": "lebaran-27", "reason": "not_combinable"}]


# --- at rest --------------------------------------------------------------------------------------------------------


def test_a_copy_that_was_tampered_with_is_not_read() -> None:
    copy = secrets.encrypt("K7QH2M4TX9CDR")
    assert secrets.decrypt(memoryview(copy)) == "K7QH2M4TX9CDR"
    assert copy != secrets.encrypt("K7QH2M4TX9CDR")
    for position in range(len(copy)):
        broken = bytearray(copy)
        broken[position] ^= 1
        with pytest.raises(InvalidTag):
            secrets.decrypt(bytes(broken))


def test_hashes_in_bulk_are_the_same_hashes() -> None:
    merchant_id, codes = new_id(), secrets.new_typed_codes(50)
    assert secrets.keyed_hashes(merchant_id, codes) == [secrets.keyed_hash(merchant_id, code) for code in codes]
    assert len({symbol for code in secrets.new_typed_codes(500) for symbol in code}) == 32
