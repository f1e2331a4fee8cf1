"""Pure rules of moments. One file per noun; import from here."""

from rewards.moments.rules.feasts import feasts
from rewards.moments.rules.moments import STANDARD, Runs, is_standard, moment_runs, occurrences, rhythm_of, window

__all__ = ["STANDARD", "Runs", "feasts", "is_standard", "moment_runs", "occurrences", "rhythm_of", "window"]
