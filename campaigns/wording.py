"""Sentences about campaigns in the active language: what is wrong with a field, what a coupon is worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.facts import CouponOffer, ExclusionReason, OfferKind, PauseReason, TriggerName
from campaigns.rules.merge_fields import BODY_FIELDS, SUBJECT_FIELDS, TemplateError
from common.errors import FieldError
from common.languages import reader_language
from common.quantities import DECIMAL_MARK, format_money

FIELD_PROBLEMS: Final[Mapping[str, Promise]] = {
    "name_required": _("Give the campaign a name; members do not see it."),
    "name_too_long": _("A name has at most 120 characters."),
    "segment_unknown": _("Choose a segment: new, active, loyal or lapsed."),
    "subject_required": _("Write a subject."),
    "subject_too_long": _("A subject has at most 150 characters."),
    "preview_too_long": _("A preview text has at most 200 characters."),
    "one_line": _("This is one line; remove the line break."),
    "body_required": _("Write what you want to tell your members."),
    "body_too_long": _("A mail has at most 20,000 characters."),
    "control_range": _("The control group is 0 to 50 percent."),
    "cap_days_range": _("The frequency cap is 0 to 90 days."),
    "measure_days_range": _("Results are measured over 1 to 90 days."),
    "delay_range": _("The delay is at most 30 days."),
    "percent_range": _("A discount is more than 0 and at most 100 percent."),
    "amount_range": _("A discount has to be more than 0."),
    "cap_range": _("The highest discount has to be more than 0; leave it empty for none."),
    "min_spend_range": _("The minimum spend cannot be negative."),
    "min_below_amount": _("The minimum spend has to be higher than the discount. Change one of them."),
    "days_range": _("A coupon is valid for 1 to 366 days."),
    "time_passed": _("This time has passed. Choose a later one."),
    "not_staff": _("A test goes to somebody of your staff only."),
}

TEMPLATE_PROBLEMS: Final[Mapping[str, Promise]] = {
    "unclosed": _("A merge field is written {{ field }} or {{ field | fallback }}. Look at: %(what)s"),
    "unknown_field": _("There is no field “%(what)s”. These exist: %(allowed)s."),
    "not_here": _("The field “%(what)s” cannot stand here. These can: %(allowed)s."),
    "no_coupon": _("The field “%(what)s” needs a coupon. Add a coupon to the campaign or remove the field."),
    "fallback_missing": _("Not every member has “%(what)s”. Say what stands there instead: {{ %(what)s | fallback }}."),
}

AUTOMATION_NAMES: Final[Mapping[TriggerName, Promise]] = {TriggerName.JOINED: _("Welcome")}
"""An automation's name; a campaign has the name that a person gave it."""

REASONS: Final[Mapping[ExclusionReason, Promise]] = {
    ExclusionReason.BLOCKED: _("Blocked"),
    ExclusionReason.NO_ADDRESS: _("No e-mail address"),
    ExclusionReason.NO_CONSENT: _("No consent"),
    ExclusionReason.SUPPRESSED: _("Address undeliverable or stopped before"),
    ExclusionReason.MAILED_RECENTLY: _("Mailed recently"),
    ExclusionReason.DUPLICATE_ADDRESS: _("Same inbox as another member"),
    ExclusionReason.MEMBER_GONE: _("No longer a member"),
    ExclusionReason.ADDRESS_CHANGED: _("Changed the e-mail address"),
    ExclusionReason.BAD_ADDRESS: _("Unusable e-mail address"),
    ExclusionReason.HARD_BOUNCE: _("The address does not exist"),
    ExclusionReason.REJECTED: _("Refused by the recipient's server"),
    ExclusionReason.GAVE_UP: _("Not deliverable within 72 hours"),
    ExclusionReason.REFUSED_BY_POLICY: _("Refused by the recipient's server for its policy"),
    ExclusionReason.COUPON_MISSING: _("No coupon was issued"),
    ExclusionReason.CARD_MISSING: _("No valid card"),
    ExclusionReason.CAMPAIGN_CANCELLED: _("The campaign was cancelled"),
    ExclusionReason.STALE: _("Too late to be sent"),
}

PAUSE_REASONS: Final[Mapping[PauseReason, Promise]] = {
    PauseReason.BY_HAND: _("Paused by hand."),
    PauseReason.SENDER_REFUSED: _(
        "The mail server refuses to send for you. Nobody was removed; check the sender settings, then resume."
    ),
    PauseReason.NEEDS_REVIEW: _(
        "The database was brought back from a copy. Check which mails already went out before you resume."
    ),
    PauseReason.STALE: _("Its time passed more than a day ago. Resume to send it now, or cancel it."),
}


def field_error(pointer: str, code: str) -> FieldError:
    """Return the error of one field, worded in the active language."""
    return FieldError(pointer=pointer, code=code, message=str(FIELD_PROBLEMS[code]))


def template_error(pointer: str, problem: TemplateError) -> FieldError:
    """Return a mistake in a template: names the piece and, where it helps, what is allowed there."""
    allowed = ", ".join(sorted(SUBJECT_FIELDS if pointer != "body" else BODY_FIELDS))
    text = str(TEMPLATE_PROBLEMS[problem.code]) % {"what": problem.what, "allowed": allowed}
    return FieldError(pointer=pointer, code=problem.code, message=text)


def offer_title(offer: CouponOffer | None, currency: str) -> str:
    """Return the offer's own title, or 'Diskon 15% (maks. Rp 30.000)' made of its figures; empty without an offer."""
    if offer is None:
        return ""
    if offer.title:
        return offer.title
    language = reader_language()
    if offer.kind is OfferKind.AMOUNT:
        return gettext("%(amount)s discount") % {"amount": format_money(offer.amount, currency, language)}
    percent = f"{offer.percent.normalize():f}%".replace(".", DECIMAL_MARK)
    if offer.cap_amount is None:
        return gettext("%(percent)s off") % {"percent": percent}
    return gettext("%(percent)s off (at most %(cap)s)") % {
        "percent": percent,
        "cap": format_money(offer.cap_amount, currency, language),
    }


def offer_conditions(offer: CouponOffer | None, currency: str) -> list[str]:
    """Return the terms under a coupon, one sentence each."""
    if offer is None:
        return []
    language = reader_language()
    lines = [gettext("Can be used once, by you only.")]
    if offer.min_spend_amount:
        lines.insert(
            0,
            gettext("Minimum spend %(amount)s.") % {"amount": format_money(offer.min_spend_amount, currency, language)},
        )
    return lines
