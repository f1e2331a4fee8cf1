"""A member as the till sees them: masked contacts, balances, tier, coupons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from ledger.facts import Balance, EntryFacts
from members.facts import Channel, MemberFacts, NextTier, Topic
from members.queries import SharedWallet
from members.rules import birthday_next_on, mask_email, mask_name, mask_phone
from merchants.facts import MerchantFacts
from rewards.coupons.facts import CouponFacts, StampCardFacts

Json = dict[str, Any]


@dataclass(frozen=True)
class MemberCard:
    """Everything that the till learns about a member on the merchant's business day `today`."""

    member: MemberFacts
    points: Balance
    wallet: Balance
    coupons: tuple[CouponFacts, ...]
    stamps: tuple[StampCardFacts, ...]
    today: date
    referral_link: str | None
    """None while friends bring nothing, and in the answer of a sale, which does not look."""
    card_confirmed: bool
    birthday_benefit_open: bool = False
    card_url: str | None = None
    """The card page, for the receipt or the member's phone; None where it is not handed out."""
    perks: tuple[str, ...] | None = None
    """What the tier gives, in words; None in the answer of a sale, which does not look."""
    shared: SharedWallet | None = None
    """What the member's household redeems from together; None where each has a wallet of their own, and in the answer
    of a sale, which does not look."""
    by_waiting_card: bool = False
    """All that the till was shown is an unconfirmed card: it learns nothing of the member's."""


def referral_link(merchant: MerchantFacts, member: MemberFacts) -> str:
    """Return the join page's address with this member's code filled in."""
    return f"{settings.PUBLIC_URL}/m/{merchant.slug}/join/{member.referral_code}"


def card_url(merchant: MerchantFacts, token: str) -> str:
    return f"{settings.PUBLIC_URL}/m/{merchant.slug}/card/{token}"


def named_member_json(member: MemberFacts) -> Json:
    """Show a member whom a name found: enough to ask the customer for the rest of it."""
    return {
        "id": member.id,
        "name_masked": mask_name(member.name),
        "phone_masked": mask_phone(member.phone),
        "email_masked": mask_email(member.email),
    }


def member_json(card: MemberCard) -> Json:
    member = card.member
    if card.by_waiting_card:
        return _of_waiting_card(member)
    return {
        "id": member.id,
        "number": member.number,
        "status": "blocked" if member.is_blocked else "active",
        "name": member.name,
        "phone_masked": mask_phone(member.phone),
        "email_masked": mask_email(member.email),
        "joined_at": member.joined_at,
        "tier": _tier_json(member),
        "perks": card.perks,
        "segment": member.segment,
        "purchase_count": member.purchase_count,
        "points": _points_json(card.points),
        "wallet": wallet_json(card.wallet),
        "shared_wallet": _shared_json(card.shared) if card.shared else None,
        "card": {"confirmed": card.card_confirmed},
        "card_url": card.card_url,
        "consents": [{"topic": Topic.PROMO, "channel": Channel.EMAIL, "given": member.promo_email}],
        "birthday": _birthday_json(card),
        "stamps": [
            {
                "card_id": stamps.card_id,
                "title": stamps.title,
                "progress": stamps.progress,
                "threshold": stamps.threshold,
            }
            for stamps in card.stamps
        ],
        "referral_code": member.referral_code,
        "referral_link": card.referral_link,
        "coupons": [coupon_json(coupon) for coupon in card.coupons],
    }


def _of_waiting_card(member: MemberFacts) -> Json:
    """Write what finds the member for earning; all else is empty, the number too, because it may spend."""
    return {
        "id": member.id,
        "number": None,
        "status": "blocked" if member.is_blocked else "active",
        "name": "",
        "phone_masked": None,
        "email_masked": None,
        "joined_at": None,
        "tier": None,
        "perks": None,
        "segment": None,
        "purchase_count": 0,
        "points": _points_json(Balance()),
        "wallet": wallet_json(Balance()),
        "shared_wallet": None,
        "card": {"confirmed": False},
        "card_url": None,
        "consents": [],
        "birthday": None,
        "stamps": [],
        "referral_code": "",
        "referral_link": None,
        "coupons": [],
    }


def coupon_json(coupon: CouponFacts) -> Json:
    return {
        "id": coupon.id,
        "code": coupon.code,
        "title": coupon.title,
        "kind": coupon.kind,
        "valid_from": coupon.valid_from,
        "valid_until": coupon.valid_until,
        "uses_left": coupon.uses_left,
        "status": coupon.status,
        "reserved_until": coupon.reserved_until,
        "conditions": dict(coupon.conditions),
    }


def entry_json(entry: EntryFacts) -> Json:
    return {
        "id": entry.id,
        "at": entry.at,
        "business_date": entry.business_date,
        "kind": entry.kind,
        "unit": entry.unit,
        "change": entry.change,
        "balance_after": entry.balance_after,
        "reference": entry.reference,
        "note": entry.note,
    }


def _tier_json(member: MemberFacts) -> Json | None:
    if member.tier is None:
        return None
    return {
        "code": member.tier.code,
        "name": member.tier.name,
        "rank": member.tier.rank,
        "protected_until": member.tier_protected_until,
        "next": _next_tier_json(member.next_tier) if member.next_tier else None,
    }


def _next_tier_json(tier: NextTier) -> Json:
    return {
        "code": tier.code,
        "measure": tier.measure,
        "progress": tier.progress,
        "threshold": tier.threshold,
        "by": tier.by,
    }


def _points_json(balance: Balance) -> Json:
    return {
        "available": balance.available,
        "pending": balance.pending,
        "held": balance.held,
        "debt": balance.debt,
        "expiring": [{"points": points, "expires_on": day} for points, day in balance.expiring],
    }


def _shared_json(shared: SharedWallet) -> Json:
    return {"points_available": shared.points, "wallet_available_amount": shared.wallet_amount}


def wallet_json(balance: Balance) -> Json:
    return {
        "available_amount": balance.available,
        "pending": [{"amount": amount, "available_on": day} for amount, day in balance.pending_lots],
        "held_amount": balance.held,
        "expiring": [{"amount": amount, "expires_on": day} for amount, day in balance.expiring],
    }


def _birthday_json(card: MemberCard) -> Json | None:
    if card.member.birth_date is None:
        return None
    return {
        "next_on": birthday_next_on(card.member.birth_date, card.today),
        "benefit_open": card.birthday_benefit_open,
    }
