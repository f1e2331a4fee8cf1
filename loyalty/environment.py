"""Typed readers of environment variables. A bad value stops the start with one line that names the variable."""

import os
from urllib.parse import urlsplit

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off", ""})


class BadEnvironment(SystemExit):
    """The process may not start with this environment; the text says which variable to change and how."""

    def __init__(self, message: str) -> None:
        super().__init__(f"loyalty: {message}")


def read_text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def read_bool(name: str, default: bool = False) -> bool:
    raw = os.environ.get(name)
    if raw is None:
        return default
    word = raw.strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise BadEnvironment(f"{name} must be true or false, not {raw!r}")


def read_int(name: str, default: int, *, low: int, high: int) -> int:
    raw = read_text(name)
    if not raw:
        return default
    if not raw.isascii() or not raw.isdigit() or not low <= int(raw) <= high:
        raise BadEnvironment(f"{name} must be a whole number from {low} to {high}, not {raw!r}")
    return int(raw)


def read_list(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """Read values separated by commas; empty ones are dropped."""
    raw = read_text(name)
    return [part.strip() for part in raw.split(",") if part.strip()] if raw else list(default)


def read_url(name: str, default: str, *, schemes: frozenset[str]) -> str:
    """Read a URL whose scheme is one of `schemes`. Its value is never printed: it may hold a password."""
    raw = read_text(name, default)
    try:
        parts = urlsplit(raw)
        usable = parts.scheme in schemes and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise BadEnvironment(f"{name} must be a URL that starts with {' or '.join(f'{s}://' for s in sorted(schemes))}")
    return raw


def read_choice(name: str, default: str, *, choices: frozenset[str]) -> str:
    raw = read_text(name, default)
    if raw not in choices:
        raise BadEnvironment(f"{name} must be one of {', '.join(sorted(choices))}, not {raw!r}")
    return raw
