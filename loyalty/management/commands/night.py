"""`manage.py night`: the nightly work by hand."""

from __future__ import annotations

import argparse
import time
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from common.errors import DomainError
from loyalty import nightly
from merchants.facts import MerchantFacts
from merchants.management.arguments import find_merchant
from merchants.queries import all_merchants, latest_finished_night
from merchants.tenancy import merchant_scope
from segments.facts import Occasion
from segments.queries import latest_run
from segments.tasks import count_now


class Command(BaseCommand):
    help = (
        "Makes every night that is due, as the timetable does; or one merchant's night of one business day. "
        "Repeating it changes nothing; a night that was interrupted goes on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", help="slug or id; without it all merchants")
        parser.add_argument("--date", type=_read_day, help="the business day (YYYY-MM-DD) whose night is made")
        parser.add_argument(
            "--now",
            action="store_true",
            help="also count the segments again at once, for instance after an import or a changed rule",
        )
        parser.add_argument("--at", type=_read_instant, help="take this instant (ISO 8601 with zone) for the present")

    def handle(self, *args: Any, **options: Any) -> None:
        started = options["at"] or timezone.now()
        if options["date"] and not options["merchant"]:
            raise CommandError("--date needs --merchant: every merchant has business days of its own")
        merchants = [find_merchant(options["merchant"])] if options["merchant"] else all_merchants()
        failed = [merchant for merchant in merchants if not self._make_nights_of(merchant, options, started)]
        if failed:
            raise CommandError(f"not finished: {', '.join(merchant.slug for merchant in failed)}")

    def _make_nights_of(self, merchant: MerchantFacts, options: dict[str, Any], now: datetime) -> bool:
        """Make one merchant's nights, one line each; return False when something is left undone."""
        try:
            finished = self._make_nights(merchant, options["date"], now)
            if options["now"]:
                run = count_now(merchant=merchant, occasion=Occasion.REQUEST, now=now)
                self.stdout.write(f"{merchant.slug}: counted again as of {run.business_date}" if run else "")
        except DomainError as error:
            self.stderr.write(f"{merchant.slug}: {error}")
            return False
        self.stdout.write(f"{merchant.slug}: {self._describe_state(merchant)}")
        return finished

    def _make_nights(self, merchant: MerchantFacts, day: date | None, now: datetime) -> bool:
        with merchant_scope(merchant.id):
            due = [day] if day else nightly.due_nights(merchant=merchant, now=now)
        for business_date in due:
            started = time.monotonic()
            if not nightly.run_night(merchant=merchant, business_date=business_date, now=now):
                self.stderr.write(f"{merchant.slug}: another worker has the night of {business_date}")
                return False
            self.stdout.write(f"{merchant.slug}: night of {business_date}, {time.monotonic() - started:.2f} s")
        return True

    def _describe_state(self, merchant: MerchantFacts) -> str:
        with merchant_scope(merchant.id):
            latest, run = latest_finished_night(merchant=merchant), latest_run(merchant=merchant)
        if latest is None or run is None:
            return "no night is due yet"
        counts = ", ".join(f"{segment.value} {members}" for segment, members in run.counts.items())
        return f"latest night {latest}; segments of {run.business_date}: {counts}"


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("write the day as YYYY-MM-DD") from error


def _read_instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("write the instant as 2026-11-22T14:30:00+07:00") from error
    if found.tzinfo is None:
        raise argparse.ArgumentTypeError("the instant needs a zone: 2026-11-22T14:30:00+07:00")
    return found
