"""`manage.py till --tills N --seed S`: tills at work against a running server; exits 1 when a balance differs."""

from __future__ import annotations

import json
import random
import statistics
import time
from argparse import ArgumentParser
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pos_integration.simulator.book import Book, balance_of
from pos_integration.simulator.link import Line
from pos_integration.simulator.player import Till


class Command(BaseCommand):
    help = "Plays tills against a running server: requests are repeated and cut; compares every balance at the end."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tills", type=int, default=4)
        parser.add_argument("--seed", type=int, help="the same seed plays the same day (default: a new one)")
        parser.add_argument("--actions", type=int, default=60, help="actions per till")
        parser.add_argument("--members", type=int, default=10, help="members enrolled for the run, shared by all tills")
        parser.add_argument("--url", help="default: what `make run` wrote to run.json")
        parser.add_argument("--key", action="append", help="a till key; several are shared out (default: run.json's)")
        parser.add_argument("--log", type=Path, help="one JSON line per try")

    def handle(self, *args: Any, **options: Any) -> None:
        seed = options["seed"] if options["seed"] is not None else random.SystemRandom().randrange(10**6)
        url, keys = self._where(options)
        run_name = f"{seed}-{int(time.time())}"
        book, chance = Book(), random.Random(seed)
        with ExitStack() as stack:
            log = stack.enter_context(options["log"].open("w")) if options["log"] else None
            lines = [_line(url, keys[n % len(keys)], chance, log) for n in range(options["tills"])]
            member_ids = _enrol(lines[0], book, options["members"], run_name)
            tills = [
                Till(
                    name=f"T{number}", line=line, book=book, member_ids=member_ids, actions=options["actions"],
                    run=run_name,
                )
                for number, line in enumerate(lines)
            ]  # fmt: skip
            for till in tills:
                till.start()
            for till in tills:
                till.join()
            _compare(lines[0], book, tills)
        self._tell(seed, lines, book)
        if book.differences:
            raise CommandError(f"{len(book.differences)} differences", returncode=1)

    def _where(self, options: dict[str, Any]) -> tuple[str, list[str]]:
        if options["url"] and options["key"]:
            return options["url"], options["key"]
        path = settings.VAR_DIR / "run.json"
        if not path.exists():
            raise CommandError(f"Give --url and --key, or start `make run` first: there is no {path}.")
        facts = json.loads(path.read_text())
        return options["url"] or facts["url"], options["key"] or [facts["merchants"][0]["till_key"]]

    def _tell(self, seed: int, lines: list[Line], book: Book) -> None:
        tries: Counter[str] = sum((line.tries for line in lines), Counter())
        took = sorted(second for line in lines for second in line.seconds)
        self.stdout.write(
            f"seed {seed}: tries ok {tries['ok']}, fail {tries['fail']}, unknown {tries['unknown']}; "
            f"{len(book.sales)} sales, {len(book.points)} members; "
            f"p50 {statistics.median(took) * 1000:.0f} ms, p99 {took[int(len(took) * 0.99)] * 1000:.0f} ms"
        )
        for text in book.differences[:50]:
            self.stdout.write(self.style.ERROR(f"  {text}"))
        self.stdout.write(f"differences: {len(book.differences)}")


def _line(url: str, key: str, chance: random.Random, log: IO[str] | None) -> Line:
    return Line(url=url, key=key, chance=random.Random(chance.random()), log=log)


def _enrol(line: Line, book: Book, members: int, run_name: str) -> list[str]:
    ids = []
    for number in range(members):
        phone = f"08{line.chance.randrange(10**9, 10**10)}"
        body = {"name": f"Simulasi {number}", "phone": phone, "promo_consent": False}
        answer = line.post("/members", body, f"{run_name}-enrol-{number:05d}")
        if not answer.ok:
            raise CommandError(f"Nobody could be enrolled: {answer.status} {answer.body.get('detail')}")
        book.joined(answer.body["member"])
        ids.append(answer.body["member"]["id"])
    return ids


def _compare(line: Line, book: Book, tills: list[Till]) -> None:
    """Asks for every member and every sale, and notes what differs from what the tills believe."""
    for member_id, points in book.points.items():
        found = balance_of(line.get(f"/members/{member_id}").body["member"])
        if found != points:
            book.differ(f"member {member_id}: {found} points, the tills count {points}")
    for till in tills:
        for belief, _, _ in till.mine:
            sale = line.get(f"/sales/{belief.id}").body
            goods = sum(refund["goods_amount"] for refund in sale["refunds"])
            if (sale["status"], sale["total_amount"], goods) != (
                belief.status,
                belief.total_amount,
                belief.refunded_amount,
            ):
                book.differ(f"sale {belief.reference}: {sale['status']}, goods back {goods}; the till has {belief}")
