"""One campaign: what it is doing, what it brought, and the buttons that change its status."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.campaigns.automations import words_of
from backoffice.campaigns.views.drafts import draft_of, estimate_of, estimate_values, subject_in_words
from backoffice.campaigns.views.mails import conditions_shown, mail_head
from backoffice.charts import Bar, Chart, ChartHead, EstimateInterval, counts, funnel_chart, interval_chart, shares
from backoffice.slow_pages import slow_page
from backoffice.words import DELIVERY_WORDS, SEGMENT_WORDS
from campaigns.facts import (
    CampaignFacts,
    CampaignReport,
    CampaignState,
    CouponsOnCancel,
    DeliveryState,
    GroupResult,
)
from campaigns.operations import (
    WrongState,
    cancel_campaign,
    pause_campaign,
    resume_campaign,
    unschedule_campaign,
)
from campaigns.queries import Group, campaign, campaign_report
from campaigns.rules.proof import load_statistics, share_interval
from campaigns.wording import PAUSE_REASONS, REASONS
from common.errors import BadInput, Missing
from common.languages import reader_language
from common.quantities import format_number
from merchants.facts import Permission
from merchants.rules import may
from merchants.tenancy import refusable

Listed = Callable[..., str]
CANCELLABLE: Final = frozenset(
    {CampaignState.SCHEDULED, CampaignState.PREPARING, CampaignState.RUNNING, CampaignState.PAUSED}
)


@staff_page(Permission.SEE_CAMPAIGNS, prepare=load_statistics)
@slow_page
def report(request: StaffRequest, campaign_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    facts = campaign(merchant=merchant, campaign_id=campaign_id)
    editable = may(request.staff.role, Permission.EDIT_CAMPAIGNS)
    if facts.state is CampaignState.DRAFT:
        if not editable:
            raise Http404
        if words := words_of(facts):
            return redirect(words.page)
        return redirect("backoffice:campaign_audience", campaign_id=campaign_id)
    result = campaign_report(merchant=merchant, campaign_id=campaign_id, at=timezone.now())
    listed, uses_url, issued_url = _addresses_of_lists(
        campaign_id, is_shown=may(request.staff.role, Permission.SEE_MEMBERS)
    )
    return render(
        request,
        "backoffice/campaigns/report.html",
        {
            "facts": facts,
            "state": shown_state(facts, timezone.now()),
            "report": result,
            "automation": words_of(facts),
            "whose_purchases": words.whose_purchases(facts.measure_days) if (words := words_of(facts)) else "",
            "has_result": _has_result(result),
            "has_coupons": _has_coupons(result),
            "per_head": _per_head(result),
            "segment_word": SEGMENT_WORDS.get(facts.segment, facts.segment),
            "states": _state_rows(result, listed),
            "excluded": [(REASONS[why], n, listed(reason=why.value)) for why, n in result.excluded.items() if n],
            "treated_url": listed(group=Group.TREATED.value),
            "control_url": listed(group=Group.CONTROL.value),
            "uses_url": uses_url,
            "pause_reason": PAUSE_REASONS.get(facts.pause_reason) if facts.pause_reason else "",  # type: ignore[call-overload]
            "funnel": _funnel_chart(result, listed, uses_url) if _has_result(result) else None,
            "conversions": (
                _conversion_chart(result, listed) if _has_result(result) and result.control.members else None
            ),
            "issued_url": issued_url,
            "subject": subject_in_words(facts),
            **_what_goes_out(request, facts),
            "may_edit": editable,
            "is_live": _is_live(facts, timezone.now()),
            "is_cancellable": facts.state in CANCELLABLE,
        },
    )


def _what_goes_out(request: StaffRequest, facts: CampaignFacts) -> dict[str, Any]:
    """Return the mail as a member reads it; for a campaign that waits, also whom it would reach if it started now."""
    merchant = request.staff.merchant
    shown: dict[str, Any] = {"preview": mail_head(merchant, facts, name=request.staff.person)}
    if facts.state is CampaignState.SCHEDULED:
        shown |= estimate_values(estimate_of(merchant, draft_of(facts), facts.id, facts.coupon))
    shown["conditions"] = conditions_shown(merchant, facts)
    return shown


def shown_state(facts: CampaignFacts, now: datetime) -> str:
    """Return the state in a reader's words: a campaign that is over is "sent", one that is due is "being sent"."""
    if facts.state is CampaignState.FINISHED:
        return "sent"
    is_due = facts.state is CampaignState.SCHEDULED and facts.scheduled_at is not None and facts.scheduled_at <= now
    is_going_out = facts.state in {CampaignState.PREPARING, CampaignState.RUNNING}
    if not facts.is_standing and (is_due or is_going_out):
        return "sending"
    return facts.state.value


def _is_live(facts: CampaignFacts, now: datetime) -> bool:
    """Return whether the figures can still change; the page then fetches them again."""
    if facts.state is CampaignState.SCHEDULED:
        return facts.scheduled_at is not None and facts.scheduled_at <= now
    return facts.state in {CampaignState.PREPARING, CampaignState.RUNNING}


def _state_rows(result: CampaignReport, listed: Listed) -> list[dict[str, Any]]:
    """Return the rows of the audience by what happened to the mail, with the reason where it is known."""
    return [
        {
            "word": DELIVERY_WORDS[state.value],
            "count": count,
            "url": listed(state=state.value),
            "reasons": [
                (REASONS[why], n, listed(state=state.value, reason=why.value))
                for (of, why), n in result.reasons.items()
                if of is state
            ],
        }
        for state, count in result.states.items()
        if count
    ]


def _has_result(result: CampaignReport) -> bool:
    """Return whether there is a result: once the audience is frozen, or once an automation has met its first member."""
    return result.campaign.frozen_at is not None or result.matched > 0


def _has_coupons(result: CampaignReport) -> bool:
    """Return whether the campaign gives coupons, or gave some before its coupon was removed."""
    return result.campaign.coupon is not None or result.coupons_issued > 0


def _per_head(result: CampaignReport) -> tuple[int, int] | None:
    """Return the interval of what the campaign brought per treated member, in whole amounts; None if it is unknown."""
    found = result.revenue_uplift_per_head
    if found.low is None or found.high is None:
        return None
    return round(found.low), round(found.high)


def _addresses_of_lists(campaign_id: UUID, *, is_shown: bool) -> tuple[Listed, str, str]:
    """Return the addresses of a figure's members by its filters, of the coupons' receipts and of the coupons given out.

    The last two are '' for a reader who may not see those pages.
    """
    address = reverse("backoffice:campaign_people", args=[campaign_id])

    def listed(**filters: str) -> str:
        return f"{address}?{urlencode(filters)}" if is_shown else ""

    if not is_shown:
        return listed, "", ""
    return (
        listed,
        reverse("backoffice:campaign_uses", args=[campaign_id]),
        reverse("backoffice:campaign_coupons", args=[campaign_id]),
    )


def _funnel_chart(result: CampaignReport, listed: Listed, uses_url: str) -> Chart:
    language = reader_language()
    left_out = sum(result.excluded.values())
    words = words_of(result.campaign)
    return funnel_chart(
        head=ChartHead(
            key="funnel",
            question=gettext("How far did it reach?"),
            period=gettext("since it started"),
            unit=counts(gettext("members"), language),
            size="half",
        ),
        steps=[
            Bar(
                str(words.met) if words else gettext("In the segment"),
                result.matched,
                url=listed(group=Group.MATCHED.value),
            ),
            Bar(gettext("Reachable"), result.matched - left_out, url=listed(group=Group.REACHABLE.value)),
            Bar(gettext("Treated"), result.treated.members, url=listed(group=Group.TREATED.value)),
            Bar(gettext("Sent"), result.accepted, url=listed(state=DeliveryState.ACCEPTED.value)),
            *([Bar(gettext("Coupon used"), result.coupons_redeemed, url=uses_url)] if _has_coupons(result) else []),
        ],
        of_first=str(words.share_of_met) if words else gettext("Share of the segment"),
        label_column=gettext("Step"),
        value_column=gettext("Members"),
    )


def _conversion_chart(result: CampaignReport, listed: Listed) -> Chart:
    """Draw treated members against the control group: the share who bought, each with its 95 % interval (Wilson)."""
    return interval_chart(
        head=ChartHead(
            key="conversion",
            question=gettext("Did the campaign cause it?"),
            period=ngettext("%(days)s day from the start", "%(days)s days from the start", result.campaign.measure_days)
            % {"days": result.campaign.measure_days},
            unit=shares(gettext("bought, share of the group")),
            note=gettext("Dot: share that bought. Line: 95 % interval. Everybody as assigned, mailed or not."),
            size="half",
        ),
        intervals=[
            _group_interval(
                gettext("Treated"), result.treated, "series-1", listed(group=Group.TREATED.value, bought="yes")
            ),
            _group_interval(
                gettext("Control"), result.control, "control", listed(group=Group.CONTROL.value, bought="yes")
            ),
        ],
        columns=[gettext("Group"), gettext("Bought"), gettext("From"), gettext("To"), gettext("Members")],
    )


def _group_interval(label: str, group: GroupResult, css: str, url: str) -> EstimateInterval:
    share = share_interval(buyers=group.buyers, members=group.members)
    base = format_number(group.members)
    return EstimateInterval(label, group.conversion, share.low or 0.0, share.high or 0.0, base=base, css=css, url=url)


# --- steering ----------------------------------------------------------------------------------------------------


def _unschedule_campaign(request: StaffRequest, campaign_id: UUID) -> str:
    unschedule_campaign(**_call_arguments(request, campaign_id))
    return gettext("It is a draft again.")


def _pause_by_person(request: StaffRequest, campaign_id: UUID) -> str:
    pause_campaign(**_call_arguments(request, campaign_id))
    return gettext("Paused. Mails that are being handed over at this moment may still arrive.")


def _resume_by_person(request: StaffRequest, campaign_id: UUID) -> str:
    resume_campaign(**_call_arguments(request, campaign_id))
    return gettext("It goes on: exactly those who have not got it yet.")


def _cancel_by_person(request: StaffRequest, campaign_id: UUID) -> str:
    chosen = CouponsOnCancel(request.POST.get("coupons", CouponsOnCancel.HONOUR.value))
    cancel_campaign(**_call_arguments(request, campaign_id), coupons=chosen)
    return gettext("The campaign is cancelled.")


STEPS: dict[str, Callable[[StaffRequest, UUID], str]] = {
    "unschedule": _unschedule_campaign,
    "pause": _pause_by_person,
    "resume": _resume_by_person,
    "cancel": _cancel_by_person,
}


def _call_arguments(request: StaffRequest, campaign_id: UUID) -> dict[str, Any]:
    return {
        "merchant": request.staff.merchant,
        "campaign_id": campaign_id,
        "at": timezone.now(),
        "actor": actor_of(request),
    }


@require_POST
@staff_page(Permission.EDIT_CAMPAIGNS)
def change_status(request: StaffRequest, campaign_id: UUID, step: str) -> HttpResponse:
    """Unschedule, pause, resume or cancel."""
    if step not in STEPS:
        raise Missing("step_not_found")
    try:
        with refusable():
            messages.success(request, STEPS[step](request, campaign_id))
    except BadInput as refused:
        messages.error(request, " ".join(error.message for error in refused.errors))
    except WrongState:
        messages.error(request, gettext("Meanwhile the campaign has moved on: see its state below."))
    except ValueError as error:
        raise Http404 from error
    return redirect("backoffice:campaign", campaign_id=campaign_id)
