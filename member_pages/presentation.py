"""From facts to the plain texts a card shows. Segment words never appear here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.quantities import format_day, format_instant, format_money, format_number, format_points
from ledger.facts import Balance, EntryFacts, Unit
from ledger.wording import expiry_words
from member_pages.wording import ENTRY_WORDS, REWARD_WORDS, TAKEN_WORDS
from members.facts import MemberFacts, NextTier, TierMeasure, VerificationCodeFacts
from members.queries import SharedWallet
from members.rules import show_number
from merchants.facts import MerchantFacts
from rewards.catalogue.facts import RewardFacts, TakenReward
from rewards.coupons.facts import CouponFacts, StampCardFacts
from rewards.engine.facts import Definition

SOON = 3
"""How many expiry days and coming lots are named; the rest is in the history."""


@dataclass(frozen=True)
class TierBar:
    """How far it is to the next tier. `progress` and `threshold` feed a progress element, `words` say it."""

    progress: int
    threshold: int
    words: str
    until: str


@dataclass(frozen=True)
class CouponTile:
    title: str
    code: str
    valid: str
    reserved: bool


@dataclass(frozen=True)
class StampTile:
    title: str
    progress: int
    threshold: int
    words: str


@dataclass(frozen=True)
class HistoryLine:
    what: str
    when: str
    reference: str
    change: str
    balance_after: str


@dataclass(frozen=True)
class CardPage:
    slug: str
    token: str
    number: str
    name: str
    blocked: bool
    tier_name: str
    tier_rank: int
    tier_bar: TierBar | None
    perks: tuple[str, ...]
    points: str
    points_worth: str
    points_notes: tuple[str, ...]
    wallet: str
    wallet_notes: tuple[str, ...]
    coupons: tuple[CouponTile, ...]
    stamps: tuple[StampTile, ...]


def card_page(
    *,
    merchant: MerchantFacts,
    member: MemberFacts,
    token: str,
    points: Balance,
    wallet: Balance,
    coupons: Sequence[CouponFacts],
    stamps: Sequence[StampCardFacts],
    redemption_rules: Sequence[Definition],
    today: date,
    perks: tuple[str, ...] = (),
    shared: SharedWallet | None = None,
    language: str,
) -> CardPage:
    """Return everything on the card but its history, formatted for `language`."""
    words = _Words(merchant, language)
    worth = points_worth(points.available, redemption_rules)
    usable = [coupon for coupon in coupons if coupon.status in {"issued", "reserved"}]
    has_wallet = wallet != Balance()
    return CardPage(
        slug=merchant.slug,
        token=token,
        number=show_number(member.number),
        name=member.name,
        blocked=member.is_blocked,
        tier_name=member.tier.name if member.tier else "",
        tier_rank=member.tier.rank if member.tier else 0,
        tier_bar=_tier_bar(member.next_tier, words) if member.next_tier else None,
        perks=perks,
        points=words.amount(Unit.POINTS, points.available),
        points_worth=words.amount(Unit.WALLET, worth) if worth else "",
        points_notes=(
            *_shared_notes(shared, words),
            *_balance_notes(points, Unit.POINTS, words),
            *_keeping_notes(merchant, points),
        ),
        wallet=words.amount(Unit.WALLET, wallet.available) if has_wallet else "",
        wallet_notes=_balance_notes(wallet, Unit.WALLET, words) if has_wallet else (),
        coupons=() if member.is_blocked else tuple(_coupon_tile(coupon, words, today) for coupon in usable),
        stamps=() if member.is_blocked else tuple(_stamp_tile(card) for card in stamps),
    )


def _shared_notes(shared: SharedWallet | None, words: _Words) -> tuple[str, ...]:
    """Say what the household can redeem together, where it has one wallet."""
    if shared is None:
        return ()
    said = _("With your household: %(points)s to redeem.") % {"points": words.amount(Unit.POINTS, shared.points)}
    if not shared.wallet_amount:
        return (said,)
    money = words.amount(Unit.WALLET, shared.wallet_amount)
    return (said, _("With your household: %(amount)s in the wallet.") % {"amount": money})


def history_lines(lines: Sequence[EntryFacts], merchant: MerchantFacts, language: str) -> list[HistoryLine]:
    """Return the statement as people read it, newest first, without notes: they may be meant for staff."""
    words = _Words(merchant, language)
    return [
        HistoryLine(
            what=str(ENTRY_WORDS[line.kind]),
            when=format_day(line.business_date, language),
            reference=line.reference,
            change=words.signed(line.unit, line.change),
            balance_after=words.amount(line.unit, line.balance_after),
        )
        for line in lines
    ]


def points_worth(points: int, redemption_rules: Sequence[Definition]) -> int:
    """Return what the points pay at the till under the first rule with a fixed value; 0 without such a rule."""
    for rule in redemption_rules:
        rate = rule.terms.value_per_point
        if rate is not None and not rule.source.get("when"):
            return int(Fraction(rate.num, rate.den) * points)
    return 0


@dataclass(frozen=True)
class _Words:
    """Formats of one merchant in one language."""

    merchant: MerchantFacts
    language: str

    def amount(self, unit: Unit, value: int) -> str:
        if unit is Unit.WALLET:
            return format_money(value, self.merchant.currency, self.language)
        return format_points(value, self.language, self.merchant.points_name)

    def signed(self, unit: Unit, value: int) -> str:
        shown = self.amount(unit, value)
        return f"+{shown}" if value > 0 else shown


def _tier_bar(next_tier: NextTier, words: _Words) -> TierBar:
    missing = max(0, next_tier.threshold - next_tier.progress)
    if next_tier.measure is TierMeasure.VISITS:
        sentence = ngettext("%(visits)s more visit to %(tier)s", "%(visits)s more visits to %(tier)s", missing) % {
            "visits": format_number(missing),
            "tier": next_tier.name,
        }
    else:
        unit = Unit.WALLET if next_tier.measure is TierMeasure.SPEND else Unit.POINTS
        sentence = _("%(amount)s more to %(tier)s") % {"amount": words.amount(unit, missing), "tier": next_tier.name}
    until = (
        _("What you have counts in full until %(day)s.") % {"day": format_day(next_tier.by, words.language)}
        if next_tier.by
        else ""
    )
    return TierBar(
        progress=min(next_tier.progress, next_tier.threshold),
        threshold=next_tier.threshold,
        words=sentence,
        until=until,
    )


def _balance_notes(balance: Balance, unit: Unit, words: _Words) -> tuple[str, ...]:
    """Return the notes: debt first, because it explains a zero; then what ends, what comes, what is set aside."""
    notes = []
    if balance.debt:
        notes.append(
            _("Owed: %(amount)s. The next ones you earn settle it.") % {"amount": words.amount(unit, balance.debt)}
        )
    notes += [
        _("%(amount)s expire on %(day)s")
        % {"amount": words.amount(unit, amount), "day": format_day(day, words.language)}
        for amount, day in balance.expiring[:SOON]
    ]
    notes += [
        _("%(amount)s can be used from %(day)s")
        % {"amount": words.amount(unit, amount), "day": format_day(day, words.language)}
        for amount, day in balance.pending_lots[:SOON]
    ]
    if balance.held:
        notes.append(_("%(amount)s set aside at the till") % {"amount": words.amount(unit, balance.held)})
    return tuple(notes)


def _keeping_notes(merchant: MerchantFacts, points: Balance) -> tuple[str, ...]:
    """Say that purchases keep the points, where they do and there is something to keep."""
    return (expiry_words(merchant.expiry_rule),) if merchant.expiry_rule.follows_purchases and points.expiring else ()


def _stamp_tile(card: StampCardFacts) -> StampTile:
    words = ngettext("%(have)s of %(need)s stamp", "%(have)s of %(need)s stamps", card.threshold) % {
        "have": format_number(card.progress),
        "need": format_number(card.threshold),
    }
    return StampTile(card.title, card.progress, card.threshold, words)


def _coupon_tile(coupon: CouponFacts, words: _Words, today: date) -> CouponTile:
    days = {
        "first": format_day(coupon.valid_from, words.language) if coupon.valid_from else "",
        "last": format_day(coupon.valid_until, words.language) if coupon.valid_until else "",
    }
    if coupon.valid_from and coupon.valid_from > today:
        valid = _("Valid %(first)s – %(last)s") if coupon.valid_until else _("Valid from %(first)s")
    else:
        valid = _("Valid until %(last)s") if coupon.valid_until else _("No end date")
    return CouponTile(coupon.title, coupon.code, valid % days, reserved=coupon.status == "reserved")


@dataclass(frozen=True)
class RewardTile:
    title: str
    description: str
    price: str
    words: str
    usable: bool
    picture_url: str
    picture_alt: str


@dataclass(frozen=True)
class TakenLine:
    title: str
    points: str
    when: str
    state: str


@dataclass(frozen=True)
class CodeWords:
    shown: str
    until: str


def reward_tiles(rewards: Sequence[RewardFacts], merchant: MerchantFacts, language: str) -> list[RewardTile]:
    """Return the catalogue as this member sees it, without what is for other groups of members."""
    words = _Words(merchant, language)
    return [
        RewardTile(
            title=reward.title,
            description=reward.description,
            price=words.amount(Unit.POINTS, reward.points),
            words=_reward_words(reward, words),
            usable=reward.usable,
            picture_url=(
                reverse("member_pages:picture", args=[merchant.slug, reward.id, reward.picture_hash])
                if reward.picture_hash
                else ""
            ),
            picture_alt=reward.picture_alt,
        )
        for reward in rewards
        if reward.reason not in {"wrong_segment", "expired"}
    ]


def _reward_words(reward: RewardFacts, words: _Words) -> str:
    if reward.reason is None:
        return _("You can have it now.")
    if reward.reason == "insufficient_points":
        return _("%(points)s more to go") % {"points": words.amount(Unit.POINTS, reward.needed or 0)}
    return str(REWARD_WORDS[reward.reason])


def taken_lines(taken: Sequence[TakenReward], merchant: MerchantFacts, language: str) -> list[TakenLine]:
    words = _Words(merchant, language)
    return [
        TakenLine(
            title=one.title if one.quantity == 1 else f"{one.title} × {format_number(one.quantity)}",
            points=words.amount(Unit.POINTS, one.points),
            when=format_day(merchant.day_of(one.created_at), language),
            state=str(TAKEN_WORDS[one.state]),
        )
        for one in taken
    ]


def code_words(code: VerificationCodeFacts, merchant: MerchantFacts, language: str) -> CodeWords:
    """Write '048213' as '048 213', as it is read out."""
    until = format_instant(code.expires_at, merchant.timezone, language)
    return CodeWords(f"{code.code[:3]} {code.code[3:]}", _("Good until %(until)s, for one use.") % {"until": until})
