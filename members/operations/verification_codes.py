"""One-time codes that a member's card page shows: who reads one out holds the member's own page in their hands."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from common.errors import Refusal
from common.secrets import keyed_hash
from common.text import clean_code
from members.facts import VerificationCodeFacts
from members.models import VerificationCode
from merchants.facts import MerchantFacts

CODE_VALID_FOR: Final = timedelta(minutes=5)


class VerificationRequired(Refusal):
    """The points are above the merchant's limit and no valid code came with them.

    `reason`: "code_missing", or "code_wrong" for one that is wrong, used, replaced or too old.
    """

    code = "verification_required"


def issue_verification_code(*, merchant: MerchantFacts, member_id: UUID, at: datetime) -> VerificationCodeFacts:
    """Issue a six-digit code, valid for five minutes; the one before it is void. Only its keyed hash is kept."""
    code = f"{secrets.randbelow(10**6):06d}"
    expires_at = at + CODE_VALID_FOR
    VerificationCode.objects.update_or_create(
        merchant_id=merchant.id,
        member_id=member_id,
        defaults={
            "code_hash": _code_hash(merchant, member_id, code),
            "issued_at": at,
            "expires_at": expires_at,
            "used_at": None,
        },
    )
    return VerificationCodeFacts(code=code, expires_at=expires_at)


def require_verification_code(
    *, merchant: MerchantFacts, member_id: UUID, points: int, code: str | None, at: datetime
) -> None:
    """Use the member's code up where redeeming so many points needs one; it stays valid if the rest is refused.

    Raises VerificationRequired.
    """
    if merchant.verify_above_points is None or points <= merchant.verify_above_points:
        return
    if not code:
        raise VerificationRequired(reason="code_missing", above_points=merchant.verify_above_points)
    digits = clean_code(code)
    used = VerificationCode.objects.filter(
        merchant_id=merchant.id,
        member_id=member_id,
        code_hash=_code_hash(merchant, member_id, digits),
        used_at__isnull=True,
        expires_at__gt=at,
    ).update(used_at=at)
    if not used:
        raise VerificationRequired(reason="code_wrong", above_points=merchant.verify_above_points)


def _code_hash(merchant: MerchantFacts, member_id: UUID, code: str) -> bytes:
    return keyed_hash(merchant.id, f"till-code:{member_id}:{code}")
