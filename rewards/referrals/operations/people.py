"""Who brought whom, when two records of one person are joined or taken apart."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from common.passed_rows import Passed, Way, pass_rows
from merchants.facts import MerchantFacts

_TABLE: Final = "rewards_referral"
# No one brings themselves, and a friend is brought once: such a row stays with the merged member, whom the checks of
# referrals know to be the survivor.
_SELF: Final = "t.friend_id = %(to)s OR t.referrer_id = %(to)s"
_BROUGHT: Final = "EXISTS (SELECT FROM rewards_referral o WHERE o.merchant_id = t.merchant_id AND o.friend_id = %(to)s)"


def absorb_member(*, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, at: datetime) -> Passed:
    """Give the survivor the referrals of the merged member, as friend and as referrer; return what passed."""
    way = Way(merchant_id=merchant.id, from_id=merged_id, to_id=survivor_id)
    return {
        "friends": pass_rows(_TABLE, **way, column="friend_id", unless=f"{_SELF} OR {_BROUGHT}"),
        "referrers": pass_rows(_TABLE, **way, column="referrer_id", unless=_SELF),
    }


def release_member(
    *, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, moved: Passed, merged_at: datetime, at: datetime
) -> None:
    """Give the merged member back what passed."""
    way = Way(merchant_id=merchant.id, from_id=survivor_id, to_id=merged_id)
    pass_rows(_TABLE, **way, column="friend_id", ids=list(moved.get("friends", ())))
    pass_rows(_TABLE, **way, column="referrer_id", ids=list(moved.get("referrers", ())))
