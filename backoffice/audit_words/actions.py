"""What was done, and to what: the words of an entry's action, subject and reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.words import AUDIT_WORDS, REASON_WORDS

ACTION_WORDS: Final[Mapping[str, Promise]] = {
    **AUDIT_WORDS,
    "address.suppressed": _("Address blocked"),
    "address.unsuppressed": _("Address unblocked"),
    "approval.approved": _("Approved"),
    "approval.asked": _("Approval asked for"),
    "approval.refused": _("Approval refused"),
    "approval.withdrawn": _("Approval withdrawn"),
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
    "coupons.exported": _("File of coupon codes asked for"),
    "coupons.ordered": _("Coupons ordered"),
    "coupons.printed": _("Coupon codes printed"),
    "coupons.resumed": _("Missing coupon codes ordered again"),
    "coupons.shared_code_made": _("Shared code made"),
    "demo.loaded": _("Sample data loaded"),
    "discount_limits.changed": _("Discount limits changed"),
    "job.cancelled": _("Job cancelled"),
    "job.downloaded": _("File of a job downloaded"),
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
    "product.added": _("Product added"),
    "products.exported": _("Products exported"),
    "products.imported": _("Products imported"),
    "promotion.ended": _("Promotion ended"),
    "promotion.paused": _("Promotion paused"),
    "promotion.published": _("Version of a promotion published"),
    "promotion.resumed": _("Promotion resumed"),
    "referral.approved": _("Referral approved"),
    "referral.refused": _("Referral refused"),
    "referrals.published": _("Referral program changed"),
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
    "till.name_searches_closed": _("Till barred from searching members by name"),
    "till_key.issued": _("Till key issued"),
    "till_key.revoked": _("Till key revoked"),
    "welcome.changed": _("Welcome changed"),
    "welcome.off": _("Welcome switched off"),
    "welcome.on": _("Welcome switched on"),
    "welcome.backfilled": _("Welcome sent afterwards"),
    "parked_return.closed": _("Return without its sale closed"),
    "work.retried": _("Stopped work started again"),
}

SUBJECT_WORDS: Final[Mapping[str, Promise]] = {
    "approval": _("Approval"),
    "campaign": _("Campaign"),
    "coupon": _("Coupon"),
    "coupon_batch": _("Coupons"),
    "gift_card": _("Gift card"),
    "gift_card_batch": _("Gift cards"),
    "job": _("Job"),
    "lifecycle_rule": _("Segments"),
    "member": _("Member"),
    "members": _("Members"),
    "merchant": _("Store"),
    "moment": _("Moment"),
    "moment_dates": _("Moment"),
    "outlet": _("Outlet"),
    "partner": _("Partner"),
    "product": _("Product"),
    "product_import": _("Products"),
    "promotion": _("Promotion"),
    "referral": _("Referral"),
    "reward": _("Reward"),
    "source": _("Coupons"),
    "suppression": _("Address"),
    "till": _("Till"),
    "transfer": _("Points"),
    "user": _("Person"),
    "parked_return": _("Return without its sale"),
    "work": _("Work that stopped"),
}


def action_word(code: str) -> str:
    return str(ACTION_WORDS.get(code, code))


def subject_word(kind: str) -> str:
    return str(SUBJECT_WORDS.get(kind, kind.replace("_", " ")))


def reason_word(reason: str) -> str:
    return str(REASON_WORDS.get(reason, reason))
