"""What the one search box finds: members, receipts, coupons, goods, offers, campaigns, pages, by a role's rights.

Contacts are masked in every result, whatever the role: the box is on each page, for everybody who passes by.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.context import StaffSession
from backoffice.menu import MenuEntry, menu_for
from backoffice.words import RECEIPT_WORDS, coupon_state_word
from campaigns.queries import campaigns_named
from common.languages import reader_language
from common.quantities import format_instant, format_money, format_points
from common.spreadsheets import read_code
from common.text import clean_line, clean_reference, comparison_key, is_printable, is_visible
from members.facts import MemberFacts
from members.queries import identified_members, members_by_id, search_members
from members.rules import mask_email, mask_phone
from merchants.facts import MerchantFacts, Permission
from merchants.queries import till_places
from merchants.rules import ROLE_PERMISSIONS, may
from products.queries import price_list
from rewards.catalogue.queries import rewards_titled
from rewards.coupons.queries import batches_titled, check_code
from rewards.promotions.queries import promotions_titled
from sales.queries import receipts_with_reference

MOST: Final = 5
LONGEST: Final = 100
SHORTEST_PART: Final = 2
"""A single letter fits half the members; only what it names completely is shown."""

COMMANDS: Final[tuple[tuple[str | Promise, str, Permission], ...]] = (
    (_("Add member"), "backoffice:member_new", Permission.EDIT_MEMBERS),
    (_("New campaign"), "backoffice:campaign_new", Permission.EDIT_CAMPAIGNS),
    (_("Add till"), "backoffice:till_new", Permission.MANAGE_TILLS),
    (_("Add outlet"), "backoffice:outlet_new", Permission.MANAGE_TILLS),
    (_("Invite user"), "backoffice:staff_new", Permission.INVITE_STAFF),
)


@dataclass(frozen=True)
class Hit:
    """One result; `is_exact`: the text names it completely. Without an address it tells, but opens nothing."""

    title: str
    detail: str
    url: str
    is_exact: bool = False


@dataclass(frozen=True)
class HitGroup:
    title: str
    icon: str
    hits: tuple[Hit, ...]
    more_url: str = ""
    """The list with the same search, where it may hold more."""


def search(staff: StaffSession, text: str, *, outlet_ids: Collection[UUID] | None, now: datetime) -> list[HitGroup]:
    """Groups with at least one result, at most five in each. Needs the merchant's scope; thirteen statements at
    most. Receipts are those of `outlet_ids`, None: of all.
    """
    typed = text[:LONGEST]
    text = "".join(symbol for symbol in clean_line(typed) if is_printable(symbol))
    if not text:
        return []
    merchant, groups = staff.merchant, []
    if may(staff.role, Permission.SEE_MEMBERS):
        groups += [
            _find_members(merchant, text),
            _find_receipts(merchant, typed, outlet_ids),
            _find_coupons(merchant, text, now),
        ]
    if may(staff.role, Permission.SEE_FIGURES):
        groups += [_find_products(merchant, text), _find_rewards(merchant, text)]
    if may(staff.role, Permission.SEE_OFFERS):
        groups.append(_find_offers(merchant, text))
    if may(staff.role, Permission.SEE_CAMPAIGNS):
        groups.append(_find_campaigns(merchant, text))
    groups.append(_find_pages(staff, text))
    return [group for group in groups if group.hits]


def only_exact(groups: Sequence[HitGroup]) -> str:
    """The address of the one record that the text names completely, '' where it names none or several."""
    exact = [hit.url for group in groups for hit in group.hits if hit.is_exact and hit.url]
    return exact[0] if len(exact) == 1 else ""


def _find_members(merchant: MerchantFacts, text: str) -> HitGroup:
    named = identified_members(merchant=merchant, text=text)
    found = named
    if not named and len(text) >= SHORTEST_PART:
        found = search_members(merchant=merchant, text=text, limit=MOST + 1)
    more = reverse("backoffice:members", query={"q": text}) if len(found) > MOST else ""
    hits = tuple(_member_hit(one, is_exact=bool(named)) for one in found[:MOST])
    return HitGroup(gettext("Members"), "user", hits, more)


def _member_hit(one: MemberFacts, *, is_exact: bool) -> Hit:
    known = [
        one.number if one.display_name != one.number else "",
        mask_phone(one.phone) if one.phone else "",
        mask_email(one.email) if one.email else "",
        one.tier.name if one.tier else "",
    ]
    detail = " · ".join(part for part in known if part)
    return Hit(one.display_name, detail, reverse("backoffice:member", args=[one.id]), is_exact)


def _find_receipts(merchant: MerchantFacts, typed: str, outlet_ids: Collection[UUID] | None) -> HitGroup:
    """Return the receipts of this number as it was typed or, out of an exported file, in groups of four digits."""
    number = clean_reference("".join(symbol for symbol in typed if is_visible(symbol)))
    places = {
        till_id: place
        for till_id, place in till_places(merchant=merchant).items()
        if outlet_ids is None or place.outlet_id in outlet_ids
    }
    found = receipts_with_reference(
        merchant=merchant, till_ids=list(places), references={number, read_code(number)}, limit=MOST
    )
    hits = tuple(
        Hit(
            gettext("Receipt %(reference)s") % {"reference": one.reference},
            " · ".join(
                (
                    format_instant(one.occurred_at, places[one.till_id].zone, reader_language()),
                    places[one.till_id].outlet_name,
                    format_money(one.total_amount, merchant.currency, reader_language()),
                    str(RECEIPT_WORDS[one.status]),
                )
            ),
            reverse("backoffice:receipt", args=[one.id]),
            is_exact=True,
        )
        for one in found
    )
    return HitGroup(gettext("Receipts"), "receipt", hits)


def _find_coupons(merchant: MerchantFacts, text: str, now: datetime) -> HitGroup:
    """The coupon of exactly this code; it opens the member it belongs to."""
    today = merchant.day_of(now)
    coupon = check_code(merchant=merchant, code=text, at=now, today=today).coupon
    if coupon is None:
        return HitGroup(gettext("Coupons"), "ticket", ())
    owner = None
    if coupon.member_id is not None:
        owner = members_by_id(merchant=merchant, member_ids=[coupon.member_id]).get(coupon.member_id)
    detail = [coupon_state_word(coupon.status), owner.display_name if owner else gettext("belongs to nobody")]
    url = reverse("backoffice:member", args=[owner.id]) if owner else ""
    return HitGroup(gettext("Coupons"), "ticket", (Hit(coupon.title, " · ".join(detail), url, is_exact=True),))


def _find_products(merchant: MerchantFacts, text: str) -> HitGroup:
    """Return products whose name holds the text or whose code begins with it, without archived ones."""
    key = comparison_key(text)
    found = price_list(merchant=merchant, search=text, after=None, limit=MOST + 1) if len(key) >= SHORTEST_PART else []
    language = reader_language()
    hits = []
    for one in found[:MOST]:
        price = format_money(one.price_amount, merchant.currency, language) if one.price_amount is not None else ""
        detail = " · ".join(part for part in (one.sku, one.category, price) if part)
        is_exact = comparison_key(one.sku) == key
        hits.append(Hit(one.name, detail, reverse("backoffice:product", args=[one.id]), is_exact))
    more = reverse("backoffice:products", query={"q": text}) if len(found) > MOST else ""
    return HitGroup(gettext("Products"), "package", tuple(hits), more)


def _find_rewards(merchant: MerchantFacts, text: str) -> HitGroup:
    found = rewards_titled(merchant=merchant, text=text, limit=MOST) if len(text) >= SHORTEST_PART else []
    hits = tuple(
        Hit(
            title,
            format_points(points, reader_language(), merchant.points_name),
            reverse("backoffice:reward", args=[reward_id]),
        )
        for reward_id, title, points in found
    )
    return HitGroup(gettext("Rewards"), "gift", hits)


def _find_offers(merchant: MerchantFacts, text: str) -> HitGroup:
    """Return promotions, then batches of coupons, by the words of their titles."""
    if len(text) < SHORTEST_PART:
        return HitGroup(gettext("Offers"), "discount", ())
    promotions = promotions_titled(merchant=merchant, text=text, limit=MOST)
    batches = batches_titled(merchant=merchant, text=text, limit=MOST)
    hits = [Hit(title, gettext("Promotion"), reverse("backoffice:promotion", args=[one])) for one, title in promotions]
    hits += [Hit(title, gettext("Coupons"), reverse("backoffice:coupon_batch", args=[one])) for one, title in batches]
    return HitGroup(gettext("Offers"), "discount", tuple(hits[:MOST]))


def _find_campaigns(merchant: MerchantFacts, text: str) -> HitGroup:
    if len(text) < SHORTEST_PART:
        return HitGroup(gettext("Campaigns"), "speakerphone", ())
    found = campaigns_named(merchant=merchant, text=text, limit=MOST)
    hits = tuple(Hit(one.name, gettext("Campaign"), reverse("backoffice:campaign", args=[one.id])) for one in found)
    return HitGroup(gettext("Campaigns"), "speakerphone", hits)


def _find_pages(staff: StaffSession, text: str) -> HitGroup:
    """Pages of the menu and things to do, by any part of their name in the language of the page."""
    rights = ROLE_PERMISSIONS[staff.role]
    named = dict(_list_labels(menu_for(permissions=rights, path="")))
    named |= {str(label): reverse(url) for label, url, right in COMMANDS if right in rights}
    wanted = comparison_key(text)
    fits = [(label, url) for label, url in named.items() if wanted in comparison_key(label)]
    return HitGroup(gettext("Pages"), "arrow-right", tuple(Hit(label, "", url) for label, url in fits[:MOST]))


def _list_labels(entries: Sequence[MenuEntry]) -> Iterator[tuple[str, str]]:
    for entry in entries:
        yield entry.label, entry.url
        yield from _list_labels(entry.children)
