"""Duplicates: pairs that may be one person, two records side by side, merging them, and undoing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.members.merge_words import (
    MATCH_WORDS,
    ChoiceRow,
    MergeForm,
    choice_rows,
    figure_rows,
    refusal_words,
)
from backoffice.parts import Page, page_urls
from backoffice.privacy.viewings import note_shown
from backoffice.slow_pages import slow_page
from backoffice.words import actor_word
from common.errors import Missing, Refusal, TemporarilyUnavailable
from common.ids import uuid_or_none
from ledger.facts import Unit
from ledger.operations import DebtTooLarge, MergedPointsMoved, PointsOnHold
from ledger.queries import balances
from members.facts import DuplicatePair, MemberFacts
from members.operations import MergeNotPossible, MergeStands, ProfileMoved, say_not_same
from members.queries import (
    PAIRS_PER_PAGE,
    attributes,
    duplicate_pairs,
    member,
    members_by_id,
    pair_mark,
    reasons_of_pair,
    recent_merges,
    search_members,
)
from members.rules import joined_first, merge_problem
from merchants.facts import MerchantFacts, Permission
from merchants.queries import all_outlets
from merchants.rules import may
from merchants.tenancy import refusable
from people.operations import merge_members, undo_merge

MERGE_REFUSALS = (MergeNotPossible, ProfileMoved, PointsOnHold, DebtTooLarge, TemporarilyUnavailable)
UNDO_REFUSALS = (MergeStands, MergedPointsMoved, TemporarilyUnavailable, Refusal)


@staff_page(Permission.EDIT_MEMBERS)
@slow_page
def duplicates(request: StaffRequest) -> HttpResponse:
    """List pairs that may be one person, and the merges that can still be undone."""
    merchant, now = request.staff.merchant, timezone.now()
    cursors = request.GET.getlist("after")
    after = _read_cursor(cursors[-1]) if cursors else None
    found = duplicate_pairs(merchant=merchant, after=after, limit=PAIRS_PER_PAGE + 1)
    shown = found[:PAIRS_PER_PAGE]
    more = f"{shown[-1].first.id}.{shown[-1].second.id}" if len(found) > PAIRS_PER_PAGE else None
    newer_url, older_url = page_urls(request.GET, more)
    merges = recent_merges(merchant=merchant, now=now)
    kept = members_by_id(merchant=merchant, member_ids=[merge.survivor_id for merge in merges])
    return render(
        request,
        "backoffice/members/duplicates.html",
        {
            "page": Page([_describe_pair(pair) for pair in shown], None, newer_url=newer_url, older_url=older_url),
            "merges": [
                {"merge": merge, "survivor": kept[merge.survivor_id], "who": actor_word(merge.actor_label)}
                for merge in merges
            ],
        },
    )


def _read_cursor(text: str) -> tuple[UUID, UUID] | None:
    first, _, second = text.partition(".")
    ids = uuid_or_none(first), uuid_or_none(second)
    return (ids[0], ids[1]) if ids[0] is not None and ids[1] is not None else None


def _describe_pair(pair: DuplicatePair) -> dict[str, Any]:
    survivor, merged = pair.first, pair.second
    if joined_first(merged) < joined_first(survivor):
        survivor, merged = merged, survivor
    return {"survivor": survivor, "merged": merged, "reasons": [MATCH_WORDS[reason] for reason in pair.reasons]}


@staff_page(Permission.EDIT_MEMBERS)
def merge_search(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Look for the other record of a member."""
    merchant, text = request.staff.merchant, request.GET.get("q", "").strip()
    found = member(merchant=merchant, member_id=member_id)
    others = [one for one in search_members(merchant=merchant, text=text, limit=21) if one.id != found.id]
    context = {"member": found, "others": others[:20], "q": text, "is_cut": len(others) > 20}
    return render(request, "backoffice/members/merge_search.html", context)


@staff_page(Permission.EDIT_MEMBERS)
def merge_pair(request: StaffRequest, member_id: UUID, other_id: UUID) -> HttpResponse:
    """Show two records side by side, and merge the other into the member's."""
    merchant = request.staff.merchant
    survivor, merged = (member(merchant=merchant, member_id=one) for one in (member_id, other_id))
    rows = choice_rows(
        survivor,
        merged,
        definitions=attributes(merchant=merchant),
        outlets={one.id: one.name for one in all_outlets(merchant=merchant)},
        sees_contacts=may(request.staff.role, Permission.SEE_CONTACTS),
    )
    form = MergeForm(rows, post_data(request))
    pair = _Pair(survivor, merged, rows, form)
    if request.method != "POST" or not form.is_valid():
        return _show_pair(request, pair)
    try:
        with refusable():
            merge_members(
                merchant=merchant,
                survivor_id=member_id,
                merged_id=other_id,
                chosen=form.chosen,
                seen=request.POST.get("seen", ""),
                actor=actor_of(request),
                at=timezone.now(),
            )
    except MERGE_REFUSALS as refused:
        return _show_pair(request, pair, problem=refusal_words(refused))
    messages.success(request, gettext("The two records are one now. This can be undone within 7 days."))
    return redirect("backoffice:member", member_id=member_id)


@dataclass(frozen=True)
class _Pair:
    survivor: MemberFacts
    merged: MemberFacts
    rows: Sequence[ChoiceRow]
    form: MergeForm


def _show_pair(request: StaffRequest, pair: _Pair, *, problem: str = "") -> HttpResponse:
    merchant, survivor, merged = request.staff.merchant, pair.survivor, pair.merged
    for one in (survivor, merged):
        note_shown(request, one.id, in_full=may(request.staff.role, Permission.SEE_CONTACTS))
    refused = merge_problem(survivor, merged)
    found = reasons_of_pair(merchant=merchant, first_id=survivor.id, second_id=merged.id)
    context = {
        "survivor": survivor,
        "merged": merged,
        "reasons": [str(MATCH_WORDS[reason]) for reason in found],
        "form": pair.form,
        "kept": [row for row in pair.rows if not row.is_choice],
        "figures": figure_rows(
            merchant,
            survivor,
            merged,
            points=_both_balances(merchant, survivor, merged, Unit.POINTS),
            wallet=_both_balances(merchant, survivor, merged, Unit.WALLET),
        ),
        "seen": pair_mark(merchant=merchant, survivor=survivor, merged=merged),
        "problem": problem or (refusal_words(MergeNotPossible(reason=refused)) if refused else ""),
        "is_possible": refused is None,
    }
    is_wrong = bool(problem or pair.form.errors)
    return render(request, "backoffice/members/merge_pair.html", context, status=409 if is_wrong else 200)


def _both_balances(merchant: MerchantFacts, survivor: MemberFacts, merged: MemberFacts, unit: Unit) -> tuple[int, int]:
    now = timezone.now()
    owned = balances(
        merchant=merchant,
        owner_ids=[survivor.id, merged.id],
        unit=unit,
        business_date=merchant.day_of(now),
        at=now,
    )
    return owned[survivor.id].points_balance, owned[merged.id].points_balance if survivor.id != merged.id else 0


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def not_same_person(request: StaffRequest, member_id: UUID, other_id: UUID) -> HttpResponse:
    """Take the pair off the list: these are two people."""
    say_not_same(
        merchant=request.staff.merchant,
        first_id=member_id,
        second_id=other_id,
        actor=actor_of(request),
        at=timezone.now(),
    )
    messages.success(request, gettext("Noted: these are two people. The pair is not offered again."))
    return redirect("backoffice:duplicates")


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def merge_undo(request: StaffRequest, member_id: UUID, merge_id: UUID) -> HttpResponse:
    """Take two records apart again."""
    try:
        with refusable():
            apart_id = undo_merge(
                merchant=request.staff.merchant, merge_id=merge_id, actor=actor_of(request), at=timezone.now()
            )
    except Missing:
        raise
    except UNDO_REFUSALS as refused:
        messages.error(request, gettext("The merge stays: %(why)s") % {"why": refusal_words(refused)})
        return redirect("backoffice:member", member_id=member_id)
    messages.success(request, gettext("The merge is undone. This is the record that is on its own again."))
    return redirect("backoffice:member", member_id=apart_id)
