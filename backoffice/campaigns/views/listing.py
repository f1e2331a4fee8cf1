"""The list of campaigns, and the welcome automation above it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from backoffice.access import StaffRequest, staff_page
from backoffice.campaigns.views.report import shown_state
from backoffice.parts import Page, Tab, page_urls, url_with
from backoffice.words import SEGMENT_WORDS, STATE_WORDS
from campaigns.facts import CampaignState, TriggerName
from campaigns.queries import automation_of, campaign_count, campaign_list
from common.ids import uuid_or_none
from merchants.facts import Permission
from merchants.rules import may

GROUPS = {
    "draft": (CampaignState.DRAFT,),
    "open": (CampaignState.SCHEDULED, CampaignState.PREPARING, CampaignState.RUNNING, CampaignState.PAUSED),
    "ended": (CampaignState.FINISHED, CampaignState.CANCELLED),
}
PAGE_SIZE = 50


@staff_page(Permission.SEE_CAMPAIGNS)
def campaigns(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    chosen = request.GET.get("state", "")
    states = GROUPS.get(chosen, ())
    after = uuid_or_none(request.GET.get("after", ""))
    rows = campaign_list(merchant=merchant, states=states, before=after, limit=PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    newer_url, older_url = page_urls(request.GET, str(shown[-1].campaign.id) if len(rows) > PAGE_SIZE else None)
    page = Page(
        rows=shown, total=campaign_count(merchant=merchant, states=states), newer_url=newer_url, older_url=older_url
    )
    tabs = [
        Tab(
            str(word),
            url_with(request.GET, state=code or None),
            current=chosen == code,
            count=str(campaign_count(merchant=merchant, states=GROUPS.get(code, ()))),
        )
        for code, word in STATE_WORDS.items()
    ]
    return render(
        request,
        "backoffice/campaigns/list.html",
        {
            "page": page,
            "states": {row.campaign.id: shown_state(row.campaign, timezone.now()) for row in shown},
            "tabs": tabs,
            "welcome": automation_of(merchant=merchant, trigger=TriggerName.JOINED),
            "segment_words": SEGMENT_WORDS,
            "may_edit": may(request.staff.role, Permission.EDIT_CAMPAIGNS),
        },
    )
