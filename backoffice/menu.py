"""The menu: one entry per page that exists, at most nine at the top level.

To add a page, add its entry here with the name of its URL and the permission it asks for. Phones show the first
three entries marked `on_phone` and put the rest behind "Menu".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from merchants.facts import Permission


@dataclass(frozen=True)
class MenuItem:
    """A page in the menu; pages below its address mark it as current too, and so do those at or below `also`.

    `also` names pages that no entry leads to. Where several entries fit, the one with the longest address is marked.
    """

    label: str | Promise
    url_name: str
    icon: str
    permission: Permission | None = None
    on_phone: bool = False
    children: tuple[MenuItem, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class MenuEntry:
    """A menu item as drawn for one person on one page. `within`: the page is this one, below it, or a child's."""

    label: str
    url: str
    icon: str
    current: bool
    within: bool
    on_phone: bool
    children: tuple[MenuEntry, ...] = ()


MENU: Final[tuple[MenuItem, ...]] = (
    MenuItem(
        _("Overview"),
        "backoffice:overview",
        "home",
        Permission.SEE_FIGURES,
        on_phone=True,
        also=("backoffice:receipts",),
    ),
    MenuItem(
        _("Members"),
        "backoffice:members",
        "users",
        Permission.SEE_MEMBERS,
        on_phone=True,
        children=(
            MenuItem(_("All members"), "backoffice:members", "users", Permission.SEE_MEMBERS),
            MenuItem(_("Segments"), "backoffice:segments", "chart-funnel", Permission.SEE_FIGURES),
            MenuItem(_("Age and area"), "backoffice:member_figures", "chart-bar", Permission.SEE_FIGURES),
            MenuItem(_("Duplicates"), "backoffice:duplicates", "users-group", Permission.EDIT_MEMBERS),
        ),
    ),
    MenuItem(
        _("Loyalty"),
        "backoffice:program_overview",
        "award",
        Permission.EDIT_PROGRAM,
        children=(
            MenuItem(_("Program"), "backoffice:program_overview", "award", Permission.EDIT_PROGRAM),
            MenuItem(_("Tiers"), "backoffice:tiers", "trending-up", Permission.SEE_FIGURES),
            MenuItem(_("Rewards"), "backoffice:rewards", "gift", Permission.SEE_FIGURES),
            MenuItem(_("Simulator"), "backoffice:simulator", "rotate-2", Permission.SEE_FIGURES),
            MenuItem(_("Points ledger"), "backoffice:ledger", "coins", Permission.SEE_MEMBERS),
            MenuItem(_("Gift cards"), "backoffice:gift_cards", "gift", Permission.SEE_FIGURES),
            MenuItem(_("Approvals"), "backoffice:approvals", "shield-check", Permission.SEE_APPROVALS),
        ),
    ),
    MenuItem(
        _("Offers"),
        "backoffice:promotions",
        "discount",
        Permission.SEE_OFFERS,
        children=(
            MenuItem(_("Promotions"), "backoffice:promotions", "tags", Permission.SEE_OFFERS),
            MenuItem(_("Coupons"), "backoffice:coupons", "ticket", Permission.SEE_OFFERS),
            MenuItem(_("Look up a code"), "backoffice:code_look_up", "search", Permission.LOOK_UP_CODES),
            MenuItem(_("Moments"), "backoffice:moments", "calendar", Permission.SEE_OFFERS),
            MenuItem(_("Referrals"), "backoffice:referrals", "user-heart", Permission.SEE_MEMBERS),
            MenuItem(_("Products"), "backoffice:products", "package", Permission.SEE_PRODUCTS),
        ),
    ),
    MenuItem(_("Campaigns"), "backoffice:campaigns", "speakerphone", Permission.SEE_CAMPAIGNS, on_phone=True),
    MenuItem(
        _("Settings"),
        "backoffice:store",
        "settings",
        Permission.EDIT_PROGRAM,
        children=(
            MenuItem(_("Store"), "backoffice:store", "building-store", Permission.EDIT_PROGRAM),
            MenuItem(_("Tax, service, tip"), "backoffice:bill", "receipt", Permission.EDIT_PROGRAM),
            MenuItem(_("Member fields"), "backoffice:attributes", "users", Permission.EDIT_PROGRAM),
            MenuItem(_("Users & roles"), "backoffice:staff", "users-group", Permission.INVITE_STAFF),
            MenuItem(_("Data requests"), "backoffice:data_requests", "shield-lock", Permission.EDIT_MEMBERS),
            MenuItem(_("E-mail sender"), "backoffice:sender", "mail-forward", Permission.EDIT_CAMPAIGNS),
            MenuItem(_("Blocked addresses"), "backoffice:blocked_addresses", "mail", Permission.SEE_CAMPAIGNS),
            MenuItem(
                _("Tills & keys"),
                "backoffice:tills",
                "key",
                Permission.MANAGE_TILLS,
                also=("backoffice:outlets", "backoffice:missing_numbers"),
            ),
            MenuItem(_("Late receipts"), "backoffice:late_receipts", "clock", Permission.SEE_FIGURES),
            MenuItem(_("Debt from tills"), "backoffice:till_debts", "alert-circle", Permission.SEE_FIGURES),
            MenuItem(_("Jobs"), "backoffice:jobs", "refresh", Permission.SEE_JOBS),
            MenuItem(_("Work that stopped"), "backoffice:stopped_work", "alert-circle", Permission.EDIT_PROGRAM),
            MenuItem(_("Audit trail"), "backoffice:audit", "history", Permission.SEE_AUDIT),
        ),
    ),
)


def menu_for(
    *, permissions: Collection[Permission], path: str, items: Sequence[MenuItem] = MENU
) -> tuple[MenuEntry, ...]:
    """The entries these permissions open, the one of `path` marked; a page without an address is left out.

    Someone who may open only some pages of a group comes to the first of them.
    """
    marked = _find_marked(permissions, path, items)
    return tuple(entry for item in items if (entry := _make_entry(item, permissions, marked)) is not None)


def address_of(item: MenuItem) -> str:
    """The page's address, '' where no such page is served."""
    return _address_named(item.url_name)


def _address_named(url_name: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def _find_marked(permissions: Collection[Permission], path: str, items: Sequence[MenuItem]) -> MenuItem | None:
    """Return the entry whose address, or that of a page it is marked for, is the longest at or above `path`.

    Of a group and its first page, which have one address, it is the page.
    """
    best, longest = None, 0
    for item in items:
        for one in (item, *item.children):
            if one.permission not in (None, *permissions):
                continue
            for url in map(_address_named, (one.url_name, *one.also)):
                if url and _is_within(url, path) and len(url) >= longest:
                    best, longest = one, len(url)
    return best


def _make_entry(item: MenuItem, permissions: Collection[Permission], marked: MenuItem | None) -> MenuEntry | None:
    children = tuple(entry for child in item.children if (entry := _make_entry(child, permissions, marked)) is not None)
    url = address_of(item) if item.permission in (None, *permissions) else ""
    if not url and children:
        url = children[0].url
    if not url:
        return None
    return MenuEntry(
        label=str(item.label),
        url=url,
        icon=item.icon,
        on_phone=item.on_phone,
        children=children,
        within=item is marked or any(child.within for child in children),
        current=item is marked,
    )


def _is_within(url: str, path: str) -> bool:
    """Whether `path` is the page at `url` or one below it; the root covers only itself."""
    return path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))
