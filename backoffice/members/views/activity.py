"""A member's whole story, page by page, of all kinds or one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.access import StaffRequest, staff_page
from backoffice.parts import Page, Tab, page_urls, url_with
from backoffice.privacy.viewings import note_shown
from backoffice.timelines import StoryKind, member_story
from backoffice.workplaces import own_outlets
from members.queries import member
from merchants.facts import Permission

PAGE_SIZE: Final = 60
KIND_WORDS: Final[Mapping[StoryKind, Promise]] = {
    StoryKind.ALL: _("Everything"),
    StoryKind.PURCHASES: _("Purchases"),
    StoryKind.POINTS: _("Points and wallet"),
    StoryKind.MAILS: _("Offers by e-mail"),
    StoryKind.CHANGES: _("Changes"),
}


@staff_page(Permission.SEE_MEMBERS)
def member_activity(request: StaffRequest, member_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    found = member(merchant=merchant, member_id=member_id)
    note_shown(request, found.id, in_full=False)
    asked = request.GET.get("show", "")
    kind = StoryKind(asked) if asked in set(StoryKind) else StoryKind.ALL
    passed = request.GET.getlist("after")
    story = member_story(
        merchant=merchant,
        member=found,
        kind=kind,
        after=passed[-1] if passed else "",
        length=PAGE_SIZE,
        outlet_ids=own_outlets(request),
    )
    newer_url, older_url = page_urls(request.GET, story.older)
    tabs = [
        Tab(str(word), url_with(request.GET, show=None if one is StoryKind.ALL else one), current=one is kind)
        for one, word in KIND_WORDS.items()
    ]
    page = Page(rows=story.events, total=None, newer_url=newer_url, older_url=older_url)
    return render(request, "backoffice/members/activity.html", {"member": found, "tabs": tabs, "page": page})
