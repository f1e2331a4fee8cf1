"""Reads of coupons. One file per noun; import from here."""

from rewards.coupons.queries.batches import (
    batch_figures,
    batch_page,
    codes_of_batch,
    coupon_batch,
    coupon_story,
    last_day_of,
    offers_to_give,
    uses_of_coupons,
)
from rewards.coupons.queries.coupons import (
    check_code,
    coupon_by_id,
    coupons_and_stamps,
    coupons_given_by,
    coupons_of_member,
    coupons_of_source,
    evenings_of,
    holders_by_source,
    issued_by_source,
    known_coupon_codes,
    state_of,
)
from rewards.coupons.queries.stamps import (
    clawbacks_of,
    coupon_ids_brought_by,
    coupons_issued_by,
    rewards_of_returns,
    stamp_cards_to_give,
)

__all__ = [
    "batch_figures",
    "batch_page",
    "check_code",
    "clawbacks_of",
    "codes_of_batch",
    "coupon_batch",
    "coupon_by_id",
    "coupon_ids_brought_by",
    "coupon_story",
    "coupons_and_stamps",
    "coupons_given_by",
    "coupons_issued_by",
    "coupons_of_member",
    "coupons_of_source",
    "evenings_of",
    "holders_by_source",
    "issued_by_source",
    "known_coupon_codes",
    "last_day_of",
    "offers_to_give",
    "rewards_of_returns",
    "stamp_cards_to_give",
    "state_of",
    "uses_of_coupons",
]
