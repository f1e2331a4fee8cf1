"""The audit trail in words: what was done, to what, and what it changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from backoffice.context import ROLE_WORDS
from backoffice.words import AUDIT_WORDS, HANDOVER_WORDS, REASON_WORDS, SEGMENT_WORDS
from common.quantities import format_day, format_instant, format_money, format_number, format_percent
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
    "coupon.recounted": _("Reservations of a coupon counted again"),
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
    "till.look_ups_alarm": _("Very many unknown members looked up"),
    "till.look_ups_closed": _("Till barred from looking up members"),
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

MONEY_ROUNDING_WORDS: Final[Mapping[str, Promise]] = {
    "half_up": _("Half and more up"),
    "down": _("Always down"),
}
ROUND_AT_WORDS: Final[Mapping[str, Promise]] = {
    "line": _("Per line"),
    "total": _("On the total"),
    "total_then_share": _("On the total, then shared"),
}
REMAINDER_WORDS: Final[Mapping[str, Promise]] = {
    "largest": _("To the lines that lost most by rounding"),
    "last_line": _("To the last line"),
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
    "money_rounding": _("Rounding of discounts"),
    "round_at": _("Discounts are rounded"),
    "remainder": _("What rounding leaves over"),
    "adding_groups": _("Groups that add up"),
    "most_points_per_sale": _("Most points of one purchase"),
    "most_points_per_day": _("Most points of a member in a day"),
    "most_points_per_month": _("Most points of a member in a month"),
    "count": _("Number"),
    "tag": _("Tag"),
    "filters": _("Filters"),
    "contacts": _("Contacts in full"),
    "points": _("Points"),
    "key": _("Key"),
    "scopes": _("May"),
    "fields": _("Fields"),
    "tier": _("Tier"),
    "never_discounted": _("Never discounted"),
    "never_earns": _("Never bring points"),
    "skus": _("Product codes"),
    "categories": _("Categories"),
    "accepted": _("Settled as sent"),
    "amount": _("Amount"),
    "basis_points": _("Share of the partner"),
    "birth_date": _("Birthday"),
    "attributes": _("Attributes"),
    "external_ref": _("Customer number"),
    "email": _("E-mail"),
    "phone": _("Mobile number"),
    "notes": _("Notes"),
    "change": _("Change"),
    "changed": _("Changed"),
    "code": _("Short name"),
    "codes": _("Codes"),
    "control_percent": _("Control group"),
    "counted": _("Counted"),
    "coupons": _("Coupons"),
    "created": _("New"),
    "days": _("Days"),
    "delay_minutes": _("Sent after"),
    "description": _("Description"),
    "first_day": _("First day"),
    "first_on": _("First day"),
    "funding": _("Partner who pays a part"),
    "handover": _("How the member gets it"),
    "is_active": _("Can be chosen"),
    "is_open": _("New friends can be brought"),
    "lapsed_after_days": _("Lapsed after"),
    "last_day": _("Last day"),
    "last_on": _("Last day"),
    "loyal_purchases": _("Loyal from purchases"),
    "loyal_window_days": _("Loyal within"),
    "made": _("Codes made"),
    "mails": _("E-mails"),
    "matched": _("Members in the audience"),
    "members": _("Members"),
    "min_tier_rank": _("Lowest tier"),
    "moment": _("Moment"),
    "month": _("Month"),
    "new_within_days": _("New within"),
    "note": _("Internal note"),
    "of_basket": _("Of one basket"),
    "of_sales": _("Of all sales"),
    "of_visits": _("Of one member's visits"),
    "owner_id": _("Member"),
    "partner_id": _("Partner"),
    "pause_reason": _("Why paused"),
    "per_member_limit": _("Per member, in all"),
    "period_days": _("Length of the period"),
    "period_limit": _("Per member and period"),
    "pieces": _("New pieces"),
    "position": _("Place in the list"),
    "protected_until": _("Protected until"),
    "reason": _("Reason"),
    "repeats": _("When it comes"),
    "scheduled_at": _("Scheduled for"),
    "segments_any": _("Only for these segments"),
    "status": _("State"),
    "stock": _("Stock"),
    "throttle_per_minute": _("E-mails a minute"),
    "tiers_any": _("One of these tiers"),
    "title": _("Name"),
    "total": _("Total"),
    "unchanged": _("Unchanged"),
    "unit": _("What"),
    "unit_amount": _("Amount per piece"),
    "unit_cost_amount": _("Cost per piece"),
    "user": _("Person"),
    "valid_from": _("First day"),
    "valid_until": _("Last day"),
    "costs_added": _("Costs added"),
}

HIDDEN: Final = frozenset({"card", "picture", "batch_id", "key", "email_key"})
"""Values that only name another record; people read of it in the entry's own words."""
MONEY: Final = frozenset({"amount", "total", "unit_amount", "unit_cost_amount"})

STATE_WORDS: Final[Mapping[str, Promise]] = {
    "draft": _("Draft"),
    "scheduled": _("Scheduled"),
    "preparing": _("Being prepared"),
    "running": _("Running"),
    "paused": _("Paused"),
    "finished": _("Finished"),
    "cancelled": _("Cancelled"),
    "live": _("Running"),
    "ended": _("Ended"),
    "making": _("Being made"),
    "ready": _("Made"),
    "issued": _("Usable"),
    "blocked": _("Blocked"),
    "active": _("Active"),
    "joined": _("Joined"),
    "qualified": _("Fulfilled, reward waits"),
    "in_review": _("To be reviewed"),
    "granted": _("Rewarded"),
    "refused": _("Refused"),
    "clawed_back": _("Taken back"),
    "expired": _("Expired"),
}
REPEAT_WORDS: Final[Mapping[str, Promise]] = {
    "yearly": _("Every year on the same day"),
    "monthly": _("Every month"),
    "dated": _("Only on days I write down"),
}
PAUSE_WORDS: Final[Mapping[str, Promise]] = {
    "by_hand": _("By hand"),
    "sender_refused": _("The mail server refused the sender"),
    "needs_review": _("To be looked at"),
    "stale": _("After a restore"),
}

_VALUES: Final[Mapping[str, Mapping[str, Promise | str]]] = {
    "role": {role.value: word for role, word in ROLE_WORDS.items()},
    "refund_policy": REFUND_POLICY_WORDS,
    "language": LANGUAGE_WORDS,
    "state": STATE_WORDS,
    "status": STATE_WORDS,
    "handover": HANDOVER_WORDS,
    "segments_any": SEGMENT_WORDS,
    "repeats": REPEAT_WORDS,
    "pause_reason": PAUSE_WORDS,
    "unit": {"points": _("Points"), "wallet": _("Wallet money")},
    "coupons": {"cancel": _("Cancelled"), "keep": _("Kept")},
    "fields": {
        name: FIELD_WORDS[name]
        for name in ("name", "phone", "email", "birth_date", "language", "attributes", "external_ref", "notes")
    },
    "money_rounding": MONEY_ROUNDING_WORDS,
    "round_at": ROUND_AT_WORDS,
    "remainder": REMAINDER_WORDS,
}


def action_word(code: str) -> str:
    return str(ACTION_WORDS.get(code, code))


def subject_word(kind: str) -> str:
    return str(SUBJECT_WORDS.get(kind, kind.replace("_", " ")))


def reason_word(reason: str) -> str:
    return str(REASON_WORDS.get(reason, reason))


def changes_in_words(
    entry: AuditFacts, merchant: MerchantFacts, names: Mapping[UUID, str] | None = None
) -> list[tuple[str, str, str]]:
    """Return (what, before, after) for each field that changed; '' where that side says nothing of it.

    `names` are people and records by id; a value that only is an id without a name is left out.
    """
    before, after = entry.before or {}, entry.after or {}
    changes = []
    for name in dict.fromkeys((*before, *after)):
        if name in HIDDEN or (name in before and name in after and before[name] == after[name]):
            continue
        was, becomes = (
            named_value(name, side[name], merchant, names or {}) if name in side else "" for side in (before, after)
        )
        if was or becomes:
            changes.append((field_word(name), was, becomes))
    return changes


def ids_in(entry: AuditFacts) -> set[UUID]:
    """Return the ids that an entry's values are, to look their names up."""
    found = set()
    for side in (entry.before or {}, entry.after or {}):
        found |= {one for value in side.values() if (one := _id_of(value)) is not None}
    return found


def named_value(name: str, value: Any, merchant: MerchantFacts, names: Mapping[UUID, str]) -> str:
    """Return a value in words, an id by its name; '' for an id that nothing here is called by."""
    found = _id_of(value)
    return names.get(found, "") if found is not None else value_word(name, value, merchant)


def _id_of(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) and len(value) == 36 else None
    except ValueError:
        return None


def field_word(name: str) -> str:
    """Return the label of a stored field; a test holds that each one written has its own."""
    return str(FIELD_WORDS.get(name) or gettext("Other details"))


def value_word(name: str, value: Any, merchant: MerchantFacts) -> str:
    """A stored value as people read it: codes in words, instants in the merchant's zone, lists with commas."""
    if value is None:
        if name.endswith("_valid_months"):
            return gettext("without end")
        return gettext("no limit") if name.startswith("most_points") else "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if name in MONEY and isinstance(value, int):
        return format_money(value, merchant.currency, (get_language() or "id")[:2])
    if name == "basis_points" and isinstance(value, int):
        return format_percent(Decimal(value) / 10_000, 2)
    if isinstance(value, int):
        return format_number(value)
    if isinstance(value, time):
        return f"{value:%H.%M}"
    if isinstance(value, list | tuple):
        return ", ".join(value_word(name, one, merchant) for one in value) or "–"
    if isinstance(value, Mapping):
        said = ((key, value_word(key, one, merchant)) for key, one in value.items() if _id_of(one) is None)
        return ", ".join(f"{field_word(key)}: {word}" for key, word in said if word != "–") or "–"
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
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return format_day(date.fromisoformat(text), (get_language() or "id")[:2])
        if name == "day_starts_at":
            return f"{time.fromisoformat(text):%H.%M}"
    except ValueError:
        pass
    return text
