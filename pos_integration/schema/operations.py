"""Every operation of the API on one page: name, words, body, answers, refusals and where its answers lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pos_integration.schema.request_examples import LINES, MEMBER_ID, REWARD_ID

Json = dict[str, Any]


@dataclass(frozen=True)
class Link:
    """A follow-up call. `parameters` and `body` are runtime expressions over this operation's answer."""

    operation: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Operation:
    """`answers`: success status -> component name, "" for no body. `keyed`: a write has an Idempotency-Key."""

    name: str
    tag: str
    summary: str
    answers: Mapping[int, str]
    description: str = ""
    query: Mapping[str, Json] = field(default_factory=dict)
    required_query: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    throttled: bool = False
    more_throttles: tuple[str, ...] = ()
    links: Mapping[str, Link] = field(default_factory=dict)
    keyed: bool = True
    example: Json | None = None


_SALE_PATH: Final = {"reference": "$response.body#/id"}
_SALE_BODY_PATH: Final = {"reference": "$response.body#/sale/id"}
_MEMBER_PATH: Final = {"member_id": "$response.body#/member/id"}
_PAGE: Final[Mapping[str, Json]] = {
    "cursor": {"type": "string", "format": "cursor", "description": "`next` of the page before"},
    "limit": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
}
_CART_REFUSALS: Final = (
    "member_blocked",
    "card_not_confirmed",
    "coupon_not_usable",
    "insufficient_points",
    "wallet_insufficient",
    "gift_card_not_usable",
)
_EXCHANGE_REFUSALS: Final = ("refund_exceeds_sale", "refund_conflict")
_AFTER_SALE: Final = {
    "look at it": Link("getSale", _SALE_PATH),
    "list its refunds": Link("listRefunds", _SALE_PATH),
    "return goods": Link("createRefund", _SALE_PATH),
    "void it": Link("voidSale", _SALE_PATH),
    "claim it": Link("claimSale", _SALE_PATH),
}
_OF_MEMBER: Final = {
    "look at them": Link("getMember", _MEMBER_PATH),
    "their statement": Link("getMemberLedger", _MEMBER_PATH),
    "their coupons": Link("getMemberCoupons", _MEMBER_PATH),
    "rewards for them": Link("listRewards", {"member_id": "$response.body#/member/id"}),
    "quote for them": Link("createQuote", body={"member_id": "$response.body#/member/id"}),
    "sell to them": Link("recordSale", body={"member_id": "$response.body#/member/id"}),
    "top up their wallet": Link("topUpWallet", _MEMBER_PATH),
    "redeem for them": Link("createRedemption", body={"member_id": "$response.body#/member/id"}),
}

OPERATIONS: Final[Mapping[tuple[str, str], Operation]] = {
    ("HealthView", "GET"): Operation(
        "getHealth", "service", "Is the service there?", {200: "Health"},
        "Needs no key. `broker` down does not stop tills; `database` down does.",
    ),
    ("ProgramView", "GET"): Operation(
        "getProgram", "service", "Who am I and what does the program give?", {200: "Program"},
        "A till's first call: it shows that the key works and how far its clock is off.",
    ),
    ("MembersView", "GET"): Operation(
        "findMember", "members", "Find a member by what they show or say", {200: "FindAnswer"},
        "Phone in any form, member number, card number, QR token or e-mail. `card.confirmed` is false for a card made "
        "on the public page that still waits: it earns, and spending by it is 409 `card_not_confirmed`. Very many "
        "unknown phones, numbers and addresses from one till close its look-ups but those by QR for a while (429). "
        "With `name` instead of `identifier` it lists at most 10 members whose name has, for each word sent, one that "
        "begins so, masked; at least 3 letters. Searches by name are limited per till and counted.",
        query={
            "identifier": {"type": "string", "minLength": 1, "maxLength": 254, "examples": ["0812 3456 7890"]},
            "name": {"type": "string", "format": "name-search", "maxLength": 80, "examples": ["siti rah"]},
        },
        missing=("member_not_found",), throttled=True, more_throttles=("too_many_searches",), links=_OF_MEMBER,
    ),
    ("MembersView", "POST"): Operation(
        "enrolMember", "members", "Enrol a member", {201: "EnrolAnswer"},
        "Phone or e-mail is required. `member_exists` carries `member_id`. A `referral_code` that nobody has is a "
        "warning, never a refusal. `device_id` names the phone or tablet joined on; only a keyed hash of it is kept. "
        "A member under 18 joins without the consent (warning `guardian_needed`). "
        "Who shares the phone of a member sends that one's id in `household_of` instead of a number of their own.",
        missing=("member_not_found",),
        refusals=("member_exists", "household_not_possible", "member_blocked", "card_not_confirmed"), links=_OF_MEMBER,
        example={
            "name": "Siti Rahma", "phone": "0812 3456 7890", "promo_consent": True,
            "occurred_at": "2026-03-05T14:30:00+07:00",
        },
    ),
    ("MemberView", "GET"): Operation(
        "getMember", "members", "One member", {200: "MemberAnswer"},
        "The id of a member merged away answers with the survivor.", missing=("member_not_found",), links=_OF_MEMBER,
    ),
    ("MemberView", "PATCH"): Operation(
        "changeMember", "members", "Correct what is known of a member", {200: "MemberAnswer"},
        "Fields left out or null stay as they are; an empty `phone`, `email` or `area` takes it away, as long as one "
        "way to reach the member is left. Of `attributes` the named ones change, and null takes one away. A phone or "
        "e-mail of another member is `member_exists` with that one's `member_id`. A known `birth_date` can be replaced "
        "once in 365 days. Changing a phone or address ends the waiting cards made with the old one, and counts as a "
        "look-up of an unknown member; while the till's look-ups are closed, neither is taken (429). Who asked the "
        "store to only keep their data is `member_restricted`: staff correct it.",
        missing=("member_not_found",), throttled=True,
        refusals=("member_exists", "member_blocked", "member_restricted", "card_not_confirmed", "birth_date_locked"),
        links=_OF_MEMBER,
        example={"phone": "0813 2222 3333", "area": "Depok", "attributes": {"ukuran": "M"}},
    ),
    ("ConsentsView", "POST"): Operation(
        "recordConsent", "members", "Record what the member agrees to", {200: "MemberAnswer"},
        "`wording_version` is that of the text read out, which `/program` has under `consents`. The same answer again "
        "changes nothing. The yes of a member under 18 counts once a parent or guardian agreed at the store "
        "(`guardian_needed`).",
        missing=("member_not_found",), refusals=("card_not_confirmed", "guardian_needed"), links=_OF_MEMBER,
        example={"topic": "promo", "channel": "email", "given": True, "wording_version": "promo-1"},
    ),
    ("CardConfirmView", "POST"): Operation(
        "confirmCard", "members", "Confirm a waiting card", {200: "MemberAnswer"},
        "`token` is what the QR of the card holds, or the card's link. The card becomes the one in force; every other "
        "card and link of the member ends. A card that is in force already changes nothing.",
        missing=("member_not_found", "card_not_found"), links=_OF_MEMBER,
        example={"token": "kq0Yb1vX3m9ZsT5wR7uD2A"},
    ),
    ("MemberLedgerView", "GET"): Operation(
        "getMemberLedger", "members", "A member's statement, newest first", {200: "LedgerPage"},
        query=_PAGE, missing=("member_not_found",),
    ),
    ("MemberCouponsView", "GET"): Operation(
        "getMemberCoupons", "members", "A member's coupons", {200: "CouponPage"}, missing=("member_not_found",),
    ),
    ("TopUpsView", "POST"): Operation(
        "topUpWallet", "members", "Pay money into a member's wallet", {201: "TopUp", 200: "TopUp"},
        "200 with `Idempotency-Replayed: natural` when the reference is known with the same content. It earns nothing "
        "and does not expire unless the merchant says so; what the member owes in their wallet is repaid first.",
        missing=("member_not_found",), refusals=("member_blocked", "top_up_conflict"),
        links={"take it back": Link("reverseTopUp", {"top_up_id": "$response.body#/id"})},
        example={"amount": 100000, "reference": "T1-TU-000012"},
    ),
    ("TopUpReversalView", "POST"): Operation(
        "reverseTopUp", "members", "Take an unspent top-up out of the wallet again", {200: "TopUp"},
        missing=("top_up_not_found",), refusals=("top_up_spent", "top_up_already_reversed"),
        example={"reason": "salah input"},
    ),
    ("GiftCardsView", "POST"): Operation(
        "sellGiftCard", "gift cards", "Sell a gift card", {201: "GiftCard", 200: "GiftCard"},
        "Without `code` a new card is made and its code is in the answer, for the receipt; with it the printed card of "
        "that code is activated. 200 with `Idempotency-Replayed: natural` when the reference is known.",
        refusals=("gift_card_conflict", "gift_card_not_usable"), throttled=True,
        links={
            "take it back": Link("reverseGiftCard", {"gift_card_id": "$response.body#/id"}),
            "look at it": Link("checkGiftCard", body={"code": "$response.body#/code"}),
        },
        example={"amount": 100000, "reference": "T1-GC-000007"},
    ),
    ("GiftCardCheckView", "POST"): Operation(
        "checkGiftCard", "gift cards", "What is on this gift card?", {200: "GiftCardCheck"},
        "Unknown, foreign and malformed codes get one and the same answer; too many of them close the till's codes.",
        throttled=True, example={"code": "K7QH2M4TX9CDR"},
    ),
    ("GiftCardReversalView", "POST"): Operation(
        "reverseGiftCard", "gift cards", "Take an unspent gift card back", {200: "GiftCard"},
        missing=("gift_card_not_found",),
        refusals=("gift_card_spent", "gift_card_already_reversed", "gift_card_not_usable"),
    ),
    ("QuotesView", "POST"): Operation(
        "createQuote", "sales", "What a cart costs and earns", {200: "QuoteAnswer"},
        "Changes nothing unless `reserve`: then coupons, budget, points and wallet money are held for 10 minutes.",
        missing=("member_not_found", "sale_not_found"),
        refusals=("verification_required", *_CART_REFUSALS, *_EXCHANGE_REFUSALS), throttled=True,
        links={
            "give it back": Link("releaseQuote", {"quote_id": "$response.body#/quote_id"}),
            "sell it": Link("recordSale", body={"quote_id": "$response.body#/quote_id"}),
        },
        example={
            "member_id": MEMBER_ID, "lines": LINES, "reserve": False, "occurred_at": "2026-03-05T14:30:00+07:00",
        },
    ),
    ("QuoteReleaseView", "POST"): Operation(
        "releaseQuote", "sales", "Give back what a quote holds", {204: ""}, missing=("quote_not_found",),
    ),
    ("SalesView", "POST"): Operation(
        "recordSale", "sales", "Record a sale", {201: "Sale", 200: "Sale"},
        "200 with `Idempotency-Replayed: natural` when the receipt number is known with the same content. With "
        "`returns` goods of earlier sales come back in the same receipt: first they are taken back, as by a return of "
        "their own, then the rest is sold, all or nothing; `payable_amount` may be below 0.",
        missing=("member_not_found", "sale_not_found"),
        refusals=("sale_conflict", "verification_required", *_CART_REFUSALS, *_EXCHANGE_REFUSALS),
        throttled=True, links=_AFTER_SALE,
        example={
            "reference": "INV/2026/11/0001", "member_id": MEMBER_ID, "lines": LINES, "cashier": "Dewi",
            "occurred_at": "2026-03-05T14:30:00+07:00",
        },
    ),
    ("SalesView", "GET"): Operation(
        "findSales", "sales", "One sale by its receipt number, or this till's receipts of a day", {200: "SalesFound"},
        "With `reference`: the sale of this till that has this number, also one with `/` or `#`, which a path cannot "
        "hold as it is. Without it: this till's receipts of `business_date` (today when left out), the latest first, "
        "with totals of the whole day whatever the page. A return counts on the day and at the till where the goods "
        "came back. Both: the sale, if it is of that day.",
        query={
            "reference": {"type": "string", "format": "reference", "description": "The receipt number, as printed"},
            "business_date": {"type": "string", "format": "date"},
            **_PAGE,
            "cursor": {**_PAGE["cursor"], "format": "cursor-of-sales"},
        },
        missing=("sale_not_found",),
    ),
    ("SaleView", "GET"): Operation(
        "getSale", "sales", "One sale", {200: "Sale"},
        "`reference` is this till's receipt number or, from any till of the merchant, the sale's id.",
        missing=("sale_not_found",), links=_AFTER_SALE,
    ),
    ("SaleClaimView", "POST"): Operation(
        "claimSale", "sales", "Give an anonymous sale to a member", {200: "Sale"},
        "Of a sale with the warning `member_withheld` it counts as a look-up of an unknown member.",
        missing=("sale_not_found", "member_not_found"), refusals=("claim_not_possible", "member_blocked"),
        throttled=True,
        example={"member_id": MEMBER_ID},
    ),
    ("SaleRefundsView", "GET"): Operation(
        "listRefunds", "sales", "Refunds of a sale", {200: "RefundPage"},
        "Also returns that wait for their sale, with the status `parked`; then the sale need not be known.",
        missing=("sale_not_found",),
    ),
    ("SaleRefundsView", "POST"): Operation(
        "createRefund", "sales", "Take goods back by line",
        {201: "RefundAnswer", 200: "RefundAnswer", 202: "ParkedReturn"},
        "200 with `Idempotency-Replayed: natural` when the refund_reference is known with the same content. 202: the "
        "sale is not known yet; the return is kept and applied when the sale arrives.",
        missing=("sale_not_found",), refusals=("refund_exceeds_sale", "refund_conflict"),
        links={
            "look at the sale": Link("getSale", _SALE_BODY_PATH),
            "list its refunds": Link("listRefunds", _SALE_BODY_PATH),
            "void the rest": Link("voidSale", _SALE_BODY_PATH),
        },
        example={
            "refund_reference": "R-17", "lines": [{"line_id": "1", "quantity": 1}], "reason": "rusak",
            "occurred_at": "2026-03-05T16:05:00+07:00",
        },
    ),
    ("SaleVoidView", "POST"): Operation(
        "voidSale", "sales", "Undo what is left of a sale", {200: "Sale", 202: "ParkedReturn"},
        "202: the sale is not known yet; the void is kept and applied when the sale arrives.",
        missing=("sale_not_found",), refusals=("sale_already_voided",),
        links={"look at it": Link("getSale", _SALE_PATH), "list its refunds": Link("listRefunds", _SALE_PATH)},
        example={"reason": "salah input", "occurred_at": "2026-03-05T14:41:00+07:00"},
    ),
    ("BatchesView", "POST"): Operation(
        "sendBatch", "sales", "Send what was recorded offline, many at once", {200: "BatchAnswer"},
        "At most 500 items and 1 MB. Each item goes the way of the request that it is, with its own key, and "
        "commits alone: its `status` and `body` in `results` (in the order sent) are what that request would have been "
        "answered. No `Idempotency-Key` of its own: send the whole batch again as often as needed. `refund` and `void` "
        "name the sale's `reference` in their body. A `sale` was paid: no limit refuses it, its `warnings` say what "
        "that cost; one of the last 2 minutes counts as sent alone. `missing_seq` are numbers of this till and device "
        "that never came, at most 1,000, then `missing_more` is true.",
        keyed=False,
        example={
            "device_id": "tablet-2",
            "items": [
                {
                    "idempotency_key": "sale-T1-000041-a1b2", "terminal_seq": 41, "operation": "sale",
                    "occurred_at": "2026-03-05T14:30:00+07:00",
                    "body": {"reference": "INV/2026/11/0041", "identifier": "0812 3456 7890", "lines": LINES},
                },
                {
                    "idempotency_key": "refund-T1-000042-c3", "terminal_seq": 42, "operation": "refund",
                    "occurred_at": "2026-03-05T16:05:00+07:00",
                    "body": {
                        "reference": "INV/2026/11/0041", "refund_reference": "R-17",
                        "lines": [{"line_id": "1", "quantity": 1}],
                    },
                },
            ],
        },
    ),
    ("RedemptionsView", "POST"): Operation(
        "createRedemption", "rewards", "Exchange points for a reward", {201: "Redemption"},
        "With `hold` the points are held for 10 minutes, until confirmed or reversed.",
        missing=("member_not_found", "reward_not_found", "outlet_not_found"),
        refusals=(
            "insufficient_points", "reward_out_of_stock", "per_member_limit_reached", "member_blocked",
            "card_not_confirmed", "verification_required", "wrong_tier", "wrong_segment", "not_started", "expired",
        ),
        throttled=True,
        links={
            "confirm it": Link("confirmRedemption", {"redemption_id": "$response.body#/id"}),
            "give it back": Link("reverseRedemption", {"redemption_id": "$response.body#/id"}),
            "hand it over": Link("handOverRedemption", {"redemption_id": "$response.body#/id"}),
        },
        example={"member_id": MEMBER_ID, "reward_id": REWARD_ID, "hold": False},
    ),
    ("RedemptionsView", "GET"): Operation(
        "listWaitingGifts", "rewards", "Gifts that wait here for their members", {200: "WaitingGiftPage"},
        "What was asked for and what is ready, to be fetched at the till's own outlet; the longest waiting first. "
        "Names and phones are masked: the member says the rest.",
        query={
            "outlet": {"type": "string", "enum": ["here"], "default": "here"},
            "state": {"type": "string", "enum": ["waiting"], "default": "waiting"},
            **_PAGE,
        },
        links={"hand the first over": Link("handOverRedemption", {"redemption_id": "$response.body#/results/0/id"})},
    ),
    ("RedemptionConfirmView", "POST"): Operation(
        "confirmRedemption", "rewards", "Spend the points that were held", {200: "Redemption"},
        missing=("redemption_not_found",), refusals=("redemption_closed", "member_blocked"),
    ),
    ("RedemptionReversalView", "POST"): Operation(
        "reverseRedemption", "rewards", "Give a redemption back", {200: "Redemption"},
        missing=("redemption_not_found",),
        refusals=("redemption_already_reversed", "coupon_already_used", "redemption_handed_over"),
    ),
    ("RedemptionHandoverView", "POST"): Operation(
        "handOverRedemption", "rewards", "The member has the gift in their hands", {200: "Redemption"},
        "For gifts that are fetched. Again, it changes nothing.",
        missing=("redemption_not_found",), refusals=("step_not_possible",),
        example={"note": "diambil suami"},
    ),
    ("RewardsView", "GET"): Operation(
        "listRewards", "rewards", "Rewards, and which of them this member can take", {200: "RewardPage"},
        query={"member_id": {"type": "string", "format": "uuid"}}, required_query=("member_id",),
        missing=("member_not_found",),
        links={
            "take the first": Link("createRedemption", body={"reward_id": "$response.body#/results/0/id"}),
        },
    ),
    ("PromotionsView", "GET"): Operation(
        "listPromotions", "service", "What runs here now, in words", {200: "RunningPromotionPage"},
        "Promotions that act at this outlet now for at least one person: days, hours, outlet, uses and "
        "budget leave them open. Not in it: what needs a coupon, and the standing rules that `/program` tells.",
    ),
    ("ProductsView", "GET"): Operation(
        "listProducts", "products", "The price list", {200: "PricedProductPage"},
        "By sku. `q` is part of a name or the beginning of a sku, in any spelling; without it all products.",
        query={
            "q": {"type": "string", "maxLength": 100, "examples": ["kopi"]},
            **_PAGE,
            "cursor": {**_PAGE["cursor"], "format": "cursor-of-products"},
        },
    ),
    ("ProductsView", "POST"): Operation(
        "saveProducts", "products", "Bring products, list prices and costs", {200: "SavedProducts"},
        "Needs the scope `write_products`. Known products are completed: a field left out stays as it is. A cost "
        "counts from `cost_starts_on` (today when left out) until the next one; the same items again change nothing.",
        example={
            "items": [
                {"sku": "KOPI-250", "name": "Kopi 250 g", "category": "kopi", "price_amount": 68000,
                 "cost_amount": 41500, "cost_starts_on": "2026-01-01"},
            ]
        },
    ),
    ("CouponCheckView", "POST"): Operation(
        "checkCoupon", "coupons", "Can this code be used today?", {200: "CouponCheck"},
        "Unknown, foreign and malformed codes get one and the same answer; too many of them close the till's codes.",
        missing=("member_not_found",),
        throttled=True, example={"code": "K7QH2M4TX9CDR"},
    ),
}  # fmt: skip
