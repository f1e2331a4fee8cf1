"""`manage.py load_demo`: the demo shop with a year of real sales behind it. Done once; again it changes nothing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from loyalty.demo import demo_merchant, is_loaded, load_history


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        merchant = demo_merchant(now=now)
        if is_loaded(merchant):
            return
        self.stdout.write(f"Loading {merchant.name}: a year of sales, then every night since. About a minute.")
        load_history(merchant=merchant, folder=settings.VAR_DIR / "demo", now=now, progress=self._write_line)
        self.stdout.write("")

    def _write_line(self, text: str) -> None:
        self.stdout.write(f"\r  {text}      ", ending="")
        self.stdout.flush()
