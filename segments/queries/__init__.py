"""Every read of segments that other code may use; all of the published snapshot only."""

from segments.queries.cards import segment_cards
from segments.queries.grid import rfm_grid
from segments.queries.moves import CameFrom, history, labels_over_time, moves
from segments.queries.rule import preview_rule, propose_rule
from segments.queries.runs import latest_run, run_of_night, thresholds_of
from segments.queries.standings import (
    StandingFilter,
    audience,
    explain_member,
    member_ids_sql,
    reason,
    standing_of,
    standings_of,
)

__all__ = [
    "CameFrom",
    "StandingFilter",
    "audience",
    "explain_member",
    "history",
    "labels_over_time",
    "latest_run",
    "member_ids_sql",
    "moves",
    "preview_rule",
    "propose_rule",
    "reason",
    "rfm_grid",
    "run_of_night",
    "segment_cards",
    "standing_of",
    "standings_of",
    "thresholds_of",
]
