"""A list's saved views as tabs: all, the first five, the rest behind "More"; the open one may have unsaved changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext

from backoffice.parts import Tab
from merchants.facts import MerchantFacts, SavedViewFacts
from merchants.queries import saved_views

MOST_TABS: Final = 6


@dataclass(frozen=True)
class Views:
    """What is above the filters. `current` is the open view, `is_changed` whether the address differs from it."""

    page: str
    tabs: list[Tab]
    more: list[Tab]
    current: SavedViewFacts | None
    is_changed: bool
    query: str
    may_share: bool

    @property
    def may_change(self) -> bool:
        """Return whether this person may change it: one's own views always, the team's with the right to share."""
        return self.current is not None and (self.may_share or not self.current.is_team)

    @property
    def may_save(self) -> bool:
        return bool(self.query) and (self.current is None or self.is_changed)


def kept_query(asked: QueryDict, names: Sequence[str]) -> str:
    """Return what an address says of these parameters, in one order, so that equal views are equal texts."""
    kept = QueryDict(mutable=True)
    for name in names:
        if value := asked.get(name):
            kept[name] = value[:100]
    return kept.urlencode()


def views_of(
    *,
    merchant: MerchantFacts,
    page: str,
    user_id: UUID | None,
    asked: QueryDict,
    query: str,
    base_url: str,
    may_share: bool,
) -> Views:
    """Return the views this person sees of `page`; `query` is what the address asks for now. One statement."""
    known = saved_views(merchant=merchant, page=page, user_id=user_id)
    current = next((view for view in known if str(view.id) == asked.get("view")), None)
    everything = Tab(gettext("All"), base_url, current=current is None and not query)
    tabs = [everything, *(_view_tab(view, base_url, view is current) for view in known)]
    if current is not None and (place := known.index(current) + 1) >= MOST_TABS:
        tabs.insert(MOST_TABS - 1, tabs.pop(place))
    is_changed = current is not None and current.query != query
    more = tabs[MOST_TABS:]
    return Views(page, tabs[:MOST_TABS], more, current, is_changed, query, may_share)


def _view_tab(view: SavedViewFacts, base_url: str, is_current: bool) -> Tab:
    joined = f"&{view.query}" if view.query else ""
    return Tab(view.name, f"{base_url}?view={view.id}{joined}", current=is_current)
