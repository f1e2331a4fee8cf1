"""Reads of the ledger. None of them writes: what is overdue but not booked yet is left out of the figures."""

from ledger.queries.balances import balance, balances, ended_points, liability, pending_of, was_posted
from ledger.queries.by_hand import moved_by_hand
from ledger.queries.held import points_held_by_day
from ledger.queries.movements import movement, movement_totals, movements
from ledger.queries.statement import entries, placed_entries

__all__ = [
    "balance",
    "balances",
    "ended_points",
    "entries",
    "liability",
    "moved_by_hand",
    "movement",
    "movement_totals",
    "movements",
    "pending_of",
    "placed_entries",
    "points_held_by_day",
    "was_posted",
]
