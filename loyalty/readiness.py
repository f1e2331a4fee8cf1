"""`/ready`: may requests be sent here? For containers and load balancers, unlike `/health`, which says who is alive.

503 while a sale could not be stored: the database takes no writes, or the disk is full. A broker that is away is said
(`degraded`) and stops no one: tills go on without it.
"""

from __future__ import annotations

import shutil
import threading
import time
from typing import Final

import redis
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.heartbeat import database_state

FREE_BYTES: Final = 200 * 1024 * 1024
KEPT_SECONDS: Final = 2.0
BROKER_WAIT_SECONDS: Final = 0.5


class _Kept:
    """The last findings: however often strangers ask, the database is written to once in KEPT_SECONDS."""

    lock = threading.Lock()
    at = -KEPT_SECONDS
    findings: dict[str, str] = {}


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    with _Kept.lock:
        if time.monotonic() - _Kept.at >= KEPT_SECONDS:
            _Kept.findings, _Kept.at = find_out(), time.monotonic()
        findings = _Kept.findings
    can_store = findings["database"] == findings["disk"] == "ok"
    status = "unavailable" if not can_store else "ready" if findings["broker"] == "ok" else "degraded"
    response = JsonResponse({"status": status, **findings}, status=200 if can_store else 503)
    response["Cache-Control"] = "no-store"
    return response


def find_out() -> dict[str, str]:
    return {"database": database_state(now=timezone.now()), "broker": _broker_state(), "disk": _disk_state()}


def _broker_state() -> str:
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=BROKER_WAIT_SECONDS, socket_timeout=BROKER_WAIT_SECONDS
        ) as broker:
            return "ok" if broker.ping() else "down"
    except redis.RedisError:
        return "down"


def _disk_state() -> str:
    """Check the disk that holds logs, uploads and, on one machine, the database."""
    try:
        return "ok" if shutil.disk_usage(settings.VAR_DIR).free >= FREE_BYTES else "full"
    except OSError:
        return "missing"
