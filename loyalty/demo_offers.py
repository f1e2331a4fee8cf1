"""What the sample shops offer: one live example of each kind of offer, over goods that only the demo shop has.

Nothing here touches a purchase of other goods by a member of no segment: anyone who tries the till sees the rules of
the starter program and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, Final
from uuid import UUID

from PIL import Image, ImageDraw

from merchants.facts import SYSTEM, MerchantFacts
from onboarding.demo.goods import BEANS, BREAD, BREWED, DOUGHNUTS, GOODS
from products.facts import ProductDraft
from products.operations import save_products
from rewards.catalogue.operations import clean_picture, set_picture
from rewards.coupons.operations import create_shared_code, make_codes, order_codes
from rewards.gift_cards.facts import GiftCardBatchDraft
from rewards.gift_cards.operations import issue_gift_cards
from rewards.promotions.operations import add_partner, create_promotion, fund_promotion, pause_promotion
from rewards.referrals.facts import FriendPrice, ReferralTerms, RewardKind
from rewards.referrals.operations import publish_referral_program

OFFERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "two_coffees": {
        "title": "2 kopi susu gula aren Rp 38.000",
        "kind": "bundle_price",
        "qty": 2,
        "price": 38_000,
        "filter": {"skus": ["KOP-101"]},
    },
    "doughnuts": {
        "title": "Beli 3 donat gratis 1",
        "kind": "buy_get",
        "buy": {"qty": 3, "filter": {"skus": DOUGHNUTS}},
        "get": {"qty": 1, "filter": {"skus": DOUGHNUTS}},
        "repeat": True,
    },
    "lebaran": {
        "title": "Lebaran: 15% untuk pelanggan setia",
        "kind": "percent_off",
        "value": 15,
        "cap": 25_000,
        "when": {"moment": "lebaran", "segments_any": ["loyal"]},
        "budget": {"type": "spend", "limit": 5_000_000, "used": 0, "on_exceed": "trim"},
    },
    "harbolnas": {
        "title": "Harbolnas: biji kopi diskon 12%",
        "kind": "percent_off",
        "value": 12,
        "filter": {"skus": BEANS},
        "when": {"moment": "harbolnas"},
        "usage": {"limit": 500, "used": 0, "per_member_limit": 2},
    },
    "monday": {
        "title": "Senin poin ganda untuk Gold",
        "kind": "earn_multiplier",
        "factor": 2,
        "filter": {"skus": [*BREWED, *BREAD]},
        "when": {"tiers_any": ["gold", "platinum"], "weekdays": [1]},
    },
    "cashback": {
        "title": "Cashback 10% untuk pelanggan setia",
        "kind": "cashback",
        "percent": 10,
        "cap": 10_000,
        "credit": "wallet",
        "after_days": 7,
        "when": {"min_subtotal": 75_000, "segments_any": ["loyal"]},
    },
    "natal": {
        "title": "Natal: gratis bolu pandan",
        "kind": "gift_line",
        "gift": {"sku": "ROT-307", "name": "Bolu pandan potong", "qty": 1, "list_amount": 12_000},
        "when": {"moment": "natal", "min_subtotal": 100_000, "segments_any": ["loyal", "active"]},
    },
    "cups": {
        "title": "Kartu kopi",
        "kind": "stamp",
        "per_unit": 1,
        "filter": {"skus": BREWED},
        "card": {
            "code": "kopi",
            "title": "Kartu kopi",
            "threshold": 10,
            "reward": {
                "title": "Kopi gratis",
                "kind": "cheapest_free",
                "filter": {"skus": BREWED},
                "valid_days": 60,
            },
        },
    },
    "nastar": {
        "title": "Nastar Rp 10.000 lebih murah",
        "kind": "amount_off",
        "value": 10_000,
        "filter": {"skus": ["ROT-311"]},
        "when": {"members_only": True},
    },
}
PAUSED: Final = "nastar"
FUNDED: Final = "lebaran"
FLYERS: Final = "Selebaran bazar"
SHARED_CODE: Final = "SELAMATDATANG"
GIFT_CARDS: Final = "Gift card Rp 100.000"


def furnish_offers(*, merchant: MerchantFacts, at: datetime) -> None:
    """Add promotions, one of them paused and one paid in part by a partner, and a program for bringing friends."""
    ids = {
        name: create_promotion(merchant=merchant, definition=definition, starts_at=at, at=at)
        for name, definition in OFFERS.items()
    }
    pause_promotion(
        merchant=merchant, promotion_id=ids[PAUSED], starts_at=at, at=at, actor=SYSTEM, reason="Stok nastar habis"
    )
    partner = add_partner(merchant=merchant, name="Bank Nusantara", note="Menagih tiap bulan", at=at, actor=SYSTEM)
    fund_promotion(merchant=merchant, promotion_id=ids[FUNDED], partner_id=partner, percent="50", at=at, actor=SYSTEM)
    terms = ReferralTerms(
        minimum_amount=40_000,
        waiting_days=7,
        reward_kind=RewardKind.WALLET,
        reward_amount=15_000,
        friend_price=FriendPrice.PERCENT,
        friend_value=10,
    )
    publish_referral_program(merchant=merchant, terms=terms, starts_at=at, at=at, actor=SYSTEM)


def furnish_codes(*, merchant: MerchantFacts, at: datetime) -> None:
    """Add coupons to hand out, one shared code, and gift cards to sell."""
    today = merchant.day_of(at)
    flyers = order_codes(
        merchant=merchant,
        title=FLYERS,
        definition={"kind": "amount_off", "value": 10_000, "when": {"min_subtotal": 60_000}},
        count=240,
        at=at,
        valid_until=today + timedelta(days=60),
    )
    while make_codes(merchant=merchant, batch_id=flyers, at=at):
        pass
    create_shared_code(
        merchant=merchant,
        text=SHARED_CODE,
        title="Selamat datang",
        definition={"kind": "amount_off", "value": 10_000, "when": {"min_subtotal": 50_000}},
        at=at,
        today=today,
        valid_until=today + timedelta(days=90),
        max_uses=500,
    )
    draft = GiftCardBatchDraft(
        title=GIFT_CARDS,
        amount=100_000,
        count=25,
        needs_activation=True,
        paid=True,
        expires_on=None,
        reason="Dijual di kasir",
    )
    issue_gift_cards(merchant=merchant, draft=draft, at=at, business_date=today, actor=SYSTEM)


def furnish_goods(*, merchant: MerchantFacts, at: datetime) -> None:
    """Add the goods with list price, category and what they cost since the first day."""
    today = merchant.day_of(at)
    drafts = [
        ProductDraft(
            sku=good.sku,
            name=good.name,
            category=good.category,
            price_amount=good.price,
            cost_amount=good.cost,
            cost_starts_on=today,
        )
        for good in GOODS
    ]
    save_products(merchant=merchant, drafts=drafts, today=today, at=at, actor=SYSTEM)


# --- pictures ----------------------------------------------------------------------------------------------------


def furnish_pictures(*, merchant: MerchantFacts, rewards: Sequence[tuple[UUID, str]], at: datetime) -> None:
    """Draw a picture for each (reward, "coupon", "bag" or "cup")."""
    for reward_id, subject in rewards:
        alt = {"coupon": "Kupon bergerigi", "bag": "Tas belanja kanvas", "cup": "Cangkir dengan alas"}[subject]
        picture = clean_picture(_draw_picture(subject))
        set_picture(merchant=merchant, reward_id=reward_id, picture=picture, alt=alt, at=at, actor=SYSTEM)


def _draw_picture(subject: str) -> bytes:
    image = Image.new("RGB", (640, 480), {"coupon": "#e8f1ec", "bag": "#f4ede1", "cup": "#e7edf5"}[subject])
    pen = ImageDraw.Draw(image)
    {"coupon": _draw_coupon, "bag": _draw_bag, "cup": _draw_cup}[subject](pen)
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _draw_coupon(pen: ImageDraw.ImageDraw) -> None:
    pen.rounded_rectangle((120, 150, 520, 330), 18, fill="#1f7a55")
    for y in range(170, 330, 24):
        pen.ellipse((393, y, 405, y + 12), fill="#e8f1ec")
    pen.ellipse((195, 190, 235, 230), outline="#ffffff", width=9)
    pen.ellipse((275, 250, 315, 290), outline="#ffffff", width=9)
    pen.line((300, 190, 210, 290), fill="#ffffff", width=9)


def _draw_bag(pen: ImageDraw.ImageDraw) -> None:
    pen.arc((255, 95, 385, 265), 180, 360, fill="#8a6a3b", width=14)
    pen.polygon([(195, 185), (445, 185), (470, 400), (170, 400)], fill="#c9a96a")
    pen.line((195, 215, 445, 215), fill="#8a6a3b", width=5)


def _draw_cup(pen: ImageDraw.ImageDraw) -> None:
    pen.ellipse((380, 200, 480, 300), outline="#3d5f8f", width=18)
    pen.rounded_rectangle((210, 170, 420, 350), 40, fill="#3d5f8f")
    pen.ellipse((160, 350, 480, 395), fill="#8fa8cc")
