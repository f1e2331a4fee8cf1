"""Why a till refuses a coupon today, in words that can be said on the phone."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.languages import reader_language
from common.quantities import format_day, format_instant
from merchants.facts import MerchantFacts
from rewards.coupons.facts import CouponStory
from rewards.coupons.queries import check_code

_REASONS: Final[dict[str, Promise]] = {
    "cancelled": _("It was cancelled, so it never counts again."),
    "blocked": _("It is blocked, until someone who writes offers lifts the block."),
    "usage_limit_reached": _("All its uses are taken."),
    "reserved_elsewhere": _("A till has set it aside for a purchase that is not paid yet."),
    "expired": _("Its offer is not in force any more."),
}


def why_refused(merchant: MerchantFacts, story: CouponStory, *, at: datetime) -> str:
    """Return why no till takes the coupon today, whatever is bought; "" when one takes it under its conditions."""
    coupon, language = story.coupon, reader_language()
    today = merchant.day_of(at)
    check = check_code(merchant=merchant, code=coupon.code, at=at, today=today)
    if check.usable or check.reason is None:
        return ""
    if check.reason == "expired" and coupon.valid_until is not None and coupon.valid_until < today:
        return gettext("Its last day was %(day)s.") % {"day": format_day(coupon.valid_until, language)}
    if check.reason == "not_started" and coupon.valid_from is not None:
        return gettext("It counts from %(day)s on.") % {"day": format_day(coupon.valid_from, language)}
    if check.reason == "usage_limit_reached" and story.uses:
        at_text = format_instant(story.uses[0].at, merchant.timezone, language)
        return gettext("All its uses are taken, the last one on %(at)s.") % {"at": at_text}
    return str(_REASONS.get(check.reason, ""))
