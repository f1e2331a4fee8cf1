"""Words for codes, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.people import person_name
from merchants.facts import SYSTEM, Permission
from messaging.facts import SuppressionReason
from sales.queries import WhoseMoney

SEGMENT_WORDS: Final[Mapping[str, Promise]] = {
    "new": _("New"),
    "active": _("Active"),
    "loyal": _("Loyal"),
    "lapsed": _("Lapsed"),
}

BILL_WORDS: Final[Mapping[str, Promise]] = {"tax": _("Tax"), "service": _("Service charge"), "tip": _("Tip")}
"""Parts of a bill beside the goods, by their codes in the engine."""

ENTRY_WORDS: Final[Mapping[str, Promise]] = {
    "earn": _("Points earned"),
    "redeem": _("Points redeemed"),
    "redeem_reversal": _("Redemption reversed"),
    "expire": _("Points expired"),
    "adjust": _("Points adjusted"),
    "refund": _("Points after a refund"),
    "void": _("Points after a void"),
    "bonus": _("Bonus"),
    "transfer": _("Moved within the household"),
    "cashback": _("Cashback"),
    "top_up": _("Top-up"),
    "clawback": _("Points taken back"),
    "write_off": _("Debt written off"),
    "merge": _("Accounts merged"),
}

WALLET_ENTRY_WORDS: Final[Mapping[str, Promise]] = {
    "redeem": _("Paid with wallet money"),
    "expire": _("Wallet money expired"),
    "adjust": _("Wallet money adjusted"),
    "refund": _("Wallet money after a refund"),
    "void": _("Wallet money after a void"),
    "clawback": _("Wallet money taken back"),
}
"""What a movement is called in the wallet where it is not called as it is for points."""

GIFT_CARD_ENTRY_WORDS: Final[Mapping[str, Promise]] = {
    "top_up": _("Sold"),
    "bonus": _("Given away"),
    "redeem": _("Paid with this card"),
    "expire": _("Expired"),
    "refund": _("Goods came back"),
    "void": _("Purchase voided"),
    "clawback": _("Taken off the card"),
}

GIFT_CARD_STATE_WORDS: Final[Mapping[str, Promise]] = {
    "active": _("Usable"),
    "inactive": _("Not sold yet"),
    "blocked": _("Blocked"),
    "cancelled": _("Cancelled"),
}

REASON_WORDS: Final[Mapping[str, Promise]] = {
    "missed_sale": _("A purchase was not recorded"),
    "goodwill": _("Goodwill"),
    "correction": _("Correction of a mistake"),
    "promotion": _("Promised in a promotion"),
}

AUDIT_WORDS: Final[Mapping[str, Promise]] = {
    "member.blocked": _("Member blocked"),
    "member.unblocked": _("Member unblocked"),
    "member.restricted": _("Work with the data stopped"),
    "member.unrestricted": _("Work with the data allowed again"),
    "data_request.recorded": _("Request about the data recorded"),
    "member.data_exported": _("File of the data asked for"),
    "member.erased": _("Member erased"),
    "member.contacts_shown": _("Number and address shown in full"),
    "data_request.closed": _("Request about the data closed"),
    "member.consent_recorded": _("What a member agreed to recorded"),
    "member.guardian_recorded": _("Parent or guardian agreed"),
    "member.guardian_ended": _("Parent or guardian agrees no longer"),
    "member.edited": _("Profile changed"),
    "member.merged": _("Merged with another record"),
    "member.merge_undone": _("Merge undone"),
    "member.household_joined": _("Shares a number"),
    "member.household_left": _("Shares the number no longer"),
    "member.card_handed_over": _("Card handed over to another member"),
    "member.wallet_shared": _("Household shares one wallet"),
    "member.wallet_separated": _("Household has separate wallets"),
    "member.phone_handed_over": _("Holds the shared number"),
    "member.card_confirmed": _("Card confirmed"),
    "member.card_link_shown": _("Card link shown"),
    "member.card_link_sent": _("Card link sent by e-mail"),
    "member.card_revoked": _("Card revoked"),
    "member.card_replaced": _("Card replaced"),
    "member.tagged": _("Tag given"),
    "member.untagged": _("Tag taken away"),
    "member.tier_set": _("Tier set by hand"),
    "member.coupon_given": _("Coupon given"),
    "member.stamps_given": _("Stamps given"),
    "member.reward_redeemed": _("Reward redeemed by staff"),
    "gift_card.blocked": _("Gift card blocked"),
    "gift_card.unblocked": _("Gift card unblocked"),
    "gift_card.cancelled": _("Gift card cancelled"),
    "gift_cards.issued": _("Gift cards issued"),
    "gift_cards.codes_shown": _("Codes of gift cards shown"),
}

PERMISSION_WORDS: Final[Mapping[Permission, Promise]] = {
    Permission.SEE_FIGURES: _("See figures, segments and reports"),
    Permission.SEE_MEMBERS: _("See members, contacts masked"),
    Permission.EDIT_MEMBERS: _("Add and change members"),
    Permission.SEE_CONTACTS: _("See phone numbers and addresses in full"),
    Permission.ADJUST_POINTS: _("Move points by hand, up to the role's limit"),
    Permission.SEE_APPROVALS: _("Ask another person for what is above a limit"),
    Permission.APPROVE_ADJUSTMENTS: _("Approve requests and late sales"),
    Permission.RETURN_GOODS: _("Take goods back and void receipts"),
    Permission.SEE_CAMPAIGNS: _("See campaigns and their results"),
    Permission.EDIT_CAMPAIGNS: _("Write and send campaigns"),
    Permission.EDIT_PROGRAM: _("Change the program and its rules"),
    Permission.SEE_OFFERS: _("See promotions and moments"),
    Permission.EDIT_OFFERS: _("Write promotions, coupons and rewards, change moments"),
    Permission.LOOK_UP_CODES: _("Look up one coupon or gift card by its code"),
    Permission.EDIT_SEGMENTS: _("Change what the segments mean"),
    Permission.SEE_PRODUCTS: _("See products, prices and costs"),
    Permission.EDIT_PRODUCTS: _("Add, change and import products"),
    Permission.MANAGE_TILLS: _("Outlets, tills and their keys"),
    Permission.INVITE_STAFF: _("Invite marketers, analysts and customer care, and end their access"),
    Permission.MANAGE_STAFF: _("Give every role, and say how much each may do alone"),
    Permission.SEE_AUDIT: _("See who did what"),
    Permission.EXPORT: _("Take lists out as files"),
    Permission.SEE_JOBS: _("See long jobs and fetch their files"),
}

MERGE_FIELD_WORDS: Final[Mapping[str, Promise]] = {
    "first_name": _("First name"),
    "name": _("Whole name"),
    "member_number": _("Member number"),
    "points": _("Points that can be spent"),
    "points_name": _("Your word for points"),
    "tier": _("Name of the tier"),
    "merchant": _("Name of your store"),
    "coupon_code": _("Code of the coupon"),
    "coupon_title": _("What the coupon gives"),
    "coupon_valid_until": _("Last day of the coupon"),
    "card_link": _("Link to the member card"),
    "unsubscribe_link": _("Link to unsubscribe"),
}

PRODUCT_COLUMN_WORDS: Final[Mapping[str, Promise]] = {
    "sku": _("Product code, as the till sends it"),
    "name": _("Name of the product"),
    "category": _("Category of the product"),
    "price": _("List price per unit"),
    "cost": _("Cost per unit"),
    "starts_on": _("First day of that cost; today when it is empty"),
}

PRODUCT_PROBLEMS: Final[Mapping[str, Promise]] = {
    "product_known": _("A product has this code already. Look for it in the list, or write another code."),
    "product_archived": _("An archived product has this code. Open it under Archived and restore it."),
    "required": _("Write the name."),
}

TEST_WORDS: Final[Mapping[str, Promise]] = {
    "accepted": _("arrived"),
}

DELIVERY_WORDS: Final[Mapping[str, Promise]] = {
    "queued": _("Waiting"),
    "sending": _("Being sent"),
    "accepted": _("Sent"),
    "deferred": _("Waiting to be tried again"),
    "failed": _("Not delivered"),
    "uncertain": _("Uncertain: the connection broke"),
    "suppressed": _("Not sent: address blocked"),
    "excluded": _("Not sent"),
    "cancelled": _("Cancelled"),
    "control": _("Control group: not sent"),
}

SUPPRESSION_WORDS: Final[Mapping[SuppressionReason, Promise]] = {
    SuppressionReason.HARD_BOUNCE: _("The address does not exist"),
    SuppressionReason.SOFT_BOUNCES: _("Refused three times in 30 days"),
    SuppressionReason.COMPLAINT: _("Reported as spam"),
    SuppressionReason.ERASED: _("The person asked to be erased"),
    SuppressionReason.BY_HAND: _("Blocked by hand"),
}

SUPPRESSION_WARNINGS: Final[Mapping[SuppressionReason, Promise]] = {
    SuppressionReason.HARD_BOUNCE: _(
        "Unblock it only if you know that the mailbox exists now: mails to addresses that do not exist harm your name."
    ),
    SuppressionReason.SOFT_BOUNCES: _(
        "Unblock it when the mailbox works again: it was full, or its server refused your mails."
    ),
    SuppressionReason.COMPLAINT: _(
        "This person told their mail service that your mail is spam. Unblock it only if they asked you to write again."
    ),
    SuppressionReason.ERASED: _(
        "This person asked for their data to be erased. Unblock it only if they joined again and agreed to offers."
    ),
    SuppressionReason.BY_HAND: _("Somebody of your staff blocked it. Ask why before you unblock it."),
}

BUYERS_WORDS: Final[Mapping[WhoseMoney, Promise]] = {
    WhoseMoney.ALL: _("Everybody"),
    WhoseMoney.MEMBERS: _("Members"),
    WhoseMoney.RETURNING: _("Had bought before"),
    WhoseMoney.FIRST: _("First purchase"),
}

RECEIPT_WORDS: Final[Mapping[str, Promise]] = {
    "completed": _("Completed"),
    "partially_refunded": _("Partly returned"),
    "refunded": _("Returned"),
    "voided": _("Voided"),
}

RETURN_WORDS: Final[Mapping[str, Promise]] = {
    "refund": _("Goods returned"),
    "void": _("Purchase voided"),
    "excess": _("Goods handed back beyond their receipt"),
}

COUPON_STATE_WORDS: Final[Mapping[str, Promise]] = {
    "issued": _("can be used"),
    "reserved": _("can be used"),
    "redeemed": _("used"),
    "expired": _("expired"),
}

STATUS_WORDS: Final[Mapping[str, Promise]] = {
    "active": _("Membership in use"),
    "blocked": _("Blocked"),
}

WEEKDAY_WORDS: Final[Mapping[int, Promise]] = {
    1: _("Monday"),
    2: _("Tuesday"),
    3: _("Wednesday"),
    4: _("Thursday"),
    5: _("Friday"),
    6: _("Saturday"),
    7: _("Sunday"),
}

BATCH_KIND_WORDS: Final[Mapping[str, Promise]] = {
    "codes": _("Unique codes"),
    "shared": _("Shared code"),
    "issued": _("Personal coupons"),
}

CODE_STATE_WORDS: Final[Mapping[str, Promise]] = {
    "issued": _("Can be used"),
    "reserved": _("Set aside at the till"),
    "redeemed": _("Used up"),
    "expired": _("Expired"),
    "cancelled": _("Cancelled"),
    "blocked": _("Blocked"),
    "used": _("Used"),
}

STATE_WORDS: Final[Mapping[str, Promise]] = {
    "": _("All"),
    "draft": _("Drafts"),
    "open": _("Scheduled and running"),
    "ended": _("Finished"),
}


def coupon_state_word(status: str) -> str:
    """Say a coupon's status as the member page says it; any early end is 'cancelled'."""
    return str(COUPON_STATE_WORDS.get(status) or gettext("cancelled"))


def actor_word(label: str) -> str:
    """Return who did it, as shown: a person's name, the till or the system in the language of the page."""
    if label in (SYSTEM.label, ""):
        return gettext("System")
    return gettext("Till") if label == "till" else person_name(label)


HANDOVER_WORDS: Final[Mapping[str, Promise]] = {
    "at_once": _("At once, at the till"),
    "pickup": _("Fetched from an outlet"),
    "shipping": _("Sent to the member"),
}

REWARD_STATE_WORDS: Final[Mapping[str, tuple[Promise, str, str]]] = {
    "held": (_("Held at a till"), "clock", "info"),
    "completed": (_("Taken"), "check", "good"),
    "reversed": (_("Reversed"), "rotate-2", "outline"),
    "lapsed": (_("Lapsed"), "x", "outline"),
    "requested": (_("To be made ready"), "package", "attention"),
    "ready": (_("Ready"), "gift", "info"),
    "handed_over": (_("Handed over"), "check", "good"),
    "shipped": (_("Sent off"), "send", "info"),
    "delivered": (_("Arrived"), "check", "good"),
    "cancelled": (_("Cancelled"), "x", "outline"),
}
"""(word, icon, tone) of a redemption's or a gift's state."""

STEP_WORDS: Final[Mapping[str, Promise]] = {
    "ready": _("It is ready"),
    "handed_over": _("It was handed over"),
    "shipped": _("It was sent off"),
    "delivered": _("It has arrived"),
}

STOCK_WORDS: Final[Mapping[str, Promise]] = {
    "opening": _("First stock"),
    "restock": _("New pieces"),
    "correction": _("Count corrected"),
    "taken": _("Taken by a member"),
    "given_back": _("Given back"),
    "lapsed": _("Hold ran out"),
}

PICTURE_PROBLEM_WORDS: Final[Mapping[str, Promise]] = {
    "unreadable": _("This is no JPEG, PNG or WebP picture that we can read. Choose another."),
    "too_large": _("The file is larger than 5 MB. Save it smaller and try again."),
    "too_many_pixels": _("The picture has more than 24 million pixels. Save it smaller."),
    "too_small": _("The picture is smaller than 64 pixels on one side. Choose a larger one."),
}

REWARD_PROBLEM_WORDS: Final[Mapping[str, Promise]] = {
    "cost_unknown": _("A percentage of the cost needs the cost per piece."),
    "above_cost": _("A partner pays at most what a piece costs."),
    "coupon_is_digital": _("A coupon is handed over at once."),
    "ends_before_start": _("The last day is before the first day."),
    "no_stock": _("This reward has no stock. Count its pieces first."),
}
