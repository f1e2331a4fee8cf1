"""Is the service there: asked without a key by load balancers and people."""

from __future__ import annotations

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpResponse
from rest_framework.request import Request

from pos_integration.json_text import write_json
from pos_integration.views.base import TillView

BROKER_WAIT_SECONDS = 0.5


class HealthView(TillView):
    """Always 200 while this process answers; the body says what is missing. The broker is not needed by tills."""

    authentication_classes = []

    def get(self, request: Request) -> HttpResponse:
        database, broker = _database_answers(), _broker_answers()
        state = "down" if not database else "ok" if broker else "degraded"
        body = {
            "status": state,
            "database": "ok" if database else "down",
            "broker": "ok" if broker else "down",
            "version": settings.VERSION,
        }
        return HttpResponse(write_json(body).encode(), content_type="application/json")


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        if not connection.in_atomic_block:
            connection.close()
        return False
    return True


def _broker_answers() -> bool:
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=BROKER_WAIT_SECONDS, socket_timeout=BROKER_WAIT_SECONDS
        ) as broker:
            return bool(broker.ping())
    except redis.RedisError:
        return False
