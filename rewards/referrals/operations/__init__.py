"""Writes of referrals: the program, joining, qualifying, granting, taking back, reviewing. Import from here.

A sale locks its member first; granting and taking back lock both members, so no two of them meet at one referral.
"""

from rewards.referrals.operations.grants import expire_referrals, settle_referrals
from rewards.referrals.operations.joins import qualify_referral, start_referral
from rewards.referrals.operations.people import (
    absorb_member,
    forget_member,
    forget_words,
    release_member,
)
from rewards.referrals.operations.program import publish_referral_program
from rewards.referrals.operations.program_copies import copy_referral_terms, referral_rows
from rewards.referrals.operations.returns import lock_referral_accounts, lock_referral_parties, return_referred_sale
from rewards.referrals.operations.reviews import OwnReferral, ReferralDecided, approve_referral, refuse_referral

__all__ = [
    "OwnReferral",
    "ReferralDecided",
    "absorb_member",
    "approve_referral",
    "copy_referral_terms",
    "expire_referrals",
    "forget_member",
    "forget_words",
    "lock_referral_accounts",
    "lock_referral_parties",
    "publish_referral_program",
    "qualify_referral",
    "referral_rows",
    "refuse_referral",
    "release_member",
    "return_referred_sale",
    "settle_referrals",
    "start_referral",
]
