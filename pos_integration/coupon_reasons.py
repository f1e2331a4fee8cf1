"""Why a coupon cannot be used, in the few words that fit behind its code. All texts are message ids; see locale/id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_noop as _

OTHER_REASON: Final = "coupon_not_usable"
COUPON_REASONS: Final[Mapping[str, str]] = {
    "coupon_unknown": _("unknown code"),
    "coupon_is_gift_card": _("a gift card: enter it as one"),
    "usage_limit_reached": _("used up"),
    "per_member_limit_reached": _("used up for this member"),
    "reserved_elsewhere": _("in use at another till"),
    "wrong_member": _("another member's coupon"),
    "member_required": _("only with a member"),
    "wrong_tier": _("not for this tier"),
    "wrong_segment": _("not for this member"),
    "not_started": _("not valid yet"),
    "expired": _("expired"),
    "outside_hours": _("not at this time"),
    "wrong_outlet": _("not at this outlet"),
    "cancelled": _("cancelled"),
    "blocked": _("blocked"),
    "min_spend_not_met": _("minimum spend not reached"),
    "min_qty_not_met": _("too few items"),
    "no_eligible_items": _("not for these goods"),
    "nothing_left_to_discount": _("nothing left to discount"),
    "no_benefit": _("brings nothing here"),
    "insufficient_free_units": _("too few items left for it"),
    "budget_exhausted": _("budget used up"),
    "not_combinable": _("not with other offers"),
    "better_discount_applied": _("a better offer acts"),
    OTHER_REASON: _("cannot be used"),
}
"""What is after the code in the message to the cashier: at most 36 characters in either language."""
