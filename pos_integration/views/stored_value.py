"""Money paid in at the counter, into a member's wallet or on a gift card, and out again while nothing is spent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from common.errors import Refusal
from pos_integration.cards import knows_by_waiting_card, today_of
from pos_integration.code_gate import UNKNOWN, count_wrong_codes, refuse_guesses, refused_codes
from pos_integration.pipeline import Answer, Call, SentAnswer, content_digest
from pos_integration.presentation import gift_card_check_json, gift_card_json, top_up_json
from pos_integration.serializers import (
    GiftCardCheckSerializer,
    GiftCardSerializer,
    ReversalSerializer,
    TopUpSerializer,
)
from pos_integration.views.base import CommandView
from rewards.coupons.queries import known_coupon_codes
from rewards.gift_cards.facts import ActivationDraft, TopUpDraft
from rewards.gift_cards.operations import activate_gift_card, reverse_gift_card, reverse_top_up, top_up
from rewards.gift_cards.queries import check_gift_card


class TopUpsView(CommandView):
    scopes = {"POST": "record_sales"}
    serializer_class = TopUpSerializer

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        member_id = call.path_id("member_id", "member_not_found")
        request_fingerprint = content_digest({**data, "member_id": str(member_id)})
        recorded = top_up(
            merchant=call.merchant,
            till_id=call.till.id,
            draft=TopUpDraft(member_id=member_id, request_fingerprint=request_fingerprint, **data),
            at=call.received_at,
            business_date=today_of(call),
        )
        shown = top_up_json(recorded.top_up, by_waiting_card=knows_by_waiting_card(call, recorded.top_up.member_id))
        return Answer(201 if recorded.created else 200, shown, natural=not recorded.created)


class TopUpReversalView(CommandView):
    scopes = {"POST": "record_sales"}
    serializer_class = ReversalSerializer

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        reversed_one = reverse_top_up(
            merchant=call.merchant,
            top_up_id=call.path_id("top_up_id", "top_up_not_found"),
            reason=data.get("reason", ""),
            at=call.received_at,
            business_date=today_of(call),
        )
        waits = knows_by_waiting_card(call, reversed_one.member_id)
        return Answer(200, top_up_json(reversed_one, by_waiting_card=waits))


class GiftCardsView(CommandView):
    """Sells a card. The code of a printed one passes the throttle of wrong codes."""

    scopes = {"POST": "record_sales"}
    serializer_class = GiftCardSerializer

    def admit(self, call: Call, data: dict[str, Any]) -> None:
        if data.get("code"):
            refuse_guesses(call, [data["code"]])

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        try:
            activated = activate_gift_card(
                merchant=call.merchant,
                till_id=call.till.id,
                draft=ActivationDraft(request_fingerprint=content_digest(data), **data),
                at=call.received_at,
                business_date=today_of(call),
            )
        except Refusal as refusal:
            refused = refused_codes(refusal, "gift_cards", "code_masked")
            call.unknown_codes = [data["code"]] if any(reason in UNKNOWN for _, reason in refused) else []
            raise
        return Answer(201 if activated.created else 200, gift_card_json(activated.card), natural=not activated.created)

    def settle(self, call: Call, data: dict[str, Any], sent: SentAnswer) -> None:
        count_wrong_codes(call)


class GiftCardCheckView(CommandView):
    scopes = {"POST": "redeem"}
    serializer_class = GiftCardCheckSerializer

    def is_stored(self, data: Mapping[str, Any]) -> bool:
        return False

    def admit(self, call: Call, data: dict[str, Any]) -> None:
        refuse_guesses(call, [data["code"]])

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        code = data["code"]
        check = check_gift_card(merchant=call.merchant, code=code, at=call.received_at, today=today_of(call))
        if check.reason in UNKNOWN and known_coupon_codes(merchant=call.merchant, codes=[code]):
            check = replace(check, reason="gift_card_is_coupon")
        call.unknown_codes = [code] if check.reason in UNKNOWN else []
        return Answer(200, gift_card_check_json(check, language=call.language))

    def settle(self, call: Call, data: dict[str, Any], sent: SentAnswer) -> None:
        count_wrong_codes(call)


class GiftCardReversalView(CommandView):
    scopes = {"POST": "record_sales"}

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        reversed_one = reverse_gift_card(
            merchant=call.merchant,
            card_id=call.path_id("gift_card_id", "gift_card_not_found"),
            at=call.received_at,
            business_date=today_of(call),
        )
        return Answer(200, gift_card_json(reversed_one))
