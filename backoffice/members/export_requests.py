"""Files with the contacts of more members than one person may take alone: asked for, said in words, and approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from backoffice.members.exports import KIND, MembersExport, has_grown
from backoffice.requests import AskedRow
from common.errors import NotPermitted, Refusal
from common.ids import new_id
from common.languages import reader_language
from common.quantities import format_number
from members.queries import count_members
from merchants.facts import Actor, ApprovalDetails, MerchantFacts, Permission
from merchants.operations import ask_approval, decide_approval, lock_merchant, start_job
from merchants.queries import approval, role_of
from merchants.rules import may
from merchants.tasks import queue_jobs

EXPORT_ABOVE: Final = "members.export"
"""The kind of approval that lets a file with contacts be made."""
NEEDS: Final = (Permission.SEE_MEMBERS, Permission.EXPORT)
DECIDED_WITHIN: Final = timedelta(days=14)


class SearchNotKept(Refusal):
    """The list is narrowed by a text; a request is kept for ever, and such a text may name a person."""

    code = "search_not_kept"


@dataclass(frozen=True)
class AskedExport:
    """A file as it was asked for, its filters in words, and the language of who asked."""

    export: MembersExport
    words: tuple[str, ...]
    language: str

    def to_json(self) -> dict[str, Any]:
        return {**self.export.to_json(), "words": list(self.words), "language": self.language}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> AskedExport:
        return cls(MembersExport.from_json(data), tuple(data["words"]), str(data["language"]))


def ask_for_export(
    *, merchant: MerchantFacts, export: MembersExport, words: Sequence[str], reason: str, actor: Actor, at: datetime
) -> UUID:
    """Ask that another person approves the file; return the approval's id. Raises SearchNotKept and ApprovalWaits."""
    if "q" in QueryDict(export.query) and not export.member_ids:
        raise SearchNotKept
    return ask_approval(
        merchant=merchant,
        kind=EXPORT_ABOVE,
        subject=("job", new_id()),
        figures=AskedExport(export, tuple(words), reader_language()).to_json(),
        reason=reason,
        expires_at=at + DECIDED_WITHIN,
        at=at,
        actor=actor,
    )


def exports_in_words(merchant: MerchantFacts, found: Sequence[ApprovalDetails]) -> list[AskedRow]:
    """Say of each request how many members the file holds, and under which filters."""
    rows = []
    for one in found:
        asked = AskedExport.from_json(one.figures)
        export = asked.export
        words = ngettext(
            "File of %(count)s member with contacts", "File of %(count)s members with contacts", export.count
        )
        about = ", ".join(asked.words) or gettext("All members")
        url = "" if export.member_ids else f"{reverse('backoffice:members')}?{export.query}"
        rows.append(AskedRow(one, words % {"count": format_number(export.count)}, about, url))
    return rows


def approve_export(*, merchant: MerchantFacts, asked: ApprovalDetails, reason: str, actor: Actor, at: datetime) -> UUID:
    """Approve the file and start its job in the name of who asked; return the job.

    Raises what `decide_approval` raises, TooManyJobs, NotPermitted where the asker may take no contacts any more, and
    Refusal('export_grew') where the list has many more members by now than were asked for.
    """
    decide_approval(merchant=merchant, approval_id=asked.id, is_approved=True, reason=reason, at=at, actor=actor)
    decided = approval(merchant=merchant, approval_id=asked.id)
    needs = (*NEEDS, Permission.SEE_CONTACTS)
    role = role_of(merchant=merchant, user_id=decided.asked_by_id)
    if role is None or not all(may(role, one) for one in needs):
        raise NotPermitted("export_not_permitted")
    kept = AskedExport.from_json(asked.figures)
    export = kept.export
    count = count_members(merchant=merchant, filters=export.asked(merchant, merchant.day_of(at)).filters)
    if has_grown(export.count, count):
        raise Refusal("export_grew")
    limit = lock_merchant(merchant=merchant).export_alone_members
    job_id = start_job(
        merchant=merchant,
        kind=KIND,
        parameters={**export.to_json(), "limit": limit},
        needs=needs,
        language=kept.language,
        action="members.exported",
        audit_details={"count": count, "filters": list(kept.words), "contacts": True},
        at=at,
        actor=Actor(decided.asked_by_id, decided.asked_by, role),
        approver_id=actor.user_id,
        job_id=asked.subject_id,
    )
    queue_jobs(merchant=merchant)
    return job_id
