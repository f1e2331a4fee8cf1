"""The coupon batches of a shop, taken over into its sandbox: shared codes work, codes made for people do not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from common.copies import rows_of, write_copies
from common.secrets import decrypt, keyed_hash, normalise_code
from merchants.facts import MerchantFacts
from rewards.coupons.models import Coupon, CouponBatch


def batch_rows(*, merchant: MerchantFacts) -> list[Any]:
    """Return the batches, and of shared ones the code that counts."""
    batches = rows_of(CouponBatch, merchant.id)
    shared = [batch.id for batch in batches if batch.kind == "shared"]
    codes = rows_of(Coupon, merchant.id, batch_id__in=shared, state="issued")
    current = [
        code
        for code in codes
        if bytes(code.code_hmac) == keyed_hash(merchant.id, normalise_code(decrypt(code.code_encrypted)))
    ]
    return [*batches, *current]


def copy_batches(*, merchant: MerchantFacts, rows: Sequence[Any]) -> None:
    """Write a shop's batches as the sandbox's: no code of them was made or used there, each is issued by itself."""
    for row in rows:
        if isinstance(row, Coupon):
            row.code_hmac = keyed_hash(merchant.id, normalise_code(decrypt(row.code_encrypted)))
        elif row.kind == "codes":
            row.kind, row.state = "issued", "ready"
    unused = {"committed": 0, "reserved": 0}
    theirs = {"ordered": 0, "made": 0, "job_id": None, "approval_id": None, "alone_limit_amount": None}
    write_copies(merchant.id, rows, {CouponBatch: theirs, Coupon: unused})
