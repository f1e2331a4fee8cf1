"""Referrals in words: states, doubts with their figures, what a program promises, what is wrong with its terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.quantities import format_money, format_number, format_points
from merchants.facts import MerchantFacts
from rewards.referrals.facts import FraudSignal, FriendPrice, MeasuredSignal, ReferralState, ReferralTerms, RewardKind

STATE_WORDS: Final[Mapping[ReferralState, Promise]] = {
    ReferralState.JOINED: gettext_lazy("Has not bought yet"),
    ReferralState.QUALIFIED: gettext_lazy("In the return period"),
    ReferralState.IN_REVIEW: gettext_lazy("To be reviewed"),
    ReferralState.GRANTED: gettext_lazy("Rewarded"),
    ReferralState.REFUSED: gettext_lazy("Refused"),
    ReferralState.CLAWED_BACK: gettext_lazy("Reward taken back"),
    ReferralState.EXPIRED: gettext_lazy("Not bought in time"),
}


_REASONS: Final[Mapping[FraudSignal, Promise]] = {
    FraudSignal.SAME_MEMBER: gettext_lazy("Friend and referrer are one member: their memberships were merged."),
    FraudSignal.SAME_PHONE: gettext_lazy("Friend and referrer have or had the same mobile number."),
    FraudSignal.SAME_EMAIL: gettext_lazy(
        "Their e-mail addresses lead to one mailbox (capitals, dots and what follows a plus ignored)."
    ),
    FraudSignal.SAME_BIRTH_AND_SURNAME: gettext_lazy("They have the same last name and the same date of birth."),
    FraudSignal.SAME_ADDRESS: gettext_lazy("They have the same address."),
    FraudSignal.SAME_TENDER: gettext_lazy("They paid with the same card or account."),
    FraudSignal.CASHIER_RING: gettext_lazy(
        "One cashier rang up %(measured)s of the %(allowed)s first sales of this referrer's friends."
    ),
    FraudSignal.REFERRER_BLOCKED: gettext_lazy("The referrer's membership is blocked or gone."),
    FraudSignal.FRIEND_BLOCKED: gettext_lazy("The friend's membership is blocked or gone."),
}


_COUNTED_REASONS: Final[Mapping[FraudSignal, Callable[[int], str]]] = {
    FraudSignal.SAME_DEVICE: lambda measured: ngettext(
        "They used the same device; %(measured)s member used it in all.",
        "They used the same device; %(measured)s members used it in all.",
        measured,
    ),
    FraudSignal.CIRCLE: lambda measured: ngettext(
        "The referrers form a circle that leads back to the friend, %(measured)s step long.",
        "The referrers form a circle that leads back to the friend, %(measured)s steps long.",
        measured,
    ),
    FraudSignal.DEVICE_JOINS: lambda measured: ngettext(
        "%(measured)s member joined on the friend's device; %(allowed)s pass.",
        "%(measured)s members joined on the friend's device; %(allowed)s pass.",
        measured,
    ),
    FraudSignal.SAME_TILL_MINUTES: lambda measured: ngettext(
        "The referrer bought at the same till %(measured)s minute from the friend; more than %(allowed)s pass.",
        "The referrer bought at the same till %(measured)s minutes from the friend; more than %(allowed)s pass.",
        measured,
    ),
    FraudSignal.JOINS_PER_DAY: lambda measured: ngettext(
        "The referrer brought %(measured)s friend that day; %(allowed)s pass.",
        "The referrer brought %(measured)s friends that day; %(allowed)s pass.",
        measured,
    ),
    FraudSignal.MONTHLY_CAP: lambda measured: ngettext(
        "The referrer has been rewarded %(measured)s time this month; the program allows %(allowed)s.",
        "The referrer has been rewarded %(measured)s times this month; the program allows %(allowed)s.",
        measured,
    ),
    FraudSignal.TOTAL_CAP: lambda measured: ngettext(
        "The referrer has been rewarded %(measured)s time in all; the program allows %(allowed)s.",
        "The referrer has been rewarded %(measured)s times in all; the program allows %(allowed)s.",
        measured,
    ),
}


def reason_words(reason: MeasuredSignal) -> str:
    """One doubt as a sentence, with what was measured and what passes."""
    figures = {"measured": format_number(reason.measured), "allowed": format_number(reason.allowed)}
    counted = _COUNTED_REASONS.get(reason.signal)
    words = counted(reason.measured) if counted else str(_REASONS[reason.signal])
    return words % figures


def reward_words(merchant: MerchantFacts, kind: RewardKind, amount: int, language: str) -> str:
    """'Rp 20.000 wallet money', '200 points', 'a coupon'."""
    match kind:
        case RewardKind.POINTS:
            return format_points(amount, language, merchant.points_name)
        case RewardKind.WALLET:
            return _("%(amount)s wallet money") % {"amount": format_money(amount, merchant.currency, language)}
        case RewardKind.COUPON:
            return _("a coupon")


def price_words(merchant: MerchantFacts, terms: ReferralTerms, language: str) -> str:
    """What the friend gets on the first purchase; '' without a special price."""
    match terms.friend_price:
        case FriendPrice.PERCENT:
            return _("%(percent)s%% off the first purchase") % {"percent": terms.friend_value}
        case FriendPrice.AMOUNT:
            return _("%(amount)s off the first purchase") % {
                "amount": format_money(terms.friend_value, merchant.currency, language)
            }
        case FriendPrice.NONE:
            return ""


_ERRORS: Final[Mapping[str, Promise]] = {
    "starts_at": gettext_lazy("The start is over already. Choose a later one, or now."),
    "minimum_amount": gettext_lazy("The minimum purchase must be 0 or more."),
    "qualify_days": gettext_lazy("Give the friend 1 to 365 days for the first purchase."),
    "waiting_days": gettext_lazy("The return period is 0 to 90 days."),
    "reward_amount": gettext_lazy("The referrer's reward must be larger than 0."),
    "reward_batch_id": gettext_lazy("Choose the coupon batch from which the referrer gets a coupon."),
    "friend_value": gettext_lazy("The friend's discount is 1 to 100 percent, or an amount larger than 0."),
    "friend_batch_id": gettext_lazy("Choose one of your coupon batches for the friend, or none."),
    "monthly_cap": gettext_lazy("The limit per month must be 1 or more; leave it empty for no limit."),
    "total_cap": gettext_lazy("The limit in all must be 1 or more; leave it empty for no limit."),
    "joins_per_day": gettext_lazy("The number of friends a day that passes without review must be 1 or more."),
}


def program_error(name: str) -> str:
    return str(_ERRORS[name])
