"""Who brought whom, when two records of one person are joined or taken apart, or a person is erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q

from common.named_rows import empty_words
from common.passed_rows import Passed, Way, pass_rows
from merchants.facts import MerchantFacts
from rewards.referrals.models import Referral, ReferralMove

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


def forget_member(*, merchant: MerchantFacts, member_id: UUID, at: datetime) -> None:
    """Erase what staff noted when they judged an invitation by or of the member; its steps and rewards stay."""
    theirs = Referral.objects.filter(Q(referrer_id=member_id) | Q(friend_id=member_id), merchant_id=merchant.id)
    moves = ReferralMove.objects.filter(merchant_id=merchant.id, referral_id__in=theirs.values("id"))
    moves.exclude(note="").update(note="")


def forget_words(*, merchant: MerchantFacts, texts: Sequence[str]) -> None:
    """Empty what was noted about invitations of others wherever it names a person who is erased."""
    empty_words(ReferralMove, merchant_id=merchant.id, columns=["note"], texts=texts)
