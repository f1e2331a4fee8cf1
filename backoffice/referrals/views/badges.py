"""What the pages of referrals have in common: states as badges, the language of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rewards.referrals.facts import ReferralState
from rewards.referrals.wording import STATE_WORDS

TONES: Final = {
    ReferralState.IN_REVIEW: ("attention", "alert-circle"),
    ReferralState.QUALIFIED: ("info", "clock"),
    ReferralState.JOINED: ("outline", "user-plus"),
    ReferralState.GRANTED: ("good", "check"),
    ReferralState.REFUSED: ("bad", "x"),
    ReferralState.CLAWED_BACK: ("bad", "receipt-refund"),
    ReferralState.EXPIRED: ("outline", "x"),
}
STEP_ICONS: Final = {state: icon for state, (_, icon) in TONES.items()}


@dataclass(frozen=True)
class StateBadge:
    word: str
    tone: str
    icon: str


def badge_of(state: ReferralState) -> StateBadge:
    tone, icon = TONES[state]
    return StateBadge(str(STATE_WORDS[state]), tone, icon)
