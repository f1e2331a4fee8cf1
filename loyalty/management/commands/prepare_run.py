"""What `make run` needs after migrating: static files, the demo shop, an empty shop, and var/run.json."""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand
from django.utils import timezone

from common.links import public_url
from loyalty import run_file


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        collect_changed_static_files()
        if "load_demo" in get_commands():
            call_command("load_demo")
        smtp_dir = settings.VAR_DIR / "mail" if settings.EMAIL_IS_LOCAL else None
        run_file.refresh(
            settings.VAR_DIR / "run.json",
            url=settings.PUBLIC_URL,
            smtp_dir=smtp_dir,
            mail_url=public_url("/local-mail/") if settings.LOCAL_MAIL_DIR else None,
            now=timezone.now(),
        )


def collect_changed_static_files() -> None:
    """Collect static files only when one has changed: collectstatic takes seconds to compress everything again."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        call_command("collectstatic", "--no-input", "--clear", verbosity=0)
        stamp.write_text(digest.hexdigest())
