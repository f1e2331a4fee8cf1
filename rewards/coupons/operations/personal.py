"""Personal coupons: made once, then given one by one, by a campaign, as a reward, for a friend, or by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from common.errors import BadInput, FieldError
from merchants.facts import SYSTEM, Actor, MerchantFacts
from merchants.operations import record_audit
from rewards.coupons.operations.coupons import create_coupon_batch

MOST_VALID_DAYS: Final = 3_650


def create_personal_coupons(
    *,
    merchant: MerchantFacts,
    title: str,
    definition: Mapping[str, Any],
    at: datetime,
    valid_days: int | None = None,
    valid_until: date | None = None,
    max_uses: int = 1,
    actor: Actor = SYSTEM,
) -> UUID:
    """Create a batch of which no coupon exists yet; each counts `valid_days` days from the day it is given.

    Return its id. Raises BadInput: neither days nor a last day, or as many days as no one waits for.
    """
    if valid_days is None and valid_until is None:
        raise BadInput([FieldError("/valid_days", "no_end", "Give the days it is valid, or its last day.")])
    if valid_days is not None and not 1 <= valid_days <= MOST_VALID_DAYS:
        raise BadInput([FieldError("/valid_days", "not_days", f"Give 1 to {MOST_VALID_DAYS} days.")])
    batch_id = create_coupon_batch(
        merchant=merchant,
        title=title,
        definition=definition,
        at=at,
        valid_days=valid_days,
        valid_until=valid_until,
        max_uses=max_uses,
        actor=actor,
    )
    record_audit(
        merchant=merchant,
        actor=actor,
        action="coupons.personal_made",
        at=at,
        subject=("coupon_batch", batch_id),
        after={"title": title},
    )
    return batch_id
