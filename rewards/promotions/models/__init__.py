"""Tables of promotions. One file per noun; import from here."""

from rewards.promotions.models.benefits import BenefitGiven
from rewards.promotions.models.drafts import PromotionDraft
from rewards.promotions.models.partners import Partner, PartnerFunding
from rewards.promotions.models.points_caps import PointsTake, PointsTally
from rewards.promotions.models.promotions import (
    Promotion,
    PromotionDay,
    PromotionStatusChange,
    PromotionUse,
    PromotionVersion,
)

__all__ = [
    "BenefitGiven",
    "Partner",
    "PartnerFunding",
    "PointsTake",
    "PointsTally",
    "Promotion",
    "PromotionDay",
    "PromotionDraft",
    "PromotionStatusChange",
    "PromotionUse",
    "PromotionVersion",
]
