"""`manage.py till --tills N --seed S`: tills on a bad network against a running server; exits 1 on a difference."""

from __future__ import annotations

import json
import random
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pos_integration.simulator.model import UnknownProgramError
from pos_integration.simulator.run import SimulationPlan, run


class Command(BaseCommand):
    help = "Plays, repeats, reorders and cuts the requests of many tills and compares every figure with a model."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tills", type=int, default=4, help="tills at work at the same time")
        parser.add_argument("--seed", type=int, help="chance begins here; printed, so that a day can be played again")
        parser.add_argument("--actions", type=int, default=60, help="what each till does at most")
        parser.add_argument("--seconds", type=float, default=3600, help="no new action after so long")
        parser.add_argument("--open-for", type=float, default=0, help="minutes for which the program has been in force")
        parser.add_argument("--cut", type=float, default=0.05, help="share of requests that lose their connection")
        parser.add_argument("--patience", type=float, default=120, help="seconds to ask about an unknown outcome")
        parser.add_argument("--url", help="the server (default: var/run.json)")
        parser.add_argument("--key", action="append", help="a till key, again for several (default: var/run.json)")
        parser.add_argument("--join", help="the store's join page (default: var/run.json; with --url and --key: none)")
        parser.add_argument("--merchant", help="name in var/run.json whose till to use (default: the last, empty one)")
        parser.add_argument("--jsonl", type=Path, help="write every request and its outcome to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        url, keys, join_url = _find_server(options)
        seed = options["seed"] if options["seed"] is not None else random.SystemRandom().randrange(2**31)
        plan = SimulationPlan(
            url=url,
            keys=keys,
            tills=options["tills"],
            seed=seed,
            actions=options["actions"],
            seconds=options["seconds"],
            open_for=options["open_for"] * 60,
            cut_share=options["cut"],
            patience=options["patience"],
            journal_path=options["jsonl"],
            join_url=join_url,
        )
        try:
            found = run(plan, self.stdout.write)
        except (UnknownProgramError, ConnectionError) as error:
            raise CommandError(str(error), returncode=2) from None
        if found:
            raise SystemExit(1)


def _find_server(options: dict[str, Any]) -> tuple[str, list[str], str | None]:
    """Return address, keys and join page, as given or from the file that `make run` writes."""
    if options["url"] and options["key"]:
        return options["url"], options["key"], options["join"]
    path = Path(settings.VAR_DIR) / "run.json"
    if not path.exists():
        raise CommandError(f"{path} is not there: start the product with `make run`, or give --url and --key")
    facts = json.loads(path.read_text())
    named = [m for m in facts["merchants"] if options["merchant"] in (None, m["name"])]
    if not named:
        raise CommandError(f"{path} has no merchant of that name: {', '.join(m['name'] for m in facts['merchants'])}")
    url = options["url"] or facts["url"]
    joins_at = None if options["key"] else named[-1].get("join_path")
    return url, options["key"] or [named[-1]["till_key"]], options["join"] or (url + joins_at if joins_at else None)
