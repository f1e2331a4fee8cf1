"""Did the campaign cause it? Differences between treated and control with their 95 % intervals.

statsmodels and scipy take a second to load (ten on a busy machine), so they are imported where they are used: a worker
that only sends mail never pays for them. Pages call `load_statistics` before they open a transaction, which must not
stand idle for so long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final

from campaigns.facts import Interval

ALPHA: Final = 0.05
POWER: Final = 0.8
ASSUMED_CONVERSION: Final = 0.05
"""The share that buys anyway, assumed until a campaign has a control group of its own."""


def load_statistics() -> None:
    """Load what the functions below need; done once per process."""
    import scipy.stats  # noqa: F401, PLC0415 - see above
    import statsmodels.stats.proportion  # noqa: F401, PLC0415


def share_interval(*, buyers: int, members: int) -> Interval:
    """Return a group's share of buyers with Wilson's interval; no bounds for an empty group."""
    if not members:
        return Interval(value=0.0, low=None, high=None)
    from statsmodels.stats.proportion import proportion_confint  # noqa: PLC0415 - see above

    low, high = proportion_confint(buyers, members, alpha=ALPHA, method="wilson")
    return Interval(value=buyers / members, low=float(low), high=float(high))


@dataclass(frozen=True)
class Spend:
    """Spend per head of one group: how many heads, the sum and the sum of squares (exact integers)."""

    members: int
    total: int
    squares: int

    @property
    def mean(self) -> float:
        return self.total / self.members

    @property
    def variance(self) -> float:
        """Return the sample variance; exact integers until the one division, so that equal spends give exactly 0."""
        return (self.members * self.squares - self.total**2) / (self.members * (self.members - 1))


def conversion_uplift(*, treated_buyers: int, treated: int, control_buyers: int, control: int) -> Interval:
    """Return the share of buyers, treated minus control (Newcombe's interval, sound for small counts and zeros)."""
    if not treated or not control:
        return Interval(value=0.0, low=None, high=None)
    from statsmodels.stats.proportion import confint_proportions_2indep  # noqa: PLC0415 - see above

    low, high = confint_proportions_2indep(
        treated_buyers, treated, control_buyers, control, compare="diff", method="newcomb", alpha=ALPHA
    )
    return Interval(value=treated_buyers / treated - control_buyers / control, low=float(low), high=float(high))


def revenue_uplift(*, treated: Spend, control: Spend) -> Interval:
    """Return the revenue per head, treated minus control (Welch: the groups' spreads may differ)."""
    if not treated.members or not control.members:
        return Interval(value=0.0, low=None, high=None)
    difference = treated.mean - control.mean
    if treated.members < 2 or control.members < 2:
        return Interval(value=difference, low=None, high=None)
    part_treated = treated.variance / treated.members
    part_control = control.variance / control.members
    error = part_treated + part_control
    if error == 0:  # no one bought, or all spent the same: there is no spread to judge by
        return Interval(value=difference, low=None, high=None)
    freedom = error**2 / (part_treated**2 / (treated.members - 1) + part_control**2 / (control.members - 1))
    from scipy.stats import t  # noqa: PLC0415 - see above

    reach = float(t.ppf(1 - ALPHA / 2, freedom)) * sqrt(error)
    return Interval(value=difference, low=difference - reach, high=difference + reach)


def detectable_points(*, treated: int, control: int, conversion: float = ASSUMED_CONVERSION) -> float | None:
    """Return the smallest true difference (percentage points) found four times out of five; None if there is none.

    Found means what `conversion_uplift` calls a difference: its interval excludes 0. The chance of that is summed over
    all outcomes of both groups, and the difference at which it passes POWER is searched for.
    """
    if not treated or not control:
        return None
    power = _power_of(treated, control, conversion)
    low, high = 0.0, 1 - conversion
    if power(high) < POWER:
        return None
    while high - low > PRECISION:
        middle = (low + high) / 2
        low, high = (low, middle) if power(middle) >= POWER else (middle, high)
    return high * 100


PRECISION: Final = 0.0001
REACH: Final = 7.0
"""How many standard deviations of the control group's buyers are computed; the rest is one in a billion."""


def _power_of(treated: int, control: int, conversion: float) -> Callable[[float], float]:
    """Return the function that gives the chance that the interval excludes 0, by the true difference in shares."""
    import numpy as np  # noqa: PLC0415 - see above
    from scipy.stats import binom  # noqa: PLC0415 - see above

    middle, spread = control * conversion, sqrt(control * conversion * (1 - conversion))
    first, last = max(0, int(middle - REACH * spread)), min(control, int(middle + REACH * spread) + 2)
    buyers = np.arange(first, last + 1)
    weights = binom.pmf(buyers, control, conversion)
    above = _least_that(lambda found: _interval_bounds(found, treated, buyers, control)[0] > 0, treated, len(buyers))
    below = _least_that(lambda found: _interval_bounds(found, treated, buyers, control)[1] >= 0, treated, len(buyers))

    def power(difference: float) -> float:
        share = conversion + difference
        found = binom.sf(above - 1, treated, share) + binom.cdf(below - 1, treated, share)
        return float(np.sum(weights * found))

    return power


def _interval_bounds(treated_buyers: Any, treated: int, control_buyers: Any, control: int) -> tuple[Any, Any]:
    """Return Newcombe's interval for many counts at once; the same as `conversion_uplift` gives for one."""
    import numpy as np  # noqa: PLC0415 - see above

    share, low, high = _wilson_interval(treated_buyers, treated)
    other, other_low, other_high = _wilson_interval(control_buyers, control)
    difference = share - other
    down = np.sqrt((share - low) ** 2 + (other_high - other) ** 2)
    up = np.sqrt((high - share) ** 2 + (other - other_low) ** 2)
    return difference - down, difference + up


def _wilson_interval(buyers: Any, members: int) -> tuple[Any, Any, Any]:
    import numpy as np  # noqa: PLC0415 - see above
    from scipy.stats import norm  # noqa: PLC0415 - see above

    z = float(norm.ppf(1 - ALPHA / 2))
    share = buyers / members
    centre = (share + z * z / (2 * members)) / (1 + z * z / members)
    reach = z / (1 + z * z / members) * np.sqrt(share * (1 - share) / members + z * z / (4 * members * members))
    return share, centre - reach, centre + reach


def _least_that(holds: Callable[[Any], Any], most: int, count: int) -> Any:
    """Return, for each of `count` cases, the least whole number up to `most` from which on `holds`; else `most` + 1."""
    import numpy as np  # noqa: PLC0415 - see above

    low, high = np.zeros(count, dtype=np.int64), np.full(count, most + 1, dtype=np.int64)
    while np.any(low < high):
        middle = (low + high) // 2
        found = holds(np.minimum(middle, most)) & (middle <= most)
        high = np.where(found & (low < high), middle, high)
        low = np.where(~found & (low < high), middle + 1, low)
    return high
