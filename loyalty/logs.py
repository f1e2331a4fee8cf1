"""Logs: one JSON object per line on standard error, without personal data.

No local variables in tracebacks, no SQL values, and no `DETAIL:` of a database error, which quotes the row.
"""

import re
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, WrappedLogger

ROW_DETAIL = re.compile(r"\s*\bDETAIL:.*", re.DOTALL)


def hide_row_details(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Hide the values that PostgreSQL names after DETAIL: they are cut out of every exception text."""
    for exception in event.get("exception", ()):
        if isinstance(exception, dict):
            exception["exc_value"] = ROW_DETAIL.sub("", str(exception.get("exc_value", "")))
    if isinstance(event.get("event"), str):
        event["event"] = ROW_DETAIL.sub("", event["event"])
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_configuration(*, level: str) -> dict[str, Any]:
    """Return the LOGGING setting; also point structlog at the same handler."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*SHARED, structlog.stdlib.PositionalArgumentsFormatter()],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False, max_frames=20)),
                    hide_row_details,
                    structlog.processors.JSONRenderer(),
                ],
            }
        },
        "handlers": {"standard_error": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["standard_error"], "level": level},
        "loggers": {
            # Django's request log repeats paths, which may carry tokens; the RequestLog middleware names routes.
            "django": {"handlers": [], "propagate": True, "level": level},
            "django.request": {"level": "CRITICAL"},
            "django.server": {"handlers": [], "propagate": True, "level": level},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
        },
    }
