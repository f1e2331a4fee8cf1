"""Did the campaign cause it? Differences between treated and control with their 95 % intervals.

statsmodels and scipy take a second to load (ten on a busy machine), so they are imported where they are used: a worker
that only sends mail never pays for them. Pages call `load_statistics` before they open a transaction, which must not
stand idle for so long.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

from campaigns.facts import Interval

ALPHA: Final = 0.05
POWER: Final = 0.8
ASSUMED_CONVERSION: Final = 0.05
"""Before a campaign has a control group of its own: the share that buys anyway."""


def load_statistics() -> None:
    """Loads what the functions below need; done once per process."""
    import scipy.stats  # noqa: F401, PLC0415 - see above
    import statsmodels.stats.power  # noqa: PLC0415
    import statsmodels.stats.proportion  # noqa: F401, PLC0415


def share_interval(*, buyers: int, members: int) -> Interval:
    """A group's share of buyers (Wilson's interval); no bounds for an empty group."""
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
        """The sample variance; exact integers until the one division, so that equal spends give exactly 0."""
        return (self.members * self.squares - self.total**2) / (self.members * (self.members - 1))


def conversion_uplift(*, treated_buyers: int, treated: int, control_buyers: int, control: int) -> Interval:
    """Share of buyers among treated minus among control (Newcombe's interval, sound for small counts and zeros)."""
    if not treated or not control:
        return Interval(value=0.0, low=None, high=None)
    from statsmodels.stats.proportion import confint_proportions_2indep  # noqa: PLC0415 - see above

    low, high = confint_proportions_2indep(
        treated_buyers, treated, control_buyers, control, compare="diff", method="newcomb", alpha=ALPHA
    )
    return Interval(value=treated_buyers / treated - control_buyers / control, low=float(low), high=float(high))


def revenue_uplift(*, treated: Spend, control: Spend) -> Interval:
    """Revenue per head among treated minus among control (Welch: the groups' spreads may differ)."""
    if not treated.members or not control.members:
        return Interval(value=0.0, low=None, high=None)
    difference = treated.mean - control.mean
    if treated.members < 2 or control.members < 2:
        return Interval(value=difference, low=None, high=None)
    part_treated = treated.variance / treated.members
    part_control = control.variance / control.members
    error = part_treated + part_control
    if error == 0:  # nobody bought, or everybody the same: no spread to judge by
        return Interval(value=difference, low=None, high=None)
    freedom = error**2 / (part_treated**2 / (treated.members - 1) + part_control**2 / (control.members - 1))
    from scipy.stats import t  # noqa: PLC0415 - see above

    reach = float(t.ppf(1 - ALPHA / 2, freedom)) * sqrt(error)
    return Interval(value=difference, low=difference - reach, high=difference + reach)


def detectable_points(*, treated: int, control: int, conversion: float = ASSUMED_CONVERSION) -> float | None:
    """The smallest true difference (percentage points) found four times out of five; None without two groups."""
    if not treated or not control:
        return None
    from statsmodels.stats.power import NormalIndPower  # noqa: PLC0415 - see above

    effect = NormalIndPower().solve_power(
        effect_size=None, nobs1=treated, alpha=ALPHA, power=POWER, ratio=control / treated, alternative="two-sided"
    )
    return float(effect) * sqrt(conversion * (1 - conversion)) * 100
