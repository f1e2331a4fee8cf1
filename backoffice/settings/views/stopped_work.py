"""Work in the background that was given up after its last try: what, why, when; started again by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, staff_page
from campaigns.facts import CAMPAIGN_WORK, CampaignKind
from campaigns.queries import campaign_names
from merchants.facts import EVENT_WORK, JOB_WORK, NIGHT_WORK, MerchantFacts, Permission, StoppedWork
from merchants.operations import WORKER_LOST, retry_work
from merchants.queries import stopped_work as all_stopped_work
from merchants.tasks import wake_worker
from messaging.facts import MESSAGE_WORK

KIND_WORDS: Final[Mapping[str, Promise]] = {
    NIGHT_WORK.name: _("The night: points, tiers, segments and coupons of a day"),
    EVENT_WORK.name: _("The welcome of a new member"),
    CAMPAIGN_WORK.name: _("Campaign"),
    JOB_WORK.name: _("Jobs"),
    MESSAGE_WORK.name: _("Mails that wait to be sent"),
}

LOST: Final = _("The worker ended each time before it was done.")
FAILED: Final = _("An error in the program stopped it.")


@dataclass(frozen=True)
class StoppedRow:
    """`error` is in words; `code` is what to tell the operator, empty where the words say it all."""

    work: StoppedWork
    title: str
    name: str
    url: str
    error: str
    code: str


@staff_page(Permission.EDIT_PROGRAM)
def stopped_work(request: StaffRequest) -> HttpResponse:
    found = all_stopped_work(merchant=request.staff.merchant)
    rows = _rows_of(request.staff.merchant, found)
    return render(request, "backoffice/settings/stopped_work.html", {"rows": rows})


@require_POST
@staff_page(Permission.EDIT_PROGRAM)
def stopped_work_retry(request: StaffRequest, work_id: UUID) -> HttpResponse:
    """Give it all its tries again, the first one at once."""
    merchant = request.staff.merchant
    kind = retry_work(merchant=merchant, work_id=work_id, at=timezone.now(), actor=actor_of(request))
    wake_worker(merchant=merchant, kind=kind)
    messages.success(request, gettext("It is tried again. If it fails again, it appears here again."))
    return redirect("backoffice:stopped_work")


def _rows_of(merchant: MerchantFacts, found: Sequence[StoppedWork]) -> list[StoppedRow]:
    names = _named_subjects(merchant, found)
    rows = []
    for work in found:
        name, url = names.get(work.subject_id, ("", "")) if work.subject_id else ("", "")
        is_lost = work.last_error == WORKER_LOST
        rows.append(
            StoppedRow(
                work=work,
                title=str(KIND_WORDS.get(work.kind, work.kind)),
                name=name,
                url=url,
                error=str(LOST if is_lost else FAILED),
                code="" if is_lost else work.last_error,
            )
        )
    return rows


def _named_subjects(merchant: MerchantFacts, found: Sequence[StoppedWork]) -> dict[UUID, tuple[str, str]]:
    """Return name and address of what the work is about, where it has a page; one statement."""
    named: dict[UUID, tuple[str, str]] = {}
    of_campaigns = _subject_ids(found, CAMPAIGN_WORK.name, MESSAGE_WORK.name)
    for row_id, (name, kind) in campaign_names(merchant=merchant, campaign_ids=of_campaigns).items():
        is_automation = kind is CampaignKind.AUTOMATION
        url = reverse("backoffice:welcome") if is_automation else reverse("backoffice:campaign", args=[row_id])
        named[row_id] = (name, url)
    return named


def _subject_ids(found: Sequence[StoppedWork], *kinds: str) -> list[UUID]:
    return [work.subject_id for work in found if work.kind in kinds and work.subject_id is not None]
