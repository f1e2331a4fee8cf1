"""What the merchant should know about a sale that was recorded all the same, as sentences."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from common.quantities import format_money, format_number
from sales.facts import SaleWarning


def warning_message(warning: SaleWarning, currency: str, language: str) -> str:
    """Return one sentence; a warning without a sentence of its own is named by its code."""
    facts = warning.facts
    with override(language):
        match warning.code:
            case "quote_changed":
                return _("The cart differs from its quote and was priced anew.")
            case "charged_differs":
                return _("%(charged)s was charged; by our rules it would be %(computed)s.") % {
                    name: format_money(int(facts[name]), currency, language) for name in ("charged", "computed")
                }
            case "promotion_limit_exceeded":
                return _("A promotion's limit was used up meanwhile; the discount is the merchant's loss.")
            case "points_cap_exceeded":
                return _("A cap of points was used up meanwhile; the points of this sale stay as they were quoted.")
            case "coupon_over_redeemed":
                return _("A coupon was used up meanwhile; the discount is the merchant's loss.")
            case "coupon_not_issued":
                return _("A promotion promises a coupon that cannot be issued; the merchant has to look at it.")
            case "clawback_failed":
                return _("A coupon of this sale was used before the goods came back: %(amount)s lost.") % {
                    "amount": format_money(int(facts["amount"]), currency, language)
                }
            case "gift_card_missing":
                return _("A gift card was spent meanwhile; %(loss)s are the merchant's loss.") % {
                    "loss": format_money(int(facts["loss"]), currency, language)
                }
            case "points_missing" | "wallet_missing":
                return _("Part of what was redeemed is missing: %(debt)s owed by the member, %(loss)s lost.") % {
                    name: format_number(int(facts.get(name, 0))) for name in ("debt", "loss")
                }
    return (
        _paid_message(warning, currency, language)
        or _spent_message(warning, currency, language)
        or _time_message(warning, language)
        or _loss_message(warning, currency, language)
        or warning.code.replace("_", " ")
    )


def _paid_message(warning: SaleWarning, currency: str, language: str) -> str:
    """Return what a sale that was paid already is not refused for; empty for every other code."""
    facts = warning.facts
    with override(language):
        match warning.code:
            case "return_waits":
                return _("The receipt %(reference)s is not here yet; its goods are taken back when it comes.") % {
                    "reference": facts["reference"]
                }
            case "member_unknown":
                return _("Nobody is known by what was given; the sale was recorded without a member.")
            case "return_not_taken_back":
                return ngettext(
                    "%(units)s unit of receipt %(reference)s (%(amount)s) could not be taken back; a person looks.",
                    "%(units)s units of receipt %(reference)s (%(amount)s) could not be taken back; a person looks.",
                    int(facts["units"]),
                ) % {
                    "units": format_number(int(facts["units"])),
                    "reference": facts["reference"],
                    "amount": format_money(int(facts["amount"]), currency, language),
                }
            case "rounding_capped":
                return _("%(asked)s were to be rounded off; only %(taken)s were left to pay.") % {
                    name: format_money(int(facts[name]), currency, language) for name in ("asked", "taken")
                }
            case "member_withheld":
                return _("The till asked for too many unknown members; it is not said whether this one is known.")
            case "member_blocked":
                return _("The member is blocked; the sale was recorded without a member.")
            case "card_not_confirmed":
                return _("The card is not confirmed; nothing of the member was spent, it is the merchant's loss.")
            case "till_debt_limit_reached":
                return _("The till's debt of the day has reached %(limit)s; the rest is the merchant's loss.") % {
                    "limit": format_money(int(facts["limit"]), currency, language)
                }
            case "verification_missing":
                return ngettext(
                    "%(points)s point was redeemed without the code from the card page.",
                    "%(points)s points were redeemed without the code from the card page.",
                    int(facts["points"]),
                ) % {"points": format_number(int(facts["points"]))}
    return ""


def _spent_message(warning: SaleWarning, currency: str, language: str) -> str:
    """Return what did not pay or take off in a sale that was paid; empty for every other warning."""
    facts = warning.facts
    with override(language):
        match warning.code:
            case "points_not_redeemed":
                return _("Points to redeem: %(asked)s; the program let %(taken)s be.") % {
                    name: format_number(int(facts[name])) for name in ("asked", "taken")
                }
            case "wallet_not_redeemed":
                return _("%(asked)s were to be paid from the wallet; the program let %(taken)s be.") % {
                    name: format_money(int(facts[name]), currency, language) for name in ("asked", "taken")
                }
            case "coupon_not_applied":
                return _("The code %(code)s was no offer for this sale; what it took off is the merchant's loss.") % {
                    "code": facts["code"]
                }
            case "code_not_checked":
                return _("The till had tried too many unknown codes; %(code)s was not looked at, a person has to.") % {
                    "code": facts["code"]
                }
            case "gift_card_skipped":
                return _("The gift card %(code)s could not pay; what it was to pay is the merchant's loss.") % {
                    "code": facts["code_masked"]
                }
    return ""


def _time_message(warning: SaleWarning, language: str) -> str:
    """Return what was wrong with the time that the till claimed; empty for every other code."""
    with override(language):
        match warning.code:
            case "clock_corrected":
                return _describe_skew(int(warning.facts["minutes"]))
            case "clock_wrong":
                return _("The till's clock is more than a day wrong; our own time was used.")
            case "clock_future":
                return _("The till's clock was ahead of ours; our own time was used.")
            case "clock_past":
                return _("The till's clock was too far behind; our own time was used.")
            case "before_sale":
                return _("The return was dated before its sale; the time of the sale was used.")
            case "quarantined":
                return _("The sale came so late that a person decides first whether it earns anything.")
            case "late":
                return _describe_lateness(int(warning.facts["days"]), priced_now=bool(warning.facts["priced_now"]))
    return ""


def _describe_skew(minutes: int) -> str:
    words = (
        ngettext(
            "The till's clock was %(minutes)s minute behind; the time was corrected.",
            "The till's clock was %(minutes)s minutes behind; the time was corrected.",
            abs(minutes),
        )
        if minutes > 0
        else ngettext(
            "The till's clock was %(minutes)s minute ahead; the time was corrected.",
            "The till's clock was %(minutes)s minutes ahead; the time was corrected.",
            abs(minutes),
        )
    )
    return words % {"minutes": format_number(abs(minutes))}


def _describe_lateness(days: int, *, priced_now: bool) -> str:
    words = (
        ngettext(
            "The sale came %(days)s day late, too late for the offers of its day: those of today count.",
            "The sale came %(days)s days late, too late for the offers of its day: those of today count.",
            days,
        )
        if priced_now
        else ngettext(
            "The sale came %(days)s day late; the offers of its own day count.",
            "The sale came %(days)s days late; the offers of its own day count.",
            days,
        )
    )
    return words % {"days": format_number(days)}


def _loss_message(warning: SaleWarning, currency: str, language: str) -> str:
    """Return what a return could not take back; empty for every other code."""
    with override(language):
        match warning.code:
            case "points_not_taken_back":
                return ngettext(
                    "%(loss)s point of this sale could not be taken back: it is the merchant's loss.",
                    "%(loss)s points of this sale could not be taken back: they are the merchant's loss.",
                    int(warning.facts["loss"]),
                ) % {"loss": format_number(int(warning.facts["loss"]))}
            case "cashback_not_taken_back":
                return _("%(loss)s of cashback could not be taken back: it is the merchant's loss.") % {
                    "loss": format_money(int(warning.facts["loss"]), currency, language)
                }
    return ""
