"""Reads of promotions. One file per noun; import from here."""

from rewards.promotions.queries.birthdays import birthday_benefit_open
from rewards.promotions.queries.drafts import DraftFacts, draft, draft_of
from rewards.promotions.queries.goods import OfferOfGoods, offers_naming_product
from rewards.promotions.queries.moments import promotions_naming
from rewards.promotions.queries.names import names_of_goods, skus_named
from rewards.promotions.queries.offers import (
    OFFER_STATES,
    OfferFilter,
    OfferRow,
    PromotionDetails,
    PromotionSummary,
    as_written,
    findings_of,
    findings_of_all,
    offer,
    offer_counts,
    offers_page,
    outlet_walls,
    promotion_summaries,
    try_basket,
)
from rewards.promotions.queries.outlet_offers import RunningPromotion, running_promotions
from rewards.promotions.queries.partners import fundable_promotions, funded_offers, partner, partner_report, partners
from rewards.promotions.queries.programs import program_turns, program_versions, taken_before, uses_before
from rewards.promotions.queries.promotions import (
    TimelineEntry,
    bill_rules,
    engine_settings,
    live_promotions,
    offers_in_force,
    point_value,
    points_by_day,
    points_of_member,
    program_points_cap,
    program_rules,
    promotion_state,
    promotion_timeline,
    promotion_titles,
    uses_of_member,
    value_of_a_point,
)
from rewards.promotions.queries.tier_offers import names_of_conditions, offers_of_tier
from rewards.promotions.queries.titles import promotions_titled
from rewards.promotions.queries.worked import WorkedReceipt, worked_receipt
from rewards.promotions.queries.worked_bills import WorkedBill, worked_bill
from rewards.promotions.queries.worked_discounts import WorkedDiscounts, worked_discounts

__all__ = [
    "OFFER_STATES",
    "DraftFacts",
    "OfferFilter",
    "OfferOfGoods",
    "OfferRow",
    "PromotionDetails",
    "PromotionSummary",
    "RunningPromotion",
    "TimelineEntry",
    "WorkedBill",
    "WorkedDiscounts",
    "WorkedReceipt",
    "as_written",
    "bill_rules",
    "birthday_benefit_open",
    "draft",
    "draft_of",
    "engine_settings",
    "findings_of",
    "findings_of_all",
    "fundable_promotions",
    "funded_offers",
    "live_promotions",
    "names_of_conditions",
    "names_of_goods",
    "offer",
    "offer_counts",
    "offers_in_force",
    "offers_naming_product",
    "offers_of_tier",
    "offers_page",
    "outlet_walls",
    "partner",
    "partner_report",
    "partners",
    "point_value",
    "points_by_day",
    "points_of_member",
    "program_points_cap",
    "program_rules",
    "program_turns",
    "program_versions",
    "promotion_state",
    "promotion_summaries",
    "promotion_timeline",
    "promotion_titles",
    "promotions_naming",
    "promotions_titled",
    "running_promotions",
    "skus_named",
    "taken_before",
    "try_basket",
    "uses_before",
    "uses_of_member",
    "value_of_a_point",
    "worked_bill",
    "worked_discounts",
    "worked_receipt",
]
