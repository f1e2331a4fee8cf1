"""What the merchant's own tables say of a person who is erased: words of the audit trail, answers, files, searches."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from common.named_rows import is_named_in, rows_naming
from merchants.facts import SYSTEM, MerchantFacts
from merchants.models import Approval, AuditEntry, ClaimedKey, Job, JobPart, LoggedRequest, SavedView, SentForm
from merchants.operations.jobs import cancel_job
from merchants.operations.keys import open_answer, seal_answer
from merchants.queries.jobs import open_jobs

WORDS_OF_PEOPLE: Final = frozenset(
    {"address", "email", "filters", "label", "name", "note", "phone", "reason", "search", "shown_name", "tag"}
)
"""Keys of an audit entry about a member that staff typed, or that name them."""
ROWS_AT_ONCE: Final = 2_000


def forget_member(
    *,
    merchant: MerchantFacts,
    member_ids: Collection[UUID],
    texts: Sequence[str],
    name: str,
    files: Collection[str],
    at: datetime,
) -> None:
    """Take a person's words out of the audit trail, stored answers, searches, the request log and files of members.

    `texts` are what names the person, in every form that is written; `name` alone may be another person's, so it
    counts only in answers about the person. `files` are the kinds of jobs whose files hold members.
    """
    approvals = _forget_approvals(merchant, member_ids, texts)
    _forget_audit_words(merchant, member_ids, approvals, texts)
    _forget_answers(merchant, member_ids, texts, name)
    _forget_files(merchant, member_ids, texts, files, at=at)
    rows_naming(SavedView, merchant_id=merchant.id, columns=("name", "query"), texts=texts).delete()
    rows_naming(SentForm, merchant_id=merchant.id, columns=("answer_url",), texts=texts).update(answer_url="/")
    rows_naming(
        LoggedRequest,
        merchant_id=merchant.id,
        columns=("address", "reference", "request_body", "answer_body"),
        texts=texts,
    ).delete()


def _forget_approvals(merchant: MerchantFacts, member_ids: Collection[UUID], texts: Sequence[str]) -> list[UUID]:
    """Empty what was typed when something about the member was asked and decided; return those approvals."""
    ids = [str(member_id) for member_id in member_ids]
    rows = Approval.objects.filter(
        Q(subject_kind="member", subject_id__in=member_ids) | Q(figures__owner_id__in=ids), merchant_id=merchant.id
    )
    for row in rows.order_by("id"):
        Approval.objects.filter(merchant_id=merchant.id, id=row.id).update(
            asked_reason="" if is_named_in(row.asked_reason, texts) else row.asked_reason,
            decided_reason="",
            figures={**row.figures, "note": ""} if "note" in row.figures else row.figures,
        )
    _forget_in_other_approvals(merchant, texts)
    return [row.id for row in rows]


def _forget_in_other_approvals(merchant: MerchantFacts, texts: Sequence[str]) -> None:
    """Empty what names the person in what was asked and decided about others."""
    columns = ["asked_reason", "decided_reason", "figures__note"]
    for row in rows_naming(Approval, merchant_id=merchant.id, columns=columns, texts=texts).order_by("id"):
        Approval.objects.filter(merchant_id=merchant.id, id=row.id).update(
            asked_reason="" if is_named_in(row.asked_reason, texts) else row.asked_reason,
            decided_reason="" if is_named_in(row.decided_reason, texts) else row.decided_reason,
            figures={**row.figures, "note": ""} if _has_note_naming(row.figures, texts) else row.figures,
        )


def _has_note_naming(figures: Mapping[str, Any], texts: Sequence[str]) -> bool:
    return "note" in figures and is_named_in(str(figures), texts)


def _forget_audit_words(
    merchant: MerchantFacts, member_ids: Collection[UUID], approvals: Collection[UUID], texts: Sequence[str]
) -> None:
    """Empty the words about the member, and those of other entries that name them; what was done stays, and by whom."""
    about = AuditEntry.objects.filter(
        Q(subject_kind="member", subject_id__in=member_ids) | Q(subject_kind="approval", subject_id__in=approvals),
        merchant_id=merchant.id,
    )
    subjects = {*member_ids, *approvals}
    named = rows_naming(AuditEntry, merchant_id=merchant.id, columns=("reason", "before", "after"), texts=texts)
    for row in [*about, *named]:
        is_about = row.subject_id in subjects
        values = {
            "reason": "" if is_about or is_named_in(row.reason, texts) else row.reason,
            "before": _without_words(row.before, texts, is_about=is_about),
            "after": _without_words(row.after, texts, is_about=is_about),
        }
        if values != {"reason": row.reason, "before": row.before, "after": row.after}:
            AuditEntry.objects.filter(merchant_id=merchant.id, id=row.id).update(**values)


def _without_words(side: Mapping[str, Any] | None, texts: Sequence[str], *, is_about: bool) -> Mapping[str, Any] | None:
    if side is None:
        return None
    return {
        key: value
        for key, value in side.items()
        if not (is_about and key in WORDS_OF_PEOPLE) and not is_named_in(json.dumps(value, ensure_ascii=False), texts)
    }


def _forget_answers(merchant: MerchantFacts, member_ids: Collection[UUID], texts: Sequence[str], name: str) -> None:
    """Take the person's words out of the answers that tills would get once more; all else of an answer stays."""
    ids = [str(member_id) for member_id in member_ids]
    rows = ClaimedKey.objects.filter(merchant_id=merchant.id, body__isnull=False).exclude(body="")
    for key_id, body in rows.values_list("id", "body").iterator(chunk_size=ROWS_AT_ONCE):
        answer = open_answer(body or "")
        if is_named_in(answer, [*texts, *ids]):
            kept = json.dumps(_without_texts(json.loads(answer), texts, name), ensure_ascii=False)
            ClaimedKey.objects.filter(merchant_id=merchant.id, id=key_id).update(body=seal_answer(kept))


def _without_texts(value: Any, texts: Sequence[str], name: str) -> Any:
    """Return the value with every text emptied that names the person or is their name, at any depth."""
    if isinstance(value, dict):
        return {key: _without_texts(each, texts, name) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_texts(each, texts, name) for each in value]
    if not isinstance(value, str):
        return value
    return "" if is_named_in(value, texts) or value.casefold() == name.casefold() else value


def _forget_files(
    merchant: MerchantFacts,
    member_ids: Collection[UUID],
    texts: Sequence[str],
    files: Collection[str],
    *,
    at: datetime,
) -> None:
    """Stop files of members that are being made, drop those that were, and jobs that were asked for by their name."""
    for kind in files:
        for job_id in open_jobs(merchant=merchant, kind=kind):
            cancel_job(merchant=merchant, job_id=job_id, at=at, actor=SYSTEM)
    made = Job.objects.filter(merchant_id=merchant.id, kind__in=list(files))
    JobPart.objects.filter(merchant_id=merchant.id, job_id__in=made.values("id")).delete()
    wanted = [*texts, *(str(member_id) for member_id in member_ids)]
    rows_naming(Job, merchant_id=merchant.id, columns=("parameters",), texts=wanted).filter(
        kind__in=list(files), finished_at__isnull=False
    ).delete()
