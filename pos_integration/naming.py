"""What tiers, outlets, segments, moments and products are called in the sentences that a till is given."""

from __future__ import annotations

from collections.abc import Iterable

from members.queries import tiers
from merchants.facts import MerchantFacts
from merchants.queries import outlets
from rewards.facts import Decision, Definition
from rewards.queries import names_of_goods, own_calendar
from rewards.wording import Names, names_tiers
from segments.wording import SEGMENT_NAMES


def condition_names(merchant: MerchantFacts, offers: Iterable[Definition]) -> Names:
    """Everything that the conditions of these offers may name; four statements whatever their number."""
    return Names(
        tiers={tier.code: tier.name for tier in tiers(merchant=merchant)},
        segments={segment.value: name for segment, name in SEGMENT_NAMES.items()},
        outlets={str(outlet.id): outlet.name for outlet in outlets(merchant=merchant)},
        products=names_of_goods(merchant=merchant, definitions=offers),
        calendar=own_calendar(merchant=merchant),
    )


def decision_names(merchant: MerchantFacts, decisions: Iterable[Decision]) -> Names:
    """What the sentences of these decisions name; no statement where they name no tier."""
    if not names_tiers(decisions):
        return Names()
    return Names(tiers={tier.code: tier.name for tier in tiers(merchant=merchant)})
