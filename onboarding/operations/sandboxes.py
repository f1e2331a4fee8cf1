"""A shop's program, read in the shop's scope and written in its sandbox's: everything but people and what they did.

Campaigns are no part of it: a sandbox writes to no one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.operations import open_house_accounts
from members.operations import copy_member_program, member_program_rows
from merchants.facts import MerchantFacts
from merchants.operations import copy_outlets
from merchants.queries import outlet_rows
from products.operations import copy_products, product_rows
from rewards.catalogue.operations import copy_rewards, reward_rows
from rewards.coupons.operations import batch_rows, copy_batches
from rewards.moments.operations import copy_moments, moment_rows
from rewards.promotions.operations import copy_promotions, promotion_rows
from rewards.referrals.operations import copy_referral_terms, referral_rows
from segments.operations import copy_rule, rule_rows


@dataclass(frozen=True)
class CopiedProgram:
    """A shop's program as rows of its rooms, on their way from one scope to another."""

    outlets: Sequence[Any]
    of_members: Sequence[Any]
    products: Sequence[Any]
    rule: Sequence[Any]
    moments: Sequence[Any]
    promotions: Sequence[Any]
    batches: Sequence[Any]
    rewards: Sequence[Any]
    referral_terms: Sequence[Any]


def read_program(*, merchant: MerchantFacts) -> CopiedProgram:
    """Return the shop's program as it is now."""
    return CopiedProgram(
        outlets=outlet_rows(merchant=merchant),
        of_members=member_program_rows(merchant=merchant),
        products=product_rows(merchant=merchant),
        rule=rule_rows(merchant=merchant),
        moments=moment_rows(merchant=merchant),
        promotions=promotion_rows(merchant=merchant),
        batches=batch_rows(merchant=merchant),
        rewards=reward_rows(merchant=merchant),
        referral_terms=referral_rows(merchant=merchant),
    )


def write_program(*, merchant: MerchantFacts, program: CopiedProgram, at: datetime) -> None:
    """Write a shop's program into its new, empty sandbox."""
    copy_outlets(merchant=merchant, rows=program.outlets)
    open_house_accounts(merchant=merchant)
    copy_member_program(merchant=merchant, rows=program.of_members)
    copy_products(merchant=merchant, rows=program.products)
    copy_rule(merchant=merchant, rows=program.rule)
    copy_moments(merchant=merchant, rows=program.moments)
    copy_promotions(merchant=merchant, rows=program.promotions, at=at)
    copy_batches(merchant=merchant, rows=program.batches)
    copy_rewards(merchant=merchant, rows=program.rewards, at=at)
    copy_referral_terms(merchant=merchant, rows=program.referral_terms)
