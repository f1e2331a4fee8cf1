"""What a replay reads: the program and prices before it begins, then batch after batch of receipts."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from insights.facts import Base, ScenarioInputs
from insights.rules.people import MemberCourse
from insights.rules.program import Counters, RulesByTime, is_limited
from insights.rules.replay import NOBODY, Replay, Side, concerns_strangers
from insights.rules.results import Assumptions, point_value_of
from insights.rules.tiers import Ladder
from ledger.queries import ended_points
from members.queries import members_as_of, tier_program, tiers
from members.rules import window_starts_on
from merchants.facts import MerchantFacts
from merchants.queries import all_outlets
from products.queries import cost_book
from rewards.engine import earns
from rewards.promotions.queries import engine_settings, program_turns, program_versions, taken_before, uses_before
from sales.facts import PastPurchase, PastReceipt
from sales.queries import past_receipts, past_returns, purchase_counts_before, purchases_before
from segments.queries import labels_over_time

BATCH: Final = 2_000
"""Receipts in memory at a time, with their lines: some megabytes."""


@dataclass
class Period:
    """A replay about to begin. `with_codes`: codes may have been used, so the stored outcomes are read."""

    replay: Replay
    assumed: Assumptions
    with_codes: bool
    with_uses: bool


def open_period(*, merchant: MerchantFacts, inputs: ScenarioInputs, now: datetime) -> Period:
    """Open the period: read what both sides start with. Writes nothing."""
    versions = program_versions(merchant=merchant, until=now)
    turns = program_turns(merchant=merchant, until=now)
    base = RulesByTime(versions, turns, base=inputs.base, now=now)
    draft = RulesByTime(versions, turns, base=inputs.base, now=now, changes=inputs.changes)
    rules = [*base.all_rules(), *draft.all_rules()]
    settings = engine_settings(merchant, rules)
    before = taken_before(merchant=merchant, day=inputs.first_on) if inputs.base is Base.HISTORY else {}
    limited = is_limited(rules)
    caps = [settings.points_cap, *(rule.points_cap for rule in rules)]
    capped = any(cap is not None and cap.counts_members for cap in caps)
    sides = [Side(program, Counters.starting(before), settings, limited, capped) for program in (base, draft)]
    changed = {change.promotion_id for change in inputs.changes}
    added = [change.definition for change in inputs.changes if change.definition is not None]
    touched = [*(rule for rule in base.all_rules() if rule.id in changed), *added]
    replay = Replay(
        base=sides[0],
        draft=sides[1],
        ladder=Ladder.of(tiers(merchant=merchant), tier_program(merchant=merchant)),
        zones={str(outlet.id): ZoneInfo(outlet.timezone) for outlet in all_outlets(merchant=merchant)},
        costs=cost_book(merchant=merchant),
        outlets=frozenset(inputs.outlet_ids),
        only_earning_differs=not (limited or capped) and all(earns(rule) and rule.group is None for rule in touched),
        strangers_differ=limited or any(concerns_strangers(rule) for rule in touched),
        returns=deque(past_returns(merchant=merchant, first=inputs.first_on, last=inputs.last_on)),
    )
    ended = ended_points(merchant=merchant)
    end = datetime.combine(inputs.last_on + timedelta(days=1), time(), tzinfo=UTC)
    return Period(
        replay,
        Assumptions(
            inputs.behaviour_percent,
            point_value_of(base.at(end, NOBODY)),
            point_value_of(draft.at(end, NOBODY)),
            points_redeemed=ended.redeemed,
            points_lapsed=ended.lapsed,
        ),
        with_codes=base.has_codes() or draft.has_codes(),
        with_uses=any(rule.usage.limits_members for rule in rules),
    )


def next_receipts(
    *, merchant: MerchantFacts, inputs: ScenarioInputs, period: Period, after: PastReceipt | None
) -> list[PastReceipt]:
    """Return the next batch; members met for the first time are read as they were when the period began.

    Ten statements at most, whatever the batch. Writes nothing.
    """
    found = past_receipts(
        merchant=merchant,
        first=inputs.first_on,
        last=inputs.last_on,
        after=(after.business_date, after.occurred_at, after.id) if after else None,
        limit=BATCH,
        with_codes=period.with_codes,
    )
    known = period.replay.members
    new = sorted({r.member_id for r in found if r.member_id is not None and r.member_id not in known})
    if new:
        known.update(_load_new_members(merchant, inputs, period, new))
    return found


def _load_new_members(
    merchant: MerchantFacts, inputs: ScenarioInputs, period: Period, new: Sequence[str]
) -> dict[str, MemberCourse]:
    first, ladder = inputs.first_on, period.replay.ladder
    start, _ = merchant.bounds_of(first)
    counts = purchase_counts_before(merchant=merchant, member_ids=new, before=first)
    labels = labels_over_time(merchant=merchant, member_ids=new)
    uses = {}
    if period.with_uses and inputs.base is Base.HISTORY:
        uses = uses_before(merchant=merchant, member_ids=new, day=first)
    history: dict[str, list[PastPurchase]] = {}
    since = window_starts_on(first, ladder.window)
    for bought in purchases_before(merchant=merchant, member_ids=new, since=since, before=first):
        history.setdefault(bought.member_id, []).append(bought)
    return {
        past.id: MemberCourse(
            past,
            labels=labels.get(past.id, ()),
            purchases=counts.get(past.id, 0),
            history=history.get(past.id, ()),
            uses=uses.get(past.id, {}),
            ladder=ladder,
            first_on=first,
        )
        for past in members_as_of(merchant=merchant, member_ids=new, at=start)
    }
