"""What giving a member something means, in sentences, and why it cannot be given."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext, ngettext

from common.errors import DomainError
from common.languages import reader_language
from common.quantities import format_day, format_number
from merchants.facts import MerchantFacts
from rewards.catalogue.facts import Handover, RewardFacts
from rewards.coupons.facts import CardTerms


def describe_coupon(name: str, title: str, benefit: str, last_day: date | None) -> list[str]:
    """Return what the member gets; `benefit` is the offer in short."""
    said = [
        gettext("%(name)s gets the coupon “%(title)s”: %(benefit)s.")
        % {"name": name, "title": title, "benefit": benefit}
    ]
    if last_day is not None:
        said.append(gettext("Its last day is %(day)s.") % {"day": format_day(last_day, reader_language())})
    said.append(gettext("Only this member can use it, at any till and from the card page."))
    return said


def describe_stamps(terms: CardTerms, progress: int, stamps: int) -> list[str]:
    """Return how the card changes by so many stamps, and whether it becomes full."""
    now = progress + stamps
    said = [
        gettext("Stamps on the card “%(title)s”: %(before)s → %(after)s of %(threshold)s.")
        % {
            "title": terms.title,
            "before": format_number(progress),
            "after": format_number(now),
            "threshold": format_number(terms.threshold),
        }
    ]
    if now >= terms.threshold:
        left = format_number(now % terms.threshold)
        said.append(
            gettext("It is full: its coupon is given, and the next card begins with %(left)s.") % {"left": left}
            if terms.reward
            else gettext("It is full; the next card begins with %(left)s.") % {"left": left}
        )
    return said


def describe_reward(merchant: MerchantFacts, reward: RewardFacts, available: int) -> list[str]:
    """Return what the reward takes of the member's points and of the stock, and how it gets to the member."""
    said = [
        gettext("%(points)s %(unit)s are spent: of %(before)s available %(after)s are left.")
        % {
            "points": format_number(reward.points),
            "unit": merchant.points_name,
            "before": format_number(available),
            "after": format_number(available - reward.points),
        }
    ]
    if reward.stock_left is not None:
        said.append(gettext("Pieces left afterwards: %(left)s.") % {"left": format_number(reward.stock_left - 1)})
    if reward.handover is Handover.PICKUP:
        said.append(gettext("The gift is prepared and fetched by the member; it is on the list of gifts."))
    elif reward.handover is not Handover.AT_ONCE:
        said.append(gettext("The gift is sent to the member; it is on the list of gifts."))
    return said


def give_problem(problem: DomainError) -> str:
    """Return why it cannot be given, and what to do. Raises the problem where nothing is known of it."""
    facts = problem.facts
    match problem.code:
        case "member_blocked":
            return gettext("This member is blocked. Unblock the member first.")
        case "member_restricted":
            return gettext("The data of this member may only be kept, so nothing can be given.")
        case "coupon_not_offered":
            return gettext("This coupon cannot be given any more: its offer has ended. Choose another.")
        case "coupon_held":
            return gettext("The member has this coupon and has not used it yet. Choose another.")
        case "card_not_offered":
            return gettext("No promotion stamps this card any more. Choose another.")
        case "too_many_stamps":
            return ngettext(
                "This card is full with %(most)s stamp. Give that many or fewer.",
                "This card is full with %(most)s stamps. Give that many or fewer.",
                facts["most"],
            ) % {"most": format_number(facts["most"])}
        case "verification_required":
            above = format_number(facts["above_points"])
            return gettext(
                "This costs more than %(above)s, so it needs the code on the member's card page. Redeem it at a till."
            ) % {"above": above}
        case "insufficient_points":
            return gettext("The member has too few points by now. Choose another reward.")
        case "reward_out_of_stock":
            return gettext("No piece of this reward is left. Choose another.")
        case "per_member_limit_reached":
            return gettext("The member has taken this reward as often as one member may. Choose another.")
        case "wrong_tier" | "wrong_segment" | "not_started" | "expired" | "reward_not_found":
            return gettext("This reward is not open to this member now. Choose another.")
    raise problem
