"""Coupons: given out, locked at checkout, reserved, used, given back, expired. One file per noun; import from here."""

from rewards.coupons.operations.asked_coupons import approve_coupons, ask_for_coupons, asked_coupons, make_coupons
from rewards.coupons.operations.checkout import (
    CouponNotUsable,
    LockedCoupon,
    commit_coupons,
    coupon_is_held,
    lock_coupons,
    lock_coupons_of_sale,
    lock_coupons_of_sales,
    reinstate_coupons,
    release_coupons,
    reserve_coupons,
)
from rewards.coupons.operations.coupon_codes import (
    MOST_CODES,
    BatchNotOpen,
    CodesNotMissing,
    cancel_batch,
    make_codes,
    order_codes,
    resume_codes,
)
from rewards.coupons.operations.coupon_terms import coupon_term_problems
from rewards.coupons.operations.coupons import (
    UNLIMITED,
    CouponsNeedApproval,
    cancel_coupons,
    create_coupon_batch,
    expire_coupons,
    issue_coupon,
    issue_coupons,
    record_codes_read,
    set_coupon_state,
)
from rewards.coupons.operations.given_by_hand import give_coupon, give_stamps
from rewards.coupons.operations.people import absorb_member, forget_member, lock_coupons_of, release_member
from rewards.coupons.operations.personal import MOST_VALID_DAYS, create_personal_coupons
from rewards.coupons.operations.program_copies import batch_rows, copy_batches
from rewards.coupons.operations.recounts import recount_reserved_coupons
from rewards.coupons.operations.sale_returns import revoke_sale_rewards
from rewards.coupons.operations.sale_rewards import bind_sale_rewards, issue_sale_rewards
from rewards.coupons.operations.shared import create_shared_code, is_shared_code

__all__ = [
    "MOST_CODES",
    "MOST_VALID_DAYS",
    "UNLIMITED",
    "BatchNotOpen",
    "CodesNotMissing",
    "CouponNotUsable",
    "CouponsNeedApproval",
    "LockedCoupon",
    "absorb_member",
    "approve_coupons",
    "ask_for_coupons",
    "asked_coupons",
    "batch_rows",
    "bind_sale_rewards",
    "cancel_batch",
    "cancel_coupons",
    "commit_coupons",
    "copy_batches",
    "coupon_is_held",
    "coupon_term_problems",
    "create_coupon_batch",
    "create_personal_coupons",
    "create_shared_code",
    "expire_coupons",
    "forget_member",
    "give_coupon",
    "give_stamps",
    "is_shared_code",
    "issue_coupon",
    "issue_coupons",
    "issue_sale_rewards",
    "lock_coupons",
    "lock_coupons_of",
    "lock_coupons_of_sale",
    "lock_coupons_of_sales",
    "make_codes",
    "make_coupons",
    "order_codes",
    "record_codes_read",
    "recount_reserved_coupons",
    "reinstate_coupons",
    "release_coupons",
    "release_member",
    "reserve_coupons",
    "resume_codes",
    "revoke_sale_rewards",
    "set_coupon_state",
]
