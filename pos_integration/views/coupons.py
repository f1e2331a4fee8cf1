"""Can this code be used? Answers alike for unknown, foreign and malformed codes, and only so often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pos_integration.cards import today_of
from pos_integration.code_gate import count_wrong_codes, refuse_while_closed
from pos_integration.pipeline import Answer, Call, Sent
from pos_integration.presentation import coupon_check_json
from pos_integration.serializers import CouponCheckSerializer
from pos_integration.views.base import CommandView
from rewards.queries import check_code


class CouponCheckView(CommandView):
    scopes = {"POST": "redeem"}
    serializer_class = CouponCheckSerializer

    def is_stored(self, data: Mapping[str, Any]) -> bool:
        return False

    def admit(self, call: Call, data: dict[str, Any]) -> None:
        refuse_while_closed(call)

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        check = check_code(merchant=call.merchant, code=data["code"], at=call.received_at, today=today_of(call))
        call.code_reasons = [check.reason]
        return Answer(200, coupon_check_json(check, currency=call.merchant.currency, language=call.language))

    def settle(self, call: Call, data: dict[str, Any], sent: Sent) -> None:
        count_wrong_codes(call, call.code_reasons)
