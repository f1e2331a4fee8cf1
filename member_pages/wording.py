"""Words of the member pages: what happened to points and wallet money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.facts import EntryKind

ENTRY_WORDS: Final[Mapping[EntryKind, Promise]] = {
    EntryKind.EARN: _("Purchase"),
    EntryKind.REDEEM: _("Redeemed"),
    EntryKind.REDEEM_REVERSAL: _("Redemption taken back"),
    EntryKind.EXPIRE: _("Expired"),
    EntryKind.ADJUST: _("Adjustment by the store"),
    EntryKind.REFUND: _("Goods returned"),
    EntryKind.VOID: _("Purchase cancelled"),
    EntryKind.BONUS: _("Bonus"),
    EntryKind.TRANSFER: _("Moved within your household"),
    EntryKind.CASHBACK: _("Cashback"),
    EntryKind.TOP_UP: _("Top-up"),
    EntryKind.CLAWBACK: _("Bonus taken back"),
    EntryKind.WRITE_OFF: _("Debt written off"),
    EntryKind.MERGE: _("From another card of yours"),
}

REWARD_WORDS: Final[Mapping[str, Promise]] = {
    "not_started": _("Not yet: it starts later."),
    "wrong_tier": _("For a higher tier than yours."),
    "reward_out_of_stock": _("Used up for now."),
    "per_member_limit_reached": _("You have had your share of it."),
}

TAKEN_WORDS: Final[Mapping[str, Promise]] = {
    "held": _("Set aside at the till"),
    "completed": _("Received"),
    "reversed": _("Undone, points given back"),
    "lapsed": _("Not taken, points given back"),
    "requested": _("Being made ready"),
    "ready": _("Ready for you"),
    "handed_over": _("Handed over"),
    "shipped": _("On its way"),
    "delivered": _("Arrived"),
    "cancelled": _("Cancelled, points given back"),
}
