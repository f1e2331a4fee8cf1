"""Shared codes: one chosen text, such as LEBARAN27, that many people use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from common.errors import BadInput, FieldError
from common.ids import new_id
from common.secrets import encrypt, keyed_hash, normalise_code
from common.text import clean_dashes
from merchants.facts import SYSTEM, Actor, ApprovalDetails, MerchantFacts
from merchants.operations import record_audit
from rewards.coupons.models import Coupon
from rewards.coupons.operations.coupons import UNLIMITED, create_coupon_batch
from rewards.coupons.queries import evenings_of, state_of

_CODE: Final = re.compile(r"[A-Z0-9](-?[A-Z0-9]){3,23}")


def is_shared_code(text: str) -> bool:
    """Return whether the text can be a public code: 4 to 24 letters and digits, single dashes between."""
    return _CODE.fullmatch(clean_dashes(text).upper()) is not None


def create_shared_code(
    *,
    merchant: MerchantFacts,
    text: str,
    title: str,
    definition: Mapping[str, Any],
    at: datetime,
    today: date,
    valid_until: date | None = None,
    max_uses: int | None = None,
    actor: Actor = SYSTEM,
    batch_id: UUID | None = None,
    approval: ApprovalDetails | None = None,
) -> UUID:
    """Create a batch whose only coupon is the chosen text, in either case; at most `max_uses` uses. Return its id.

    Raises CouponsNeedApproval, and BadInput: the text is too short, too long, has other signs, or is a code that
    still counts.
    """
    shown = clean_dashes(text).upper()
    if not is_shared_code(shown):
        message = "Write 4 to 24 letters A-Z and digits; single dashes may stand between them."
        raise BadInput([FieldError("/text", "not_a_code", message)])
    code_hash = keyed_hash(merchant.id, normalise_code(shown))
    _free_the_text(merchant, code_hash, at=at, today=today)
    batch_id = create_coupon_batch(
        merchant=merchant,
        title=title,
        definition=definition,
        at=at,
        valid_until=valid_until,
        max_uses=max_uses or UNLIMITED,
        actor=actor,
        batch_id=batch_id,
        kind="shared",
        approval_id=approval.id if approval else None,
    )
    Coupon.objects.create(
        merchant_id=merchant.id,
        id=new_id(),
        batch_id=batch_id,
        code_hmac=code_hash,
        code_encrypted=encrypt(shown),
        max_uses=max_uses or UNLIMITED,
        valid_until=valid_until,
        issued_at=at,
    )
    record_audit(
        merchant=merchant,
        actor=actor,
        action="coupons.shared_code_made",
        at=at,
        subject=("coupon_batch", batch_id),
        approver_id=approval.decided_by_id if approval else None,
    )
    return batch_id


def _free_the_text(merchant: MerchantFacts, code_hash: bytes, *, at: datetime, today: date) -> None:
    """Free the text of a coupon that is over for a new one; the old coupon keeps its history, not its text."""
    old = (
        Coupon.objects.select_for_update(of=("self",))
        .select_related("batch")
        .filter(merchant_id=merchant.id, code_hmac=code_hash)
        .first()
    )
    if old is None:
        return
    promotion_id = old.batch.promotion_id
    evenings = evenings_of(merchant=merchant, coupons=[(old, promotion_id)], at=at, today=today)
    over = old.state == "cancelled" or old.batch.state == "cancelled"
    if not over and not state_of(old, evening=evenings.get(promotion_id)).is_over(today):
        message = "You have a code of this text already. O counts as 0, I and L count as 1."
        raise BadInput([FieldError("/text", "code_taken", message)])
    Coupon.objects.filter(merchant_id=merchant.id, id=old.id).update(
        code_hmac=keyed_hash(merchant.id, f"retired:{old.id}")
    )
