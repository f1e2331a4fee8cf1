"""What every template may rely on: `frame`, the surroundings of the person at the screen, made without a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.menu import MenuEntry, menu_for
from backoffice.store_marks import mark_of
from common.languages import reader_language
from common.quantities import format_instant
from merchants.facts import MerchantFacts, Role
from merchants.rules import ROLE_PERMISSIONS

THEMES: Final = ("system", "light", "dark")
THEME_COOKIE: Final = "theme"

ROLE_WORDS: Final[Mapping[Role, Promise]] = {
    Role.OWNER: _("Owner"),
    Role.MANAGER: _("Manager"),
    Role.MARKETER: _("Marketer"),
    Role.CASHIER: _("Cashier"),
    Role.CARE: _("Customer care"),
    Role.ANALYST: _("Analyst"),
    Role.INTEGRATOR: _("Integrator"),
}


@dataclass(frozen=True)
class MerchantChoice:
    """A merchant the person may switch to."""

    id: UUID
    name: str
    current: bool


@dataclass(frozen=True)
class StaffSession:
    """Who is at the screen, and for which merchant; `backoffice.access` puts it on the request as `staff`."""

    merchant: MerchantFacts
    role: Role
    person: str
    choices: Sequence[MerchantChoice] = ()
    user_id: UUID | None = None
    email: str = ""
    row_height: int = 40
    invitations: int = 0
    """Stores that wait for this person's answer."""


class StaffRequest(HttpRequest):
    """A request that has passed `backoffice.access.staff_page`."""

    staff: StaffSession
    sandbox: MerchantFacts
    """The store's sandbox, on pages that are inside it."""


@dataclass(frozen=True)
class Frame:
    theme: str = "system"
    language: str = "id"
    merchant_name: str = ""
    currency: str = ""
    zone: str = ""
    points_name: str = ""
    person: str = ""
    role: str = ""
    menu: tuple[MenuEntry, ...] = ()
    choices: Sequence[MerchantChoice] = field(default_factory=tuple)
    search_url: str = ""
    row_height: int = 40
    """Of lists, in pixels: 32, 40 or 48."""
    store_mark: str = ""
    """The signed store that every form of the page carries."""
    invitations: int = 0
    drawn_at: str = ""
    """When the page was made, in the merchant's zone: the date on paper."""

    @property
    def phone_menu(self) -> list[MenuEntry]:
        """Return the first three entries for phones; the fourth place is the rest of the menu."""
        return [entry for entry in self.menu if entry.on_phone][:3]

    @property
    def rest_of_menu(self) -> list[MenuEntry]:
        """Return what phones find behind "Menu": a group too whose first page is below, for its other pages."""
        shown = self.phone_menu
        return [entry for entry in self.menu if entry not in shown or entry.children]

    @property
    def other_stores(self) -> list[MerchantChoice]:
        return [choice for choice in self.choices if not choice.current]

    @property
    def rest_is_current(self) -> bool:
        shown = self.phone_menu
        return any(entry.within for entry in self.menu if entry not in shown)


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Give templates the frame; public and sign-in pages get theme and language only."""
    theme = request.COOKIES.get(THEME_COOKIE, "system")
    theme = theme if theme in THEMES else "system"
    language = reader_language()
    staff: StaffSession | None = getattr(request, "staff", None)
    if staff is None:
        return {"frame": Frame(theme=theme, language=language)}
    merchant = staff.merchant
    return {
        "frame": Frame(
            theme=theme,
            language=language,
            merchant_name=merchant.name,
            currency=merchant.currency,
            zone=merchant.timezone,
            points_name=merchant.points_name,
            person=staff.person,
            role=str(ROLE_WORDS[staff.role]),
            menu=menu_for(permissions=ROLE_PERMISSIONS[staff.role], path=request.path),
            choices=staff.choices,
            row_height=staff.row_height,
            search_url=_search_url(),
            store_mark=mark_of(merchant.id),
            invitations=staff.invitations,
            drawn_at=format_instant(timezone.now(), merchant.timezone, language),
        )
    }


def _search_url() -> str:
    """Return the search page's address; empty while there is none, and then the box is not shown."""
    try:
        return reverse("backoffice:search")
    except NoReverseMatch:
        return ""
