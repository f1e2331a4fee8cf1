"""Uncertain mails: what is known of each, and the decision of a person: it was sent, or it is sent again."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.parts import Page, page_urls
from campaigns.facts import CampaignState
from campaigns.operations import WrongState, resend_uncertain, resolve_uncertain
from campaigns.queries import campaign
from common.ids import uuid_or_none
from common.quantities import format_number
from members.queries import members_by_id
from merchants.facts import Permission
from merchants.tenancy import refusable
from messaging.facts import UncertainMessage
from messaging.queries import count_uncertain_messages, uncertain_messages

PAGE_SIZE: Final = 50
LONGEST_LOG: Final = 1_000_000
"""Characters of a pasted log that are read; some ten thousand lines."""
_MESSAGE_ID: Final = re.compile(r"[^\s<>\"',;]+@[^\s<>\"',;]+")


@staff_page(Permission.EDIT_CAMPAIGNS)
def uncertain(request: StaffRequest, campaign_id: UUID) -> HttpResponse:
    """List the uncertain mails; a form that names some of them asks for confirmation before anything is decided."""
    facts = campaign(merchant=request.staff.merchant, campaign_id=campaign_id)
    do = request.POST.get("do", "")
    if request.method != "POST" or do not in {"sent", "again"}:
        return _show_list(request, campaign_id)
    chosen = _read_chosen(request, campaign_id)
    if not chosen:
        messages.info(request, _explain_nothing_chosen(request))
        return redirect("backoffice:campaign_uncertain", campaign_id=campaign_id)
    if request.POST.get("confirmed") == str(len(chosen)):
        return _decide_mails(request, campaign_id, chosen, do)
    return render(
        request,
        "backoffice/campaigns/uncertain_decided.html",
        {
            "facts": facts,
            "do": do,
            "count": len(chosen),
            "has_moved": bool(request.POST.get("confirmed")),
            "everybody": request.POST.get("all") == "yes",
            "log": request.POST.get("log", "")[:LONGEST_LOG],
            "ids": [one.id for one in chosen] if _is_by_hand(request) else [],
        },
    )


def _is_by_hand(request: StaffRequest) -> bool:
    return request.POST.get("all") != "yes" and not request.POST.get("log", "").strip()


def _read_chosen(request: StaffRequest, campaign_id: UUID) -> list[UncertainMessage]:
    """Return the uncertain mails that the form means: all, those named in a pasted log, or the ticked ones."""
    every = uncertain_messages(merchant=request.staff.merchant, dispatch_id=campaign_id)
    if request.POST.get("all") == "yes":
        return every
    if log := request.POST.get("log", "").strip():
        named = {f"<{found.group()}>" for found in _MESSAGE_ID.finditer(log[:LONGEST_LOG])}
        return [one for one in every if one.header_id in named]
    ticked = {uuid_or_none(text) for text in request.POST.getlist("mail")[:PAGE_SIZE]}
    return [one for one in every if one.id in ticked]


def _explain_nothing_chosen(request: StaffRequest) -> str:
    if request.POST.get("log", "").strip():
        return gettext("None of the uncertain e-mails is named in it.")
    return gettext("Tick at least one e-mail first.")


def _decide_mails(request: StaffRequest, campaign_id: UUID, chosen: list[UncertainMessage], do: str) -> HttpResponse:
    merchant, at, actor = request.staff.merchant, timezone.now(), actor_of(request)
    message_ids = [one.header_id for one in chosen]
    try:
        with refusable():
            if do == "sent":
                done = resolve_uncertain(
                    merchant=merchant, campaign_id=campaign_id, accepted_message_ids=message_ids, at=at, actor=actor
                )
                said = ngettext("%(count)s e-mail counts as sent.", "%(count)s e-mails count as sent.", done)
            else:
                done = resend_uncertain(
                    merchant=merchant,
                    campaign_id=campaign_id,
                    message_ids=message_ids,
                    at=at,
                    actor=actor,
                    reason="staff",
                )
                said = ngettext(
                    "%(count)s uncertain mail is sent again.", "%(count)s uncertain mails are sent again.", done
                )
            messages.success(request, said % {"count": format_number(done)})
    except WrongState:
        messages.error(request, gettext("Meanwhile the campaign has moved on: see its state below."))
        return redirect("backoffice:campaign", campaign_id=campaign_id)
    return redirect("backoffice:campaign_uncertain", campaign_id=campaign_id)


def _show_list(request: StaffRequest, campaign_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    facts = campaign(merchant=merchant, campaign_id=campaign_id)
    passed = request.GET.getlist("after")
    found = uncertain_messages(
        merchant=merchant,
        dispatch_id=campaign_id,
        after=uuid_or_none(passed[-1]) if passed else None,
        limit=PAGE_SIZE + 1,
    )
    shown = found[:PAGE_SIZE]
    newer_url, older_url = page_urls(request.GET, str(shown[-1].attempt_id) if len(found) > PAGE_SIZE else None)
    known = members_by_id(merchant=merchant, member_ids=[one.member_id for one in shown if one.member_id])
    return render(
        request,
        "backoffice/campaigns/uncertain.html",
        {
            "facts": facts,
            "may_resend": facts.state is not CampaignState.CANCELLED,
            "page": Page(
                rows=[{"mail": one, "member": known.get(one.member_id) if one.member_id else None} for one in shown],
                total=count_uncertain_messages(merchant=merchant, dispatch_id=campaign_id),
                newer_url=newer_url,
                older_url=older_url,
            ),
        },
    )
