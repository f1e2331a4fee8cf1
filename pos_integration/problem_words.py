"""Every problem a till can get: its HTTP status and its words.

`title` and `detail` speak to the integrator, `cashier_message` (at most 60 characters) to the person at the till.
Details may name facts of the refusal as `%(name)s`. All texts are message ids; see locale/id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_noop as _

from pos_integration.problem_shape import Words

_NOT_FOUND = _("Not found. Check it and try again.")
_CALL_SUPPORT = _("The till sent something wrong. Call support.")
_TRY_AGAIN = _("Please try again in a moment.")

REQUEST_PROBLEMS: Final[Mapping[str, Words]] = {
    "malformed_json": Words(
        400,
        _("The body is not JSON"),
        _("The body could not be read as JSON: %(reason)s."),
        _CALL_SUPPORT,
    ),
    "validation_error": Words(
        400,
        _("The request has wrong fields"),
        _("`errors` names each field, the reason and the fix."),
        _("Some of the data is wrong. Check it and try again."),
    ),
    "idempotency_key_missing": Words(
        400,
        _("Idempotency-Key is missing"),
        _("Every write needs the header Idempotency-Key, made before the first send: 16 to 64 of A-Z a-z 0-9 _ -."),
        _CALL_SUPPORT,
    ),
    "idempotency_key_malformed": Words(
        400,
        _("Idempotency-Key is malformed"),
        _("Idempotency-Key must be 16 to 64 of A-Z, a-z, 0-9, _ and -, bare or in double quotes."),
        _CALL_SUPPORT,
    ),
    "till_clock_malformed": Words(
        400,
        _("X-Till-Clock is malformed"),
        _(
            "X-Till-Clock must be the till's clock with its offset, such as 2026-03-05T14:30:00+07:00. Send it so, or "
            "leave it out."
        ),
        _CALL_SUPPORT,
    ),
    "not_authenticated": Words(
        401,
        _("The till's key is missing or not valid"),
        _("Send 'Authorization: Bearer <till key>' with a key that is issued and not revoked."),
        _("This till is not signed in. Call the manager."),
    ),
    "scope_missing": Words(
        403,
        _("The till's key may not do this"),
        _("The key lacks the scope '%(scope)s'. Issue a key with it in the back-office."),
        _("This till may not do that. Call the manager."),
    ),
    "not_found": Words(404, _("Not found"), _("There is nothing at this address."), _NOT_FOUND),
    "method_not_allowed": Words(405, _("Method not allowed"), _("This address answers: %(allowed)s."), _CALL_SUPPORT),
    "not_acceptable": Words(
        406,
        _("No acceptable form"),
        _("Answers are application/json and application/problem+json; allow them in Accept or leave it out."),
        _CALL_SUPPORT,
    ),
    "request_timeout": Words(
        408,
        _("The request came too slowly"),
        _("The body had not arrived within ten seconds. Nothing was recorded; send the same request again."),
        _TRY_AGAIN,
        retryable=True,
    ),
    "body_too_large": Words(
        413, _("The body is too large"), _("A body may have at most %(limit)s bytes."), _CALL_SUPPORT
    ),
    "unsupported_media_type": Words(
        415, _("Unsupported media type"), _("Send the body as application/json in UTF-8."), _CALL_SUPPORT
    ),
    "idempotency_in_progress": Words(
        409,
        _("The same request is still running"),
        _("Another request with this Idempotency-Key has not finished. Send it again after Retry-After seconds."),
        _TRY_AGAIN,
        retryable=True,
    ),
    "idempotency_key_reused": Words(
        422,
        _("The Idempotency-Key was used for something else"),
        _("This key already stands for other content; nothing was done. Make a new key for a new request."),
        _CALL_SUPPORT,
    ),
    "terminal_seq_conflict": Words(
        422,
        _("The terminal_seq was used for something else"),
        _(
            "Another item came with this terminal_seq from this till and device, and stays; nothing was done. Two "
            "devices count as one, or a counter began anew: give each its own device_id."
        ),
        _CALL_SUPPORT,
    ),
    "too_many_attempts": Words(
        429,
        _("Too many wrong codes or unknown members"),
        _(
            "Too many wrong codes came from this till or for this member, or this till looked up too many unknown "
            "members. Try again after Retry-After; a member's QR is looked up even now."
        ),
        _("Too many wrong tries. Wait, or scan the member's QR."),
        retryable=True,
    ),
    "too_many_searches": Words(
        429,
        _("Too many searches by name"),
        _("This till searched too many members by name. Try again after Retry-After; look-ups by phone or QR go on."),
        _("Too many searches by name. Ask for phone or QR."),
        retryable=True,
    ),
    "internal_error": Words(
        500,
        _("Something went wrong on our side"),
        _("Nothing was recorded. The request may be sent again with the same Idempotency-Key."),
        _("Something went wrong. Please try again."),
        retryable=True,
    ),
    "temporarily_unavailable": Words(
        503,
        _("Temporarily unavailable"),
        _("Nothing was recorded. Send the same request again with the same Idempotency-Key."),
        _TRY_AGAIN,
        retryable=True,
    ),
}

MISSING_PROBLEMS: Final[Mapping[str, Words]] = {
    "member_not_found": Words(
        404,
        _("No such member"),
        _("This merchant has no member of that id, number, phone or e-mail."),
        _("Member not found. Check the number or enrol."),
    ),
    "card_not_found": Words(
        404,
        _("No such card"),
        _("The member has no card of that token, or it was ended when another one was confirmed."),
        _("Card not found. Ask for the newest link."),
    ),
    "sale_not_found": Words(
        404,
        _("No such sale"),
        _("This till has no receipt of that number and the merchant no sale of that id."),
        _("Receipt not found. Check the number."),
    ),
    "quote_not_found": Words(
        404, _("No such quote"), _("This till has no quote of that id."), _("Quote not found. Ask for a new one.")
    ),
    "reward_not_found": Words(
        404, _("No such reward"), _("This merchant has no reward of that id."), _("Reward not found.")
    ),
    "outlet_not_found": Words(
        404, _("No such outlet"), _("This merchant has no open outlet of that id."), _("Outlet not found.")
    ),
    "gift_card_not_found": Words(
        404,
        _("No such gift card"),
        _("No till of this merchant sold a gift card of that id."),
        _("Gift card not found."),
    ),
    "top_up_not_found": Words(
        404, _("No such top-up"), _("This merchant has no top-up of that id."), _("Top-up not found.")
    ),
    "redemption_not_found": Words(
        404, _("No such redemption"), _("This merchant has no redemption of that id."), _("Redemption not found.")
    ),
}

REFUSALS: Final[Mapping[str, Words]] = {
    "refused": Words(
        409, _("Not possible"), _("A rule of the program does not allow this."), _("This is not possible.")
    ),
    "member_exists": Words(
        409,
        _("The member exists already"),
        _("A member with this phone or e-mail exists; member_id names them."),
        _("Already a member. Search by phone or e-mail."),
    ),
    "card_not_confirmed": Words(
        409,
        _("The card waits to be confirmed"),
        _("A card made on the public page spends nothing until POST /members/{id}/cards/confirm or staff confirm it."),
        _("Confirm the card first, then redeem."),
    ),
    "member_blocked": Words(
        409,
        _("The member is blocked"),
        _("A blocked member can neither earn nor redeem."),
        _("This membership is blocked. Call the manager."),
    ),
    "member_restricted": Words(
        409,
        _("The member's data is only kept"),
        _("The member asked the store to only keep their data. Staff correct it on the member's page."),
        _("The store only keeps this member's data. Call the manager."),
    ),
    "guardian_needed": Words(
        409,
        _("A parent or guardian must agree first"),
        _("A yes of a member under 18 counts once staff recorded that a parent or guardian agreed."),
        _("Under 18: a parent or guardian agrees at the store first."),
    ),
    "birth_date_locked": Words(
        409,
        _("The date of birth was changed a short time ago"),
        _("A till can replace a known date of birth once in 365 days, the next time on %(until)s; staff can any day."),
        _("The birthday was changed before. Call the manager."),
    ),
    "household_not_possible": Words(
        409,
        _("The number cannot be shared"),
        _("The member named in household_of has no phone, shares one, or eight people share theirs: %(reason)s."),
        _("This number cannot be shared with one more."),
    ),
    "insufficient_points": Words(
        409,
        _("Not enough points"),
        _("Points the member can use: %(available)s; asked for: %(needed)s."),
        _("Not enough points."),
    ),
    "wallet_insufficient": Words(
        409,
        _("Not enough cashback"),
        _("The member can use %(available)s of cashback; %(needed)s are asked for."),
        _("Not enough cashback."),
    ),
    "coupon_not_usable": Words(
        409,
        _("A coupon cannot be used"),
        _("`coupons` names each code that cannot be used and why. Remove it or quote again."),
        _("A coupon cannot be used. Remove it and try again."),
    ),
    "verification_required": Words(
        409,
        _("The member has to confirm"),
        _("Send verification_code, which the member's card page shows, with a new Idempotency-Key."),
        _("Ask the member for the code on their card page."),
    ),
    "sale_conflict": Words(
        409,
        _("The receipt number is taken"),
        _("A sale with this reference and other content is recorded. Correct it by a refund or a new receipt."),
        _("This receipt number was used for another sale."),
    ),
    "refund_conflict": Words(
        409,
        _("The refund number is taken"),
        _("A refund with this refund_reference and other content is recorded."),
        _("This refund number was used before."),
    ),
    "refund_exceeds_sale": Words(
        409,
        _("More than was sold"),
        _("`lines` names each line of which more is to be returned than is left."),
        _("More items than can still be returned."),
    ),
    "sale_already_voided": Words(
        409, _("The sale is void already"), _("The sale was voided before."), _("This receipt was cancelled before.")
    ),
    "reward_out_of_stock": Words(
        409,
        _("The reward is out of stock"),
        _("Asked for: %(needed)s; left: %(measured)s."),
        _("This reward is out of stock."),
    ),
    "per_member_limit_reached": Words(
        409,
        _("The member's limit is reached"),
        _("The member has had %(measured)s of %(needed)s."),
        _("The member cannot take this again."),
    ),
    "wrong_tier": Words(
        409,
        _("Not for this tier"),
        _("The reward is for members of another tier."),
        _("This reward is for another tier."),
    ),
    "wrong_segment": Words(
        409,
        _("Not for this member"),
        _("The reward is for other groups of members."),
        _("This reward is not for this member."),
    ),
    "not_started": Words(
        409, _("Not yet"), _("The reward can be taken from a later day on."), _("This reward is not open yet.")
    ),
    "expired": Words(409, _("Not any more"), _("The reward's last day has passed."), _("This reward has ended.")),
    "redemption_handed_over": Words(
        409,
        _("The gift was handed over"),
        _("The gift is %(status)s; what has left the shop cannot be cancelled."),
        _("The gift was handed over. It cannot be undone."),
    ),
    "step_not_possible": Words(
        409,
        _("The gift cannot be handed over"),
        _("Only a gift that is to be fetched and waits in the shop can be handed over; this one is '%(status)s'."),
        _("This gift cannot be handed over now."),
    ),
    "stock_below_reserved": Words(
        409,
        _("Fewer than are promised"),
        _("Held or waiting to be handed over: %(needed)s; counted: %(measured)s."),
        _("More pieces are promised than counted."),
    ),
    "member_required": Words(
        409,
        _("A member is needed"),
        _("Points and cashback can only be redeemed for a member. Send member_id or identifier."),
        _("Scan the member's card first."),
    ),
    "claim_not_possible": Words(
        409,
        _("The sale cannot be claimed"),
        _("Nothing was changed: %(reason)s."),
        _("This receipt cannot be added."),
    ),
    "redemption_closed": Words(
        409,
        _("The redemption is closed"),
        _("The redemption is %(status)s; only a held one can be confirmed."),
        _("Too late or cancelled. Redeem again."),
    ),
    "coupon_already_used": Words(
        409,
        _("The reward's coupon was used"),
        _("The coupon that came with the reward has been used; the redemption cannot be reversed."),
        _("The coupon was used. This cannot be undone."),
    ),
    "gift_card_not_usable": Words(
        409,
        _("A gift card cannot be used"),
        _("`gift_cards` names each card that cannot be used and why. Remove it or quote again."),
        _("A gift card cannot be used. Remove it and try again."),
    ),
    "gift_card_conflict": Words(
        409,
        _("The number of the gift card's receipt is taken"),
        _("A gift card was sold with this reference and other content."),
        _("This receipt number was used for another gift card."),
    ),
    "gift_card_spent": Words(
        409,
        _("The gift card cannot be taken back"),
        _("%(available)s of %(needed)s are still there and free; only an unspent gift card can be reversed."),
        _("Part of it is spent. It cannot be taken back."),
    ),
    "gift_card_already_reversed": Words(
        409,
        _("The gift card is cancelled"),
        _("The gift card was cancelled before."),
        _("This gift card was cancelled before."),
    ),
    "top_up_conflict": Words(
        409,
        _("The top-up number is taken"),
        _("A top-up with this reference and other content is recorded."),
        _("This top-up number was used before."),
    ),
    "top_up_spent": Words(
        409,
        _("The top-up cannot be taken back"),
        _("%(available)s of %(needed)s are still there and free; only an unspent top-up can be reversed."),
        _("Part of it is spent. It cannot be taken back."),
    ),
    "top_up_already_reversed": Words(
        409,
        _("The top-up was reversed"),
        _("The top-up was reversed before."),
        _("This top-up was cancelled before."),
    ),
    "redemption_already_reversed": Words(
        409,
        _("The redemption was reversed"),
        _("The redemption was reversed before."),
        _("This redemption was cancelled before."),
    ),
}

PROBLEMS: Final[Mapping[str, Words]] = {**REQUEST_PROBLEMS, **MISSING_PROBLEMS, **REFUSALS}
