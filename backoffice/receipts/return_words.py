"""What a return or a claim of a receipt does, as sentences: the same before the button is pressed and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.languages import reader_language
from common.quantities import format_money, format_number
from merchants.facts import MerchantFacts
from rewards.coupons.facts import ReturnedRewards
from sales.facts import ClaimEffects, RefundFacts, ReturnEffects

CLAIM_PROBLEM_WORDS: Final[Mapping[str, Promise]] = {
    "has_member": _("This receipt has a member already."),
    "returned": _("All goods of this receipt came back: it earns nothing."),
    "too_late": _("This receipt came so late that its offers no longer count."),
}


def list_return_effects(merchant: MerchantFacts, effects: ReturnEffects, *, has_member: bool) -> list[str]:
    """Return what happens to money, points, wallet, gift cards and coupons, one sentence each."""
    refund, rewards = effects.refund, effects.rewards
    said = [*_money_sentences(merchant, refund)]
    if has_member:
        said += _points_sentences(merchant, refund)
    return [*said, *list_reward_effects(rewards)]


def list_reward_effects(rewards: ReturnedRewards) -> list[str]:
    """Return what happens to coupons and stamps, one sentence each."""
    said = _coupon_sentences(rewards.came_back, gettext("The coupon “%(title)s” can be used again."))
    said += _coupon_sentences(rewards.cancelled, gettext("The coupon “%(title)s” that it brought is cancelled."))
    said += _coupon_sentences(
        rewards.lost, gettext("The coupon “%(title)s” that it brought was used before; that stays the store's loss.")
    )
    if rewards.stamps_taken:
        said.append(
            ngettext("%(count)s stamp is taken back.", "%(count)s stamps are taken back.", rewards.stamps_taken)
            % {"count": format_number(rewards.stamps_taken)}
        )
    return said


def list_claim_effects(
    merchant: MerchantFacts, effects: ClaimEffects, *, name: str, tiers: Mapping[str, str]
) -> list[str]:
    """Return what the member gets, one sentence each; `tiers` are names by code."""
    said = [
        gettext("%(name)s gets %(points)s %(unit)s; the balance becomes %(balance)s.")
        % {
            "name": name,
            "points": format_number(effects.points_earned),
            "unit": merchant.points_name,
            "balance": format_number(effects.points_balance),
        }
    ]
    if effects.cashback_amount:
        said.append(gettext("Cashback: %(amount)s.") % {"amount": _format_amount(merchant, effects.cashback_amount)})
    said += _coupon_sentences(effects.coupons, gettext("The coupon “%(title)s” is theirs."))
    if effects.tier_code:
        said.append(gettext("New tier: %(tier)s.") % {"tier": tiers.get(effects.tier_code, effects.tier_code)})
    said.append(gettext("The purchase counts for tier and segment. No money moves."))
    return said


def return_problem(problem: DomainError) -> str:
    """Return why a receipt could not be changed, and what to do. Raises the problem where nothing is known of it."""
    match problem.code:
        case "receipt_moved":
            return gettext("Somebody else changed this receipt meanwhile. Nothing was done; look at it again.")
        case "sale_already_voided":
            return gettext("This receipt is voided already. Nothing was done.")
        case "refund_exceeds_sale":
            return gettext("More goods were chosen than this receipt has left. Take fewer.")
        case "member_blocked":
            return gettext("This member is blocked and earns nothing. Unblock the member first, or choose another.")
        case "claim_not_possible":
            if problem.facts["reason"] == "too_old":
                days = int(problem.facts["needed"])
                return ngettext(
                    "Receipts can be claimed for %(days)s day. This one is older.",
                    "Receipts can be claimed for %(days)s days. This one is older.",
                    days,
                ) % {"days": format_number(days)}
            return str(CLAIM_PROBLEM_WORDS[problem.facts["reason"]])
    raise problem


def _money_sentences(merchant: MerchantFacts, refund: RefundFacts) -> Iterator[str]:
    if refund.amount:
        yield gettext("Hand back %(amount)s.") % {"amount": _format_amount(merchant, refund.amount)}
    else:
        yield gettext("No money is handed back.")
    if refund.wallet_returned_amount:
        yield gettext("%(amount)s goes back to the wallet.") % {
            "amount": _format_amount(merchant, refund.wallet_returned_amount)
        }
    if refund.gift_card_returned_amount:
        yield gettext("%(amount)s goes back to the gift card.") % {
            "amount": _format_amount(merchant, refund.gift_card_returned_amount)
        }
    if refund.cashback_reversed_amount:
        yield gettext("Cashback taken back: %(amount)s.") % {
            "amount": _format_amount(merchant, refund.cashback_reversed_amount)
        }
    if refund.cashback_lost_amount:
        yield gettext("Cashback that cannot be taken back, the store's loss: %(amount)s.") % {
            "amount": _format_amount(merchant, refund.cashback_lost_amount)
        }


def _points_sentences(merchant: MerchantFacts, refund: RefundFacts) -> Iterator[str]:
    unit = merchant.points_name
    if refund.points_reversed:
        yield gettext("Taken back: %(points)s %(unit)s that these goods earned.") % {
            "points": format_number(refund.points_reversed),
            "unit": unit,
        }
    if refund.points_returned:
        yield gettext("Given back: %(points)s %(unit)s that paid for them.") % {
            "points": format_number(refund.points_returned),
            "unit": unit,
        }
    if refund.points_expired:
        yield gettext("%(points)s %(unit)s that they earned had lapsed unused.") % {
            "points": format_number(refund.points_expired),
            "unit": unit,
        }
    if refund.points_lost:
        yield gettext("%(points)s %(unit)s cannot be taken back; that stays the store's loss.") % {
            "points": format_number(refund.points_lost),
            "unit": unit,
        }
    yield gettext("The member's balance afterwards: %(points)s %(unit)s.") % {
        "points": format_number(refund.points_balance),
        "unit": unit,
    }


def _coupon_sentences(titles: Iterable[str], words: str) -> list[str]:
    return [words % {"title": title} for title in titles]


def _format_amount(merchant: MerchantFacts, amount: int) -> str:
    return format_money(amount, merchant.currency, reader_language())
