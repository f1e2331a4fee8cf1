#!/usr/bin/env python
"""Commands of the product. Those that need the embedded servers start them, or join them when they are up."""

import os
import sys
from pathlib import Path

import django
from django.core.management import execute_from_command_line

from loyalty import embedded
from loyalty.schema import refuse_former_schema, refuse_unknown_schema

# These read no database; everything else gets the servers.
NEED_NO_SERVERS = frozenset(
    {
        "check",
        "collectstatic",
        "compilemessages",
        "diffsettings",
        "evaluate",
        "help",
        "makemessages",
        "spectacular",
        "till",
    }
)
# These change or inspect the schema, which belongs to the owner role.
RUN_AS_OWNER = frozenset({"makemigrations", "migrate", "schema", "showmigrations", "sqlmigrate"})


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command in RUN_AS_OWNER or "--self-test" in sys.argv:
        os.environ.setdefault("DATABASE_ROLE", "owner")
    if not command.startswith("-") and command not in NEED_NO_SERVERS and not {"-h", "--help"} & set(sys.argv):
        embedded.hold()
        if command == "migrate":
            django.setup()
            refuse_former_schema()
        elif command not in RUN_AS_OWNER and is_ours(command):
            django.setup()
            refuse_unknown_schema()
    execute_from_command_line(sys.argv)


def is_ours(command: str) -> bool:
    """Whether one of the product's apps has this command; Django's own work on any schema."""
    return any(Path(__file__).parent.glob(f"*/management/commands/{command}.py"))


if __name__ == "__main__":
    main()
