"""Runs the benches named on the command line, or all of them; exits 1 when one misses its bar."""

import os
import sys
from importlib import import_module

BENCHES = (
    "engine",
    "quote",
    "sale",
    "batch",
    "import_file",
    "night",
    "campaign",
    "codes",
    "simulator",
    "overview",
    "lists",
    "verify",
    "tick",
)


def main(names: list[str]) -> int:
    from loyalty import embedded  # noqa: PLC0415 - the servers first, then Django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")
    embedded.hold()
    import django  # noqa: PLC0415

    django.setup()
    unknown = set(names) - set(BENCHES)
    if unknown:
        print(f"There is no bench {', '.join(sorted(unknown))}. There are: {', '.join(BENCHES)}.")
        return 2
    missed = [name for name in names or BENCHES if import_module(f"bench.{name}").main() != 0]
    print(f"missed: {', '.join(missed)}" if missed else "every bench met its bar")
    return 1 if missed else 0


sys.exit(main(sys.argv[1:]))
