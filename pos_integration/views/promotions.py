"""What runs now, in words: for who asks before there is a cart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from pos_integration.cards import today_of
from pos_integration.names import condition_names
from pos_integration.pipeline import Call
from pos_integration.presentation import promotion_json
from pos_integration.views.base import ReadView
from rewards.promotions.queries import running_promotions


class PromotionsView(ReadView):
    """Any key may ask: what runs is written on the shop's door too."""

    def read(self, call: Call) -> Mapping[str, Any]:
        merchant, outlet = call.merchant, call.till.outlet
        running = running_promotions(
            merchant=merchant,
            outlet_id=outlet.id,
            at=call.received_at.astimezone(ZoneInfo(outlet.timezone)),
            day=today_of(call),
        )
        names = condition_names(merchant, [each.definition for each in running])
        shown = [
            promotion_json(each, currency=merchant.currency, language=call.language, names=names) for each in running
        ]
        return {"results": shown, "next": None}
