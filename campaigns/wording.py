"""Sentences about campaigns in the active language: what is wrong with a field, why one is left out or pauses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.facts import ExclusionReason, PauseReason, TriggerName
from campaigns.rules.merge_fields import BODY_FIELDS, SUBJECT_FIELDS, TemplateError
from common.errors import FieldError

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
    "coupon_unknown": _("Choose a coupon from the list."),
    "coupon_cancelled": _("The coupon was cancelled. Choose another one."),
    "coupon_partial": _("The coupon is not ready yet."),
    "coupon_expired": _("The last day of the coupon is over by then. Choose another one, or an earlier time."),
    "coupon_stopped": _("The offer of the coupon is stopped. Let it run again, or choose another coupon."),
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
    PauseReason.COUPON_OVER: _(
        "No till takes its coupon any more, so no more e-mails leave. Let the coupon's offer run again and resume, or "
        "cancel this campaign and send a copy with another coupon."
    ),
    PauseReason.STALE: _("Its time passed more than a day ago. Resume to send it now, or cancel it."),
}


def field_error(pointer: str, code: str) -> FieldError:
    """Return the error of one field, worded in the active language."""
    return FieldError(pointer=pointer, code=code, message=str(FIELD_PROBLEMS[code]))


def problem_errors(problem: str | None) -> list[FieldError]:
    """Return the error of a coupon that cannot be given, as `coupon_problem` names it; none for None."""
    return [field_error("batch_id", f"coupon_{problem}")] if problem else []


def template_error(pointer: str, problem: TemplateError) -> FieldError:
    """Return a mistake in a template: names the piece and, where it helps, what is allowed there."""
    allowed = ", ".join(sorted(SUBJECT_FIELDS if pointer != "body" else BODY_FIELDS))
    text = str(TEMPLATE_PROBLEMS[problem.code]) % {"what": problem.what, "allowed": allowed}
    return FieldError(pointer=pointer, code=problem.code, message=text)
