"""What a person who can write to the database could change to gain money or rights, or to hide that they did."""

from __future__ import annotations

from typing import Final

from loyalty.planted.campaigns import CAMPAIGNS
from loyalty.planted.gifts import GIFTS
from loyalty.planted.guards import GUARDS
from loyalty.planted.ledger import LEDGER, SEALS
from loyalty.planted.lots import LOTS
from loyalty.planted.members import MEMBERS
from loyalty.planted.merchants import MERCHANTS, PRODUCTS
from loyalty.planted.people import PEOPLE
from loyalty.planted.plant import Plant
from loyalty.planted.rewards import REWARDS
from loyalty.planted.sales import SALES
from loyalty.planted.segments import SEGMENTS

__all__ = ["PLANTS", "Plant"]

PLANTS: Final = (
    *LEDGER, *LOTS, *SEALS, *SALES, *REWARDS, *GIFTS, *MEMBERS, *MERCHANTS, *PRODUCTS, *SEGMENTS, *CAMPAIGNS, *PEOPLE,
    *GUARDS,
)  # fmt: skip
