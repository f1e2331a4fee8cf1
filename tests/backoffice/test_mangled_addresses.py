"""A wrong value in a page's address gives a page, a refusal or an empty list; never an error of ours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from django.urls import URLPattern

from backoffice.members.views.filters import PARAMETERS
from backoffice.urls import urlpatterns
from tests.backoffice.conftest import Store

VIEWS: Final = Path(__file__).parents[2] / "backoffice"
READ: Final = re.compile(r"(?:GET|asked)\.get(?:list)?\(\s*\"(\w+)\"")
MANGLED: Final = (
    "\x00",
    "a\x00b",
    "\u200b",
    "9" * 5_000,
    "\u0661",
    "9999-12-31~ffffffff-ffff-ffff-ffff-ffffffffffff",
    "0001-01-01T00:00:00+14:00~00000000-0000-0000-0000-000000000000",
    "00000000-0000-0000-0000-000000000000",
)


def names_read() -> list[str]:
    """Return every parameter that a staff page reads from its address, and the ends of ranges."""
    found = {name for path in VIEWS.rglob("*.py") for name in READ.findall(path.read_text())}
    assert {"q", "after", "tier", "who", "usable"} <= found
    return sorted(found | {*PARAMETERS, "first", "last"})


def pages() -> list[str]:
    return [
        f"/{pattern.pattern}"
        for pattern in urlpatterns
        if isinstance(pattern, URLPattern) and not pattern.pattern.converters and "export" not in str(pattern.pattern)
    ]


@pytest.mark.gate
@pytest.mark.parametrize("mangled", MANGLED, ids=lambda text: ascii(text)[:24])
def test_no_value_in_an_address_is_an_error_of_ours(store: Store, mangled: str) -> None:
    """All parameters at once, so that each page reads those it knows; then each alone on the list with most filters."""
    client, names = store.owner.client, names_read()
    client.raise_request_exception = False
    asked = [(path, dict.fromkeys(names, mangled)) for path in pages()]
    asked += [("/members/", {name: mangled}) for name in PARAMETERS]
    answers = {(path, *one): client.get(path, query_params=one).status_code for path, one in asked}
    assert [one[:2] for one, status in answers.items() if status >= 500] == []
