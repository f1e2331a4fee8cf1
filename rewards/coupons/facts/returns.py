"""What returns of a sale did to its coupons and stamps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReturnedRewards:
    """Coupons by title, and stamps, of all returns of one sale so far.

    `came_back`: coupons that the sale had used and that can be used again; `cancelled`: unused ones that it had
    brought; `lost`: those that it had brought and that were used before.
    """

    came_back: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    stamps_taken: int = 0

    def since(self, earlier: ReturnedRewards) -> ReturnedRewards:
        """Return what has been added since an earlier look at the same sale."""
        return ReturnedRewards(
            came_back=_take_earlier_off(self.came_back, earlier.came_back),
            cancelled=_take_earlier_off(self.cancelled, earlier.cancelled),
            lost=_take_earlier_off(self.lost, earlier.lost),
            stamps_taken=self.stamps_taken - earlier.stamps_taken,
        )


def _take_earlier_off(titles: tuple[str, ...], earlier: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted((Counter(titles) - Counter(earlier)).elements()))
