"""Can this code be used? Answers alike for unknown, foreign and malformed codes, and only so often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pos_integration.code_gate import UNKNOWN, count_wrong_codes, refuse_guesses
from pos_integration.names import condition_names
from pos_integration.pipeline import Answer, Call, SentAnswer
from pos_integration.presentation import coupon_check_json
from pos_integration.serializers import CouponCheckSerializer
from pos_integration.views.base import CommandView
from rewards.promotions.wording import Names
from sales.operations import check_coupon


class CouponCheckView(CommandView):
    scopes = {"POST": "redeem"}
    serializer_class = CouponCheckSerializer

    def is_stored(self, data: Mapping[str, Any]) -> bool:
        return False

    def admit(self, call: Call, data: dict[str, Any]) -> None:
        refuse_guesses(call, [data["code"]])

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        merchant = call.merchant
        check = check_coupon(
            merchant=merchant, till=call.till, code=data["code"], member_id=data.get("member_id"), at=call.received_at
        )
        call.unknown_codes = [data["code"]] if check.reason in UNKNOWN else []
        offers = [check.offer] if check.offer is not None else []
        names = condition_names(merchant, offers) if check.coupon is not None else Names()
        return Answer(200, coupon_check_json(check, currency=merchant.currency, language=call.language, names=names))

    def settle(self, call: Call, data: dict[str, Any], sent: SentAnswer) -> None:
        count_wrong_codes(call)
