"""manage.py replay_erasures: erase again whom a restored database still knows."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from merchants.queries import all_merchants
from merchants.tenancy import allow_long_statements, merchant_scope
from people.operations import erase_again, erased_members

STATEMENT_SECONDS = 600


class Command(BaseCommand):
    help = (
        "Erases again every member whom the journal of erasures names and this database still knows: to be run after a "
        "copy was restored, before anyone works with it. Repeating it changes nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        journal = erased_members()
        known = {merchant.id: merchant for merchant in all_merchants()}
        erased = 0
        for merchant_id, member_id in journal:
            if merchant_id not in known:
                continue
            with merchant_scope(merchant_id):
                allow_long_statements(STATEMENT_SECONDS)
                erased += erase_again(merchant=known[merchant_id], member_id=member_id, at=timezone.now())
        self.stdout.write(f"{len(journal)} in the journal, {erased} erased again")
