"""`python manage.py evaluate CASE.json`: what the engine gives a cart, and why. `-` reads standard input."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from common.quantities import CURRENCY_DIGITS
from rewards.engine.cases import Case, CaseError, read_case
from rewards.engine.fields import Problem
from rewards.moments.rules import moment_runs
from rewards.promotions.wording import quote_body

# What a case without a currency is written in, by its digits.
CURRENCY_BY_DIGITS = {0: "IDR", 2: "USD", 3: "KWD"}


class Command(BaseCommand):
    help = "Evaluate a cart under promotions, as a till would see it, and print the quote as JSON."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("case", help="a JSON file, or - for standard input")
        parser.add_argument("--language", choices=["id", "en"], default="en", help="of the sentences (default en)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            case = read_case(self._load_case(options["case"]))
        except CaseError as error:
            self._refuse_case(error.problems)
        currency = case.currency or CURRENCY_BY_DIGITS.get(case.settings.currency_digits, "USD")
        if currency not in CURRENCY_DIGITS:
            self._refuse_case([Problem("/currency", "unknown_currency", f"There is no currency {currency}.")])
        body = quote_body(
            _with_calendar(case).evaluate(), case.promotions, currency=currency, language=options["language"]
        )
        self.stdout.write(json.dumps(body, indent=2))

    def _load_case(self, name: str) -> Any:
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
            return json.loads(text, parse_float=Decimal, parse_constant=_no_number)
        except (OSError, UnicodeDecodeError) as error:
            self._refuse_case([Problem("", "unreadable", f"cannot read the case: {error}")])
        except (ValueError, RecursionError) as error:
            self._refuse_case([Problem("", "not_json", f"the case is not JSON: {error}")])

    def _refuse_case(self, problems: Any) -> NoReturn:
        for problem in problems:
            self.stderr.write(f"{problem.pointer or '/'}: {problem.message}")
        sys.exit(2)


def _with_calendar(case: Case) -> Case:
    """Return the case with the standard days of the moments its promotions name and it does not date itself."""
    named = {d.when.moment for d in case.promotions if d.when.moment is not None}
    moments = {**moment_runs(named), **case.settings.moments}
    return replace(case, settings=replace(case.settings, moments=moments))


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
