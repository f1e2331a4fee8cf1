"""The codes of a batch as a file: its rows, and the job that writes a long one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from merchants.facts import MerchantFacts
from merchants.tasks import JobRun
from merchants.tenancy import merchant_scope
from rewards.coupons.facts import BatchFacts
from rewards.coupons.queries import codes_of_batch, coupon_batch

COUPON_FILE: Final = "coupon_file"
BATCH_ROWS: Final = 5_000


@dataclass(frozen=True)
class CouponFile:
    """What a job of this kind is asked for: the batch."""

    batch_id: UUID

    def to_json(self) -> dict[str, str]:
        return {"batch_id": str(self.batch_id)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CouponFile:
        return cls(UUID(data["batch_id"]))


def write_codes(run: JobRun) -> None:
    """Write the file that a job asks for; codes that are made meanwhile are in it too."""
    asked = CouponFile.from_json(run.job.parameters)
    with merchant_scope(run.merchant.id):
        batch = coupon_batch(merchant=run.merchant, batch_id=asked.batch_id)
    run.write_file(
        name=file_name(batch), head=lambda at: head_rows(), batch=code_batches(run.merchant, batch), total=batch.made
    )


def file_name(batch: BatchFacts) -> str:
    return f"coupons-{batch.created_at:%Y%m%d}.csv"


def head_rows() -> list[list[str]]:
    return [["code", "title", "state", "valid_until"]]


def code_batches(
    merchant: MerchantFacts, batch: BatchFacts
) -> Callable[[str | None], tuple[list[list[str]], str | None]]:
    """Return the function that gives the next rows, in the order of making, and the cursor behind them."""
    last_day = batch.valid_until.isoformat() if batch.valid_until else ""

    def rows_after(after: str | None) -> tuple[list[list[str]], str | None]:
        found = codes_of_batch(
            merchant=merchant, batch_id=batch.id, after=UUID(after) if after else None, limit=BATCH_ROWS
        )
        rows = [[code, batch.title, state, last_day] for _, code, state in found]
        return rows, str(found[-1][0]) if len(found) == BATCH_ROWS else None

    return rows_after
