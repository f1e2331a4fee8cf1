"""The product's web server, as it is shipped, over a test database: for browsers and for anything that speaks HTTP."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

from loyalty.embedded import free_port
from loyalty.supervisor import kill_group
from tests.databases import app_url, database_url

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 90.0


@contextmanager
def product_server(*, database: str, log: Path, workers: int = 1, **changes: str) -> Iterator[str]:
    """Yield the address of a server that works on `database`; `changes` are environment variables."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with log.open("ab") as output:
        process = subprocess.Popen(
            web_command(port=port, workers=workers),
            cwd=ROOT,
            env={**environment_for(database), "PUBLIC_URL": url, **changes},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        wait_until_it_answers(url, process, log)
        yield url
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
        kill_group(process.pid)
        process.wait()


def web_command(*, port: int, workers: int) -> list[str]:
    return [sys.executable, "-m", "loyalty.serving", "--port", str(port), "--workers", str(workers)]


def environment_for(database: str) -> dict[str, str]:
    """Return what a process of the product needs to work on a test database, with its own Redis database."""
    # Only this process's own event loop (Playwright's) is harmless; a server must do without the exception.
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    return {
        **inherited,
        "DATABASE_URL": app_url(database),
        "DATABASE_OWNER_URL": database_url(settings.DATABASE_OWNER_URL, database),
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "CODE_KEY": settings.CODE_KEY,
    }


def wait_until_it_answers(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/api/pos/v1/health", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the web server did not start:\n{log.read_text(errors='replace')[-4000:]}")
