"""The terms of bring-a-friend of a shop, taken over into its sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from common.copies import rows_of, write_copies
from merchants.facts import MerchantFacts
from rewards.referrals.models import ReferralProgram


def referral_rows(*, merchant: MerchantFacts) -> list[Any]:
    """Return all versions of the terms."""
    return rows_of(ReferralProgram, merchant.id)


def copy_referral_terms(*, merchant: MerchantFacts, rows: Sequence[Any]) -> None:
    """Write a shop's terms as the sandbox's."""
    write_copies(merchant.id, rows, {})
