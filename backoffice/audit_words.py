"""The audit trail in words: what was done, to what, and what it changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from backoffice.context import ROLE_WORDS
from backoffice.words import AUDIT_WORDS, REASON_WORDS
from common.quantities import format_instant, format_number
from merchants.facts import AuditFacts, MerchantFacts

ACTION_WORDS: Final[Mapping[str, Promise]] = {
    **AUDIT_WORDS,
    "address.suppressed": _("Address blocked"),
    "address.unsuppressed": _("Address unblocked"),
    "audit.exported": _("Audit trail exported"),
    "campaign.cancelled": _("Campaign cancelled"),
    "campaign.changed": _("Campaign changed"),
    "campaign.created": _("Campaign draft made"),
    "campaign.discarded": _("Campaign draft discarded"),
    "campaign.finished": _("Campaign finished"),
    "campaign.paused": _("Campaign paused"),
    "campaign.preparing": _("Campaign being prepared"),
    "campaign.resumed": _("Campaign resumed"),
    "campaign.scheduled": _("Campaign scheduled"),
    "campaign.started": _("Campaign started"),
    "campaign.test_requested": _("Test mail requested"),
    "campaign.uncertain_resent": _("Uncertain mail sent again"),
    "campaign.uncertain_resolved": _("Uncertain mail settled"),
    "campaign.unscheduled": _("Campaign taken off the schedule"),
    "coupon.state_set": _("State of a coupon set"),
    "coupons.batch_cancelled": _("Batch of coupons cancelled"),
    "coupons.cancelled": _("Coupons cancelled"),
    "coupons.downloaded": _("Coupon codes downloaded"),
    "coupons.ordered": _("Coupons ordered"),
    "coupons.printed": _("Coupon codes printed"),
    "coupons.shared_code_made": _("Shared code made"),
    "demo.loaded": _("Sample data loaded"),
    "discount_limits.changed": _("Discount limits changed"),
    "members.exported": _("Members exported"),
    "members.tagged": _("Members tagged"),
    "members.untagged": _("Tag taken from members"),
    "merchant.excluded_goods_changed": _("Goods that take no part changed"),
    "merchant.settings_changed": _("Settings changed"),
    "moment.added": _("Moment added"),
    "moment.changed": _("Moment changed"),
    "moment.dated": _("Days of a moment set"),
    "moment.removed": _("Moment removed"),
    "moment.reset": _("Days of a moment reset"),
    "outlet.added": _("Outlet added"),
    "partner.added": _("Partner added"),
    "partner.changed": _("Partner changed"),
    "points.adjust": _("Points adjusted"),
    "points.adjusted": _("Points adjusted"),
    "points.write_off": _("Debt written off"),
    "products.imported": _("Products imported"),
    "promotion.ended": _("Promotion ended"),
    "promotion.paused": _("Promotion paused"),
    "promotion.published": _("Version of a promotion published"),
    "promotion.resumed": _("Promotion resumed"),
    "referral.approved": _("Referral approved"),
    "referral.refused": _("Referral refused"),
    "referrals.published": _("Referral programme changed"),
    "reward.added": _("Reward added"),
    "reward.changed": _("Reward changed"),
    "reward.offered_again": _("Reward offered again"),
    "reward.picture_changed": _("Picture of a reward changed"),
    "reward.restocked": _("Reward restocked"),
    "reward.retired": _("Reward withdrawn"),
    "reward.stock_corrected": _("Stock of a reward corrected"),
    "segments.rule_changed": _("Definition of the segments changed"),
    "sending_policy.changed": _("Sending rules changed"),
    "simulation.asked": _("Simulation asked for"),
    "simulation.cancelled": _("Simulation cancelled"),
    "staff.accepted": _("Invitation accepted"),
    "staff.declined": _("Invitation declined"),
    "staff.ended": _("Access of a person ended"),
    "staff.granted": _("Access given to a person"),
    "staff.invited": _("Person invited"),
    "staff.invited_again": _("Invitation sent again"),
    "staff.role_changed": _("Role of a person changed"),
    "staff.withdrawn": _("Invitation withdrawn"),
    "till.added": _("Till added"),
    "till.coupon_codes_closed": _("Till barred from trying codes"),
    "till_key.issued": _("Till key issued"),
    "till_key.revoked": _("Till key revoked"),
    "welcome.changed": _("Welcome changed"),
    "welcome.off": _("Welcome switched off"),
    "welcome.on": _("Welcome switched on"),
    "welcome.sent_back": _("Welcome sent afterwards"),
}

SUBJECT_WORDS: Final[Mapping[str, Promise]] = {
    "campaign": _("Campaign"),
    "coupon": _("Coupon"),
    "coupon_batch": _("Coupons"),
    "gift_card": _("Gift card"),
    "gift_card_batch": _("Gift cards"),
    "lifecycle_rule": _("Segments"),
    "member": _("Member"),
    "members": _("Members"),
    "merchant": _("Store"),
    "moment": _("Moment"),
    "moment_dates": _("Moment"),
    "outlet": _("Outlet"),
    "partner": _("Partner"),
    "product_import": _("Products"),
    "promotion": _("Promotion"),
    "referral": _("Referral"),
    "reward": _("Reward"),
    "scenario": _("Simulation"),
    "source": _("Coupons"),
    "suppression": _("Address"),
    "till": _("Till"),
    "transfer": _("Points"),
    "user": _("Person"),
}

REFUND_POLICY_WORDS: Final[Mapping[str, Promise]] = {
    "only_pending": _("Only points that cannot be used yet"),
    "within_balance": _("Up to the balance, never below zero"),
    "debt": _("All of them; what was spent becomes a debt"),
}

LANGUAGE_WORDS: Final = {"id": "Bahasa Indonesia", "en": "English"}

FIELD_WORDS: Final[Mapping[str, Promise]] = {
    "name": _("Name"),
    "role": _("Role"),
    "version": _("Version"),
    "starts_at": _("Starts"),
    "state": _("State"),
    "language": _("Language"),
    "day_starts_at": _("Start of the business day"),
    "points_name": _("Your word for points"),
    "points_valid_months": _("Points are valid for"),
    "stored_value_valid_months": _("Money paid in is valid for"),
    "pending_days": _("Waiting days of new points"),
    "join_bonus_points": _("Points for joining"),
    "max_debt_points": _("Highest debt of a member"),
    "refund_policy": _("Points of returned goods"),
    "return_grace_days": _("Days for points given back late"),
    "claim_days": _("Days to claim a receipt"),
    "count": _("Number"),
    "tag": _("Tag"),
    "filters": _("Filters"),
    "contacts": _("Contacts in full"),
    "points": _("Points"),
    "key": _("Key"),
    "fields": _("Fields"),
    "tier": _("Tier"),
    "never_discounted": _("Never discounted"),
    "never_earns": _("Never bring points"),
    "skus": _("Product codes"),
    "categories": _("Categories"),
}

_VALUES: Final[Mapping[str, Mapping[str, Promise | str]]] = {
    "role": {role.value: word for role, word in ROLE_WORDS.items()},
    "refund_policy": REFUND_POLICY_WORDS,
    "language": LANGUAGE_WORDS,
}


def action_word(code: str) -> str:
    return str(ACTION_WORDS.get(code, code))


def subject_word(kind: str) -> str:
    return str(SUBJECT_WORDS.get(kind, kind.replace("_", " ")))


def reason_word(reason: str) -> str:
    return str(REASON_WORDS.get(reason, reason))


def changes_in_words(entry: AuditFacts, merchant: MerchantFacts) -> list[tuple[str, str, str]]:
    """(what, before, after) for each field the entry names; '' where that side says nothing of it."""
    before, after = entry.before or {}, entry.after or {}
    return [
        (
            field_word(name),
            value_word(name, before[name], merchant) if name in before else "",
            value_word(name, after[name], merchant) if name in after else "",
        )
        for name in dict.fromkeys((*before, *after))
    ]


def field_word(name: str) -> str:
    return str(FIELD_WORDS.get(name) or name.replace("_", " ").capitalize())


def value_word(name: str, value: Any, merchant: MerchantFacts) -> str:
    """A stored value as people read it: codes in words, instants in the merchant's zone, lists with commas."""
    if value is None:
        return gettext("without end") if name.endswith("_valid_months") else "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, int):
        return format_number(value)
    if isinstance(value, time):
        return f"{value:%H.%M}"
    if isinstance(value, list | tuple):
        return ", ".join(value_word(name, one, merchant) for one in value) or "–"
    if isinstance(value, Mapping):
        return ", ".join(f"{field_word(key)}: {value_word(key, one, merchant)}" for key, one in value.items()) or "–"
    text = str(value)
    if name in _VALUES:
        return str(_VALUES[name].get(text, text))
    return _moment_word(name, text, merchant)


def _moment_word(name: str, text: str, merchant: MerchantFacts) -> str:
    """Times were stored as text."""
    try:
        if name.endswith("_at") and "T" in text:
            language = (get_language() or "id")[:2]
            return format_instant(datetime.fromisoformat(text), merchant.timezone, language)
        if name == "day_starts_at":
            return f"{time.fromisoformat(text):%H.%M}"
    except ValueError:
        pass
    return text
