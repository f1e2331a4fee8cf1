"""Reads of promotions, coupons and the reward catalogue. One file per noun; import from here."""

from rewards.queries.batches import batches_in_the_making
from rewards.queries.birthdays import birthday_benefit_open
from rewards.queries.catalogue import (
    catalogue,
    catalogue_entry,
    coupon_batches,
    picture,
    reward_list,
    rewards_for_member,
    stock_lines,
)
from rewards.queries.coupons import (
    check_code,
    coupon_by_id,
    coupons_by_ids,
    coupons_of_member,
    coupons_of_source,
    figures_by_source,
    holders_by_source,
    redemptions_by_source,
    source_figures,
)
from rewards.queries.moments import moments_named_by, own_calendar, promotions_naming
from rewards.queries.offers import Wording, as_written, latest_wordings
from rewards.queries.partners import fundable_promotions, funded_offers, partner, partner_report, partners
from rewards.queries.programmes import programme_turns, programme_versions, taken_before, uses_before
from rewards.queries.promotions import (
    TimelineEntry,
    engine_settings,
    live_promotions,
    point_value,
    programme_rules,
    promotion_state,
    promotion_timeline,
    promotion_titles,
    uses_of_member,
)
from rewards.queries.redemptions import fulfilment_queue, open_gifts, redemption, steps_of, taken_by, taken_reward
from rewards.queries.stamps import clawbacks_of, coupons_issued_by, stamp_cards
from rewards.queries.worked import WorkedReceipt, worked_receipt

__all__ = [
    "TimelineEntry",
    "Wording",
    "WorkedReceipt",
    "as_written",
    "batches_in_the_making",
    "birthday_benefit_open",
    "catalogue",
    "catalogue_entry",
    "check_code",
    "clawbacks_of",
    "coupon_batches",
    "coupon_by_id",
    "coupons_by_ids",
    "coupons_issued_by",
    "coupons_of_member",
    "coupons_of_source",
    "engine_settings",
    "figures_by_source",
    "fulfilment_queue",
    "fundable_promotions",
    "funded_offers",
    "holders_by_source",
    "latest_wordings",
    "live_promotions",
    "moments_named_by",
    "open_gifts",
    "own_calendar",
    "partner",
    "partner_report",
    "partners",
    "picture",
    "point_value",
    "programme_rules",
    "programme_turns",
    "programme_versions",
    "promotion_state",
    "promotion_timeline",
    "promotion_titles",
    "promotions_naming",
    "redemption",
    "redemptions_by_source",
    "reward_list",
    "rewards_for_member",
    "source_figures",
    "stamp_cards",
    "steps_of",
    "stock_lines",
    "taken_before",
    "taken_by",
    "taken_reward",
    "uses_before",
    "uses_of_member",
    "worked_receipt",
]
