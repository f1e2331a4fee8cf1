"""Test mode: setting it up or beginning it again, and what is in the sandbox: its keys, receipts and members."""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.jobs.words import too_many_jobs
from backoffice.sent_forms import mark_carried_out
from backoffice.settings.forms.tills import TILL_SCOPES_AT_FIRST, KeyForm
from backoffice.settings.till_keys import till_card
from backoffice.settings.views.requests import find_till
from common.ids import new_id
from common.languages import reader_language
from common.links import public_url
from ledger.queries import balances
from members.queries import members_page
from members.rules import mask_name
from merchants.facts import JobState, MerchantFacts, Permission
from merchants.operations import TooManyJobs, issue_till_key, revoke_till_key, start_job
from merchants.queries import latest_job, open_jobs, sandbox_of, till_list
from merchants.tasks import queue_jobs
from merchants.tenancy import refusable
from rewards.coupons.operations import issue_coupon
from rewards.coupons.queries import batch_page, coupon_batch, coupon_by_id
from sales.queries import newest_receipts

TEST_MODE: Final = "test_mode"
SHOWN: Final = 20
SHARED: Final = "shared"
READY: Final = "ready"
REFRESH_SECONDS: Final = 3


@staff_page(Permission.MANAGE_TILLS)
def test_mode(request: StaffRequest) -> HttpResponse:
    """Say what test mode is and how far it is; while a worker prepares it, the page loads itself again."""
    merchant = request.staff.merchant
    is_prepared_now = bool(open_jobs(merchant=merchant, kind=TEST_MODE))
    latest = latest_job(merchant=merchant, kind=TEST_MODE, parameters={})
    response = render(
        request,
        "backoffice/settings/test_mode.html",
        {
            "is_prepared_now": is_prepared_now,
            "is_there": sandbox_of(merchant) is not None,
            "has_failed": latest is not None and latest.state is JobState.FAILED,
        },
    )
    if is_prepared_now:
        response["Refresh"] = str(REFRESH_SECONDS)
    return response


@require_POST
@staff_page(Permission.MANAGE_TILLS)
def test_mode_begin(request: StaffRequest) -> HttpResponse:
    """Have the sandbox made, or made again with the program of today; a second request while one runs does nothing."""
    merchant = request.staff.merchant
    if not open_jobs(merchant=merchant, kind=TEST_MODE):
        try:
            with refusable():
                start_job(
                    merchant=merchant,
                    kind=TEST_MODE,
                    parameters={},
                    needs=(Permission.MANAGE_TILLS,),
                    language=reader_language(),
                    action="test_mode.asked",
                    audit_details={},
                    at=timezone.now(),
                    actor=actor_of(request),
                )
            queue_jobs(merchant=merchant)
        except TooManyJobs:
            messages.info(request, too_many_jobs())
    return redirect("backoffice:test_mode")


@staff_page(Permission.MANAGE_TILLS, in_sandbox=True)
def test_data(request: StaffRequest) -> HttpResponse:
    sandbox = request.sandbox
    return render(
        request,
        "backoffice/settings/test_data.html",
        {
            "tills": [till_card(till, keys) for till, keys in till_list(merchant=sandbox) if till.kind == "pos"],
            "batches": batch_page(merchant=sandbox, limit=SHOWN),
            "receipts": newest_receipts(merchant=sandbox, limit=SHOWN),
            "members": _member_rows(sandbox),
            "sandbox_zone": sandbox.timezone,
        },
    )


@staff_page(Permission.MANAGE_TILLS, in_sandbox=True)
def test_key_new(request: StaffRequest, till_id: UUID) -> HttpResponse:
    """The key is in the answer to this one request and nowhere else; the page must not be stored."""
    till = find_till(request.sandbox, till_id)
    form = KeyForm(post_data(request), initial={"scopes": TILL_SCOPES_AT_FIRST})
    secret = ""
    if request.method == "POST" and form.is_valid():
        secret = issue_till_key(
            merchant=request.sandbox,
            till_id=till_id,
            at=timezone.now(),
            actor=actor_of(request),
            scopes=form.cleaned_data["scopes"],
        )
    back = reverse("backoffice:test_data")
    response = render(
        request,
        "backoffice/settings/key_new.html",
        {
            "form": form,
            "till": till.name,
            "secret": secret,
            "api_base": public_url("/api/pos/v1/"),
            "is_test": True,
            "first_sale": _first_sale(secret) if secret else "",
            "parent_url": back,
        },
        status=400 if form.errors else 200,
    )
    response["Cache-Control"] = "no-store"
    if secret:
        mark_carried_out(response, back)
    return response


def _first_sale(key: str) -> str:
    """Return a command that records a sale with this key: to paste into a terminal as it is."""
    reference = f"TEST-{new_id().hex[-6:]}"
    body = {
        "reference": reference,
        "lines": [{"line_id": "1", "sku": "KOPI-250", "name": "Kopi", "quantity": 2, "unit_amount": 68_000}],
    }
    return (
        f"curl -X POST {public_url('/api/pos/v1/sales')} -H 'Authorization: Bearer {key}' "
        f"-H 'Content-Type: application/json' -H 'Idempotency-Key: first-{reference}' -d '{json.dumps(body)}'"
    )


@require_POST
@staff_page(Permission.MANAGE_TILLS, in_sandbox=True)
def test_key_revoke(request: StaffRequest, key_id: UUID) -> HttpResponse:
    revoke_till_key(merchant=request.sandbox, key_id=key_id, at=timezone.now(), actor=actor_of(request))
    messages.success(request, gettext("The test key is revoked. A till that still uses it gets no answer from now on."))
    return redirect("backoffice:test_data")


@require_POST
@staff_page(Permission.MANAGE_TILLS, in_sandbox=True)
def test_code_new(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    """Make one coupon of a batch, bound to no member, so that a till has a code to try; its code is shown once."""
    sandbox, now = request.sandbox, timezone.now()
    batch = coupon_batch(merchant=sandbox, batch_id=batch_id)
    if batch.kind == SHARED or batch.state != READY:
        messages.info(request, gettext("No codes are made of these coupons."))
        return redirect("backoffice:test_data")
    today = sandbox.day_of(now)
    made: dict[str, Any] = {"merchant": sandbox, "at": now, "today": today}
    coupon_id = issue_coupon(**made, batch_id=batch_id, member_id=None, source_id=None)
    code = coupon_by_id(**made, coupon_id=coupon_id).code
    messages.success(request, gettext("Test code of %(title)s: %(code)s") % {"title": batch.title, "code": code})
    return redirect("backoffice:test_data")


def _member_rows(sandbox: MerchantFacts) -> list[dict[str, Any]]:
    found = members_page(merchant=sandbox, limit=SHOWN, counted=False).members
    today = sandbox.day_of(timezone.now())
    points = balances(merchant=sandbox, owner_ids=[each.id for each in found], business_date=today)
    return [
        {
            "number": each.number,
            "name": mask_name(each.name),
            "joined_at": each.joined_at,
            "tier": each.tier.name if each.tier else "",
            "available": points[each.id].available,
        }
        for each in found
    ]
