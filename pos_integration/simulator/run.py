"""One simulation: all tills in threads, then the comparison, then the figures."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pos_integration.simulator.check import differences
from pos_integration.simulator.clock import OFFSETS, TillClock
from pos_integration.simulator.day import play_actions
from pos_integration.simulator.journal import Journal
from pos_integration.simulator.model import SimulatedProgram
from pos_integration.simulator.player import Player
from pos_integration.simulator.sender import RequestSender
from pos_integration.simulator.shop import SimulatedShop
from pos_integration.simulator.waiting_card import show_waiting_card
from pos_integration.simulator.wire import Wire


@dataclass(frozen=True)
class SimulationPlan:
    """`keys`: one or more till keys of one merchant, dealt out to the tills in turn."""

    url: str
    keys: Sequence[str]
    tills: int
    seed: int
    actions: int
    seconds: float
    cut_share: float
    patience: float
    journal_path: Path | None = None
    open_for: float = 0.0
    """Seconds for which the shop's program has been in force: how far back what was sold offline may lie."""
    join_url: str | None = None
    """The store's join page, where each till's first customer makes a card that waits; None: no one does."""


def run(plan: SimulationPlan, tell: Callable[[str], None]) -> int:
    """Run and return the number of differences and surprises; `tell` gets what a person wants to read."""
    if plan.journal_path is None:
        return _run_simulation(plan, None, tell)
    with plan.journal_path.open("w") as lines:
        return _run_simulation(plan, lines, tell)


def _run_simulation(plan: SimulationPlan, lines: IO[str] | None, tell: Callable[[str], None]) -> int:
    journal = Journal(lines)
    tell(f"seed {plan.seed}: {plan.tills} tills, {plan.actions} actions each, {plan.cut_share:.0%} of requests cut")
    players = _make_players(plan, journal)
    shop = players[0].shop
    started = time.monotonic()
    threads = [threading.Thread(target=_play_day, args=(player, plan, started + plan.seconds)) for player in players]
    for thread in threads:
        thread.start()
    _wait_for_tills(threads, players)
    elapsed = time.monotonic() - started
    for player in players:
        player.wire.cut_share = 0.0
    found = [*journal.unexpected, *differences(shop, players)]
    _tell_figures(journal, shop, elapsed, tell)
    for sentence in found[:50]:
        tell(f"DIFFERENCE {sentence}")
    tell(f"{len(found)} differences (seed {plan.seed})")
    return len(found)


def _play_day(player: Player, plan: SimulationPlan, deadline: float) -> None:
    """Play one till's day until the deadline (monotonic): a new member, a customer from the join page, the actions."""
    try:
        player.enrol()
        if plan.join_url is not None:
            show_waiting_card(player, plan.join_url)
        play_actions(player, plan.actions, deadline)
    except Exception as error:
        # A till that breaks off compares nothing any more: that must not look like a day without differences.
        player.journal.surprise(f"till {player.number} broke off: {type(error).__name__}: {error}")
        raise


def _make_players(plan: SimulationPlan, journal: Journal) -> list[Player]:
    """Make the tills; each has its own random numbers and asks the server for the program."""
    chance = random.Random(plan.seed)  # noqa: S311 - a simulation that can be played again
    run_name = f"S{plan.seed}-{int(time.time()):x}"
    shop = SimulatedShop(_load_program(plan, journal), open_since=time.time() - plan.open_for)
    clocks = [TillClock(OFFSETS[number % len(OFFSETS)], is_named=number % 2 == 0) for number in range(plan.tills)]
    players = [
        Player(
            name=f"{run_name}-{number}",
            number=number,
            clock=clocks[number],
            wire=Wire(plan.url.rstrip("/"), plan.keys[number % len(plan.keys)], plan.cut_share, clocks[number]),
            shop=shop,
            journal=journal,
            chance=random.Random(chance.getrandbits(64)),  # noqa: S311
            patience=plan.patience,
        )
        for number in range(plan.tills)
    ]
    players[0].enrol()
    for member_id in shop.members:
        rewards = players[0].ask("rewards", f"/rewards?member_id={member_id}")
        shop.rewards = [(r["id"], r["points"]) for r in rewards.body["results"]] if rewards else []
    return players


def _load_program(plan: SimulationPlan, journal: Journal) -> SimulatedProgram:
    """Load the program. Raises ConnectionError when the server is out of reach or does not know the key."""
    wire = Wire(plan.url.rstrip("/"), plan.keys[0])
    sender = RequestSender("start", wire, journal, random.Random(0), patience=plan.patience)  # noqa: S311
    answer = sender.ask("program", "/program")
    if answer is None:
        raise ConnectionError(journal.unexpected[-1])
    return SimulatedProgram.from_json(answer.body)


def _wait_for_tills(threads: Sequence[threading.Thread], players: Sequence[Player]) -> None:
    """Wait for the tills; after Ctrl-C each finishes its request, and the comparison still takes place."""
    try:
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        for player in players:
            player.stopped.set()
        for thread in threads:
            thread.join()


def _tell_figures(journal: Journal, shop: SimulatedShop, elapsed: float, tell: Callable[[str], None]) -> None:
    counts = journal.counts
    tell(
        f"{counts['ok']} ok, {counts['fail']} fail, {counts['unknown']} unknown and asked again; "
        f"{len(shop.members)} members, {len(shop.sales)} sales in {elapsed:.1f} s"
    )
    tell(f"p50 {journal.percentile(0.50)} ms, p99 {journal.percentile(0.99)} ms")
    for name, count in sorted(journal.operations.items()):
        tell(f"  {name}: {count}")
