"""Decisions and hints of the engine as sentences, in the reader's language.

Whole sentences are translated, with slots for figures; figures are written by `common.quantities`.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.quantities import format_number, format_percent
from rewards.engine.facts import CouponResult, Decision, Definition, Hint, Outcome
from rewards.engine.quote import quote_form
from rewards.promotions.wording.names import NO_NAMES, Names, listed
from rewards.promotions.wording.speaker import Speaker


def quote_body(
    outcome: Outcome, promotions: Iterable[Definition], *, currency: str, language: str, names: Names = NO_NAMES
) -> dict[str, Any]:
    """The quote of the till API with its sentences; `quote_id`, `expires_at` and `reserved` are the caller's.

    `names`: tiers, for an outcome that `names_tiers`.
    """
    known = {definition.id: definition for definition in promotions}
    body = quote_form(outcome)
    speaker = Speaker(language, currency, tiers=names.tiers)
    with translation.override(language):  # once: a shop of 200 promotions has as many decisions
        for shown, decision in zip(body["decisions"], outcome.decisions, strict=True):
            shown["message"] = _REASONS[decision.reason](decision, speaker)
    for shown, coupon in zip(body["coupons"], outcome.coupons, strict=True):
        if coupon.status == "rejected":
            shown["message"] = coupon_message(
                coupon, outcome.decisions, currency=currency, language=language, names=names
            )
    body["hints"] = [
        {
            "promotion_id": hint.promotion_id,
            "message": hint_message(hint, known.get(hint.promotion_id), currency=currency, language=language),
        }
        for hint in outcome.hints
    ]
    return body


def names_tiers(decisions: Iterable[Decision]) -> bool:
    """Whether a sentence about these will name tiers, so that their names have to be known."""
    return any(decision.reason == "wrong_tier" for decision in decisions)


def decision_message(decision: Decision, *, currency: str, language: str, names: Names = NO_NAMES) -> str:
    """Why a promotion applied or not, in one sentence."""
    with translation.override(language):
        return _REASONS[decision.reason](decision, Speaker(language, currency, tiers=names.tiers))


def coupon_message(
    coupon: CouponResult, decisions: Iterable[Decision], *, currency: str, language: str, names: Names = NO_NAMES
) -> str:
    """Why a code was not used: its promotion's own reason, or one and the same answer for every code of no use."""
    for decision in decisions:
        if decision.promotion_id == coupon.promotion_id and decision.reason == coupon.reason:
            return decision_message(decision, currency=currency, language=language, names=names)
    with translation.override(language):
        write = _COUPON_REASONS.get(coupon.reason or "")
        if write is None and coupon.reason in _REASONS:
            bare = Decision(coupon.promotion_id or "", "", False, coupon.reason)
            return _REASONS[coupon.reason](bare, Speaker(language, currency))
        return _("This code cannot be used here.") if write is None else write()


def hint_message(hint: Hint, definition: Definition | None, *, currency: str, language: str) -> str:
    """What to add for a promotion: "Spend Rp 12.500 more for Rp 20.000 off"."""
    with translation.override(language):
        speaker = Speaker(language, currency)
        benefit = benefit_text(definition, speaker) if definition is not None else _("this promotion")
        if hint.reason == "min_spend_not_met":
            return _("Spend %(missing)s more for %(benefit)s.") % {
                "missing": speaker.money(hint.missing),
                "benefit": benefit,
            }
        return _("Add %(missing)s more for %(benefit)s.") % {
            "missing": format_number(hint.missing),
            "benefit": benefit,
        }


def benefit_text(definition: Definition, speaker: Speaker) -> str:
    """The gist of a promotion as the end of a sentence; kinds without a short gist are called by their title."""
    write = _BENEFITS.get(definition.kind)
    return definition.title if write is None else write(definition.source, speaker)


def _write_percent(source: Mapping[str, Any]) -> str:
    return format_percent(Decimal(str(source["value"])) / 100, 2)


def _write_bundle(source: Mapping[str, Any], speaker: Speaker) -> str:
    if source.get("qty") is None:
        return _("the set for %(price)s") % {"price": speaker.money(source["price"])}
    return _("%(count)s for %(price)s") % {"count": source["qty"], "price": speaker.money(source["price"])}


def _write_gift(source: Mapping[str, Any], speaker: Speaker) -> str:
    gift = source["gift"]
    return _("%(count)s x %(name)s free") % {"count": gift.get("qty", 1), "name": gift["name"]}


_BENEFITS: dict[str, Callable[[Mapping[str, Any], Speaker], str]] = {
    "percent_off": lambda source, say: _("a %(percent)s discount") % {"percent": _write_percent(source)},
    "percent_off_unit": lambda source, say: _("a %(percent)s discount") % {"percent": _write_percent(source)},
    "amount_off": lambda source, say: _("%(amount)s off") % {"amount": say.money(source["value"])},
    "amount_off_per_unit": lambda source, say: _("%(amount)s off each") % {"amount": say.money(source["value"])},
    "bundle_price": _write_bundle,
    "gift_line": _write_gift,
    "cheapest_free": lambda source, say: _("the cheapest one free"),
    "earn_bonus": lambda source, say: say.points(source["points"]),
}

Sentence = Callable[[Decision, Speaker], str]


def _without_figures(write: Callable[[], str]) -> Sentence:
    return lambda decision, say: write()


def _min_spend(decision: Decision, say: Speaker) -> str:
    if not isinstance(decision.measured, int) or not isinstance(decision.needed, int):
        return _("The minimum spend is not reached.")
    return _("Minimum spend %(needed)s; this purchase has %(measured)s.") % {
        "needed": say.money(decision.needed),
        "measured": say.money(decision.measured),
    }


def _min_qty(decision: Decision, say: Speaker) -> str:
    if decision.needed is None:
        return _("Too few items.")
    return ngettext(
        "At least %(needed)s item; this purchase has %(measured)s.",
        "At least %(needed)s items; this purchase has %(measured)s.",
        int(decision.needed),
    ) % _figures_of(decision)


def _not_started(decision: Decision, say: Speaker) -> str:
    if decision.needed is None:
        return _("Not valid yet.")
    return _("Valid from %(day)s.") % {"day": say.day(decision.needed)}


def _write_expired(decision: Decision, say: Speaker) -> str:
    if decision.needed is None:
        return _("No longer valid.")
    return _("Valid until %(day)s.") % {"day": say.day(decision.needed)}


def _wrong_tier(decision: Decision, say: Speaker) -> str:
    if decision.needed is None:
        return _("Not for this tier.")
    tiers = str(decision.needed).split(", ")
    words = ngettext("Only for the tier %(names)s.", "Only for the tiers %(names)s.", len(tiers))
    return words % {"names": listed(tiers, say.tiers)}


def _usage_limit(decision: Decision, say: Speaker) -> str:
    if decision.needed is None:
        return _("Used up.")
    if decision.period == "day":
        return ngettext(
            "Used up for today: the only use is taken.",
            "Used up for today: all %(needed)s uses are taken.",
            int(decision.needed),
        ) % _figures_of(decision)
    return ngettext(
        "Used up: the only use is taken.", "Used up: all %(needed)s uses are taken.", int(decision.needed)
    ) % _figures_of(decision)


def _write_applied(decision: Decision, say: Speaker) -> str:
    """What it gave less than it would have: points under a cap, or the rest of the value of the last point."""
    if decision.measured is None or decision.needed is None:
        return _("Applied.")
    if decision.unit == "points":
        slots = {"given": say.points(decision.measured), "full": format_number(int(decision.needed))}
        return _CAPPED[decision.period or "sale"]() % slots
    lost = int(decision.needed) - int(decision.measured)
    return _("Applied. The last point pays the remaining %(rest)s; %(lost)s of its value is lost.") % {
        "rest": say.money(decision.measured),
        "lost": say.money(lost),
    }


_CAPPED: dict[str, Callable[[], str]] = {
    "sale": lambda: _("Applied: %(given)s instead of %(full)s, the most for one purchase."),
    "day": lambda: _("Applied: %(given)s instead of %(full)s, the most a member gets in a day."),
    "month": lambda: _("Applied: %(given)s instead of %(full)s, the most a member gets in a month."),
}
_CAP_REACHED: dict[str, Callable[[], str]] = {
    "sale": lambda: _("This purchase has its %(most)s already, the most for one purchase."),
    "day": lambda: _("This member has today's %(most)s already, the most in a day."),
    "month": lambda: _("This member has this month's %(most)s already, the most in a month."),
}


def _per_member(decision: Decision, say: Speaker) -> str:
    if decision.needed is None:
        return _("This member has used it up.")
    if decision.unit == "points":
        return _CAP_REACHED[decision.period or "sale"]() % {"most": say.points(decision.needed)}
    if decision.period == "day":
        return ngettext(
            "This member has used it already today.",
            "This member has used it %(measured)s of %(needed)s times today.",
            int(decision.needed),
        ) % _figures_of(decision)
    return ngettext(
        "This member has used it already.",
        "This member has used it %(measured)s of %(needed)s times.",
        int(decision.needed),
    ) % _figures_of(decision)


def _points_short(decision: Decision, say: Speaker) -> str:
    if decision.measured is None or decision.needed is None:
        return _("Not enough points.")
    return _("Not enough points: %(measured)s of %(needed)s.") % {
        "measured": format_number(int(decision.measured)),
        "needed": say.points(decision.needed),
    }


def _free_units(decision: Decision, say: Speaker) -> str:
    if decision.needed is None:
        return _("Not enough items are free for this offer.")
    return _("Not enough items are free for this offer: %(measured)s of %(needed)s.") % _figures_of(decision)


def _figures_of(decision: Decision) -> dict[str, str]:
    return {
        "measured": format_number(int(decision.measured or 0)),
        "needed": format_number(int(decision.needed or 0)),
    }


_REASONS: dict[str, Sentence] = {
    "applied": _write_applied,
    "min_spend_not_met": _min_spend,
    "min_qty_not_met": _min_qty,
    "wrong_segment": _without_figures(lambda: _("Not for this customer.")),
    "wrong_tier": _wrong_tier,
    "member_required": _without_figures(lambda: _("Only for members.")),
    "code_required": _without_figures(lambda: _("A coupon code is needed.")),
    "not_started": _not_started,
    "expired": _write_expired,
    "outside_hours": _without_figures(lambda: _("Not valid on this day or at this hour.")),
    "wrong_outlet": _without_figures(lambda: _("Not valid at this outlet.")),
    "usage_limit_reached": _usage_limit,
    "per_member_limit_reached": _per_member,
    "budget_exhausted": _without_figures(lambda: _("The budget of this promotion is used up.")),
    "not_combinable": _without_figures(lambda: _("Cannot be combined with another promotion in this purchase.")),
    "better_discount_applied": _without_figures(lambda: _("A better promotion was applied instead.")),
    "no_eligible_items": _without_figures(lambda: _("No item in this purchase takes part.")),
    "nothing_left_to_discount": _without_figures(lambda: _("The items that take part cost nothing any more.")),
    "insufficient_free_units": _free_units,
    "insufficient_points": _points_short,
    "no_benefit": _without_figures(lambda: _("Brings nothing in this purchase.")),
    "card_not_confirmed": _without_figures(lambda: _("Only after the card is confirmed.")),
}

# What only a single coupon can be: the codes of rewards.coupons.rules.coupon_refusal, and a card that still waits.
_COUPON_REASONS: dict[str, Callable[[], str]] = {
    "coupon_is_gift_card": lambda: _("This is a gift card. Enter it as a gift card."),
    "cancelled": lambda: _("This coupon was cancelled."),
    "blocked": lambda: _("This coupon is blocked."),
    "wrong_member": lambda: _("This coupon belongs to another member."),
    "reserved_elsewhere": lambda: _("This coupon is being used in another purchase."),
    "card_not_confirmed": lambda: _("Confirm the card first, then redeem."),
}
