"""Who am I talking to, and what does the program give?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from members.queries import tiers
from pos_integration.pipeline import Call
from pos_integration.presentation import program_json
from pos_integration.views.base import ReadView
from rewards.promotions.queries import program_rules


class ProgramView(ReadView):
    """Any key may ask: it is how a till finds out that its key works."""

    def read(self, call: Call) -> Mapping[str, Any]:
        earning, redemption = program_rules(merchant=call.merchant, at=call.received_at)
        return program_json(
            call.till,
            earning=earning,
            redemption=redemption,
            tiers=tiers(merchant=call.merchant),
            at=call.received_at,
            language=call.language,
        )
