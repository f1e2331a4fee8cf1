"""What a till shows to who has no cart yet: running promotions, products with their prices, gifts to fetch."""

from __future__ import annotations

from members.facts import MemberFacts
from members.rules import mask_name, mask_phone
from pos_integration.presentation.members import Json
from products.facts import PricedProduct
from rewards.catalogue.facts import TakenReward
from rewards.promotions.queries import RunningPromotion
from rewards.promotions.wording import Names, offer_in_words


def promotion_json(running: RunningPromotion, *, currency: str, language: str, names: Names) -> Json:
    offer = running.definition
    return {
        "id": offer.id,
        "title": offer.title,
        "kind": offer.kind,
        "for_members": running.for_members,
        "valid_until": offer.when.valid_to,
        "sentences": offer_in_words(offer, currency=currency, language=language, names=names),
    }


def product_json(product: PricedProduct) -> Json:
    return {
        "sku": product.sku,
        "name": product.name,
        "category": product.category,
        "price_amount": product.price_amount,
    }


def waiting_gift_json(gift: TakenReward, owner: MemberFacts) -> Json:
    """Show enough to hand the gift to the right person, who says the rest of name or number."""
    return {
        "id": gift.id,
        "reward_id": gift.reward_id,
        "title": gift.title,
        "quantity": gift.quantity,
        "state": gift.state,
        "since": gift.since,
        "member": {
            "id": owner.id,
            "name_masked": mask_name(owner.name),
            "phone_masked": mask_phone(owner.phone),
        },
    }
