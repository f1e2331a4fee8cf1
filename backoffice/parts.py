"""The values components are drawn from. Views build them; templates show them; none of them runs a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.http import QueryDict

Direction = Literal["up", "down", "same"]
Meaning = Literal["", "good", "bad"]
LONGEST_WALK = 40


@dataclass(frozen=True)
class Comparison:
    """How a figure moved. `change` is shown with its sign ('+8,2%'), `against` names the other period and its value.

    `meaning` is shown by colour and word only where up or down is good or bad for everybody, such as a cost.
    """

    change: str
    direction: Direction
    against: str
    meaning: Meaning = ""


@dataclass(frozen=True)
class Figure:
    """A KPI card: label with a definition, value, the period it covers, what it is compared with, its base (n)."""

    label: str
    value: str
    definition: str
    period: str
    unit: str = ""
    base: str = ""
    comparison: Comparison | None = None
    url: str = ""
    """The list of members or receipts behind the figure."""


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    current: bool = False
    count: str = ""


@dataclass(frozen=True)
class Chip:
    """A filter in force, in words, and the address of the same page without it."""

    label: str
    remove_url: str


@dataclass(frozen=True)
class WizardStep:
    """A step of a wizard; a done step may link back."""

    label: str
    state: Literal["done", "current", "next"]
    url: str = ""


@dataclass(frozen=True)
class Event:
    """One line of a timeline. `when` and `detail` are already formatted; before and after are shown side by side."""

    when: str
    title: str
    icon: str = "circle"
    detail: str = ""
    actor: str = ""
    reason: str = ""
    before: str = ""
    after: str = ""
    amount: str = ""
    url: str = ""


@dataclass(frozen=True)
class Page:
    """One page of a keyset list. `total` is exact unless `total_is_capped`, then 'at least'; None: not counted."""

    rows: Sequence[Any]
    total: int | None
    total_is_capped: bool = False
    newer_url: str = ""
    older_url: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


def url_with(query: QueryDict | Mapping[str, str], **changes: str | None) -> str:
    """Return the same page's address with some parameters changed; None removes one. Page cursors are dropped."""
    if isinstance(query, QueryDict):
        changed = query.copy()
    else:
        changed = QueryDict(mutable=True)
        changed.update(dict(query))
    for name in ("after", "before"):
        changed.pop(name, None)
    for name, value in changes.items():
        if value is None:
            changed.pop(name, None)
        else:
            changed[name] = value
    return f"?{changed.urlencode()}" if changed else "?"


def page_urls(query: QueryDict, next_after: str | None) -> tuple[str, str]:
    """Return addresses of the page before and the page after this one, '' where there is none.

    The address carries the cursors passed so far (`after` once per page), so that "Previous" goes back by one page;
    of very long walks only the last cursors are kept.
    """
    passed = query.getlist("after")[-LONGEST_WALK:]

    def address(cursors: Sequence[str]) -> str:
        changed = query.copy()
        changed.setlist("after", list(cursors))
        return f"?{changed.urlencode()}"

    return address(passed[:-1]) if passed else "", address([*passed, next_after]) if next_after else ""


def filter_chips(query: QueryDict, words: Mapping[str, str]) -> list[Chip]:
    """Return chips of the filters in force; `words`: parameter -> the filter in words, 'Segment: Lapsed'."""
    return [Chip(label=words[name], remove_url=url_with(query, **{name: None})) for name in words if query.get(name)]
