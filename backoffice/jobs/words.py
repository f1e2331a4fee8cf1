"""Kinds, states and errors of jobs in words, and what a kind lets staff do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.jobs.parameters import MEMBERS_TAG, PRODUCTS_IMPORT, MembersTagJob, ProductsImportJob
from insights.facts import SIMULATION, SimulationJob
from merchants.facts import SEND_AGAIN, JobError, JobFacts, JobState, Permission
from people.facts import PERSON_FILE
from rewards.coupons.facts import CODES_JOB, CodesJob

KIND_WORDS: Final[Mapping[str, Promise]] = {
    "audit_export": _("Export of the audit trail"),
    CODES_JOB: _("Making of coupon codes"),
    "coupon_file": _("File of coupon codes"),
    "ledger_export": _("Export of the points ledger"),
    "members_export": _("Export of members"),
    MEMBERS_TAG: _("Tag for many members"),
    PERSON_FILE: _("File of one member's data"),
    "products_export": _("Export of products"),
    PRODUCTS_IMPORT: _("Import of products"),
    SEND_AGAIN: _("Request sent again in test mode"),
    SIMULATION: _("Simulation"),
    "test_mode": _("Test mode set up"),
}
CANCEL_RIGHTS: Final[Mapping[str, Permission]] = {
    CODES_JOB: Permission.EDIT_OFFERS,
    SIMULATION: Permission.EDIT_PROGRAM,
}
"""Who may cancel a kind of job, where seeing it is not enough."""
KEPT_WORDS: Final[Mapping[str, tuple[Promise, Promise]]] = {
    CODES_JOB: (
        _("Codes made so far stay and can be used; no more are made. You can have the others made later."),
        _("Codes made until then exist and can be used. The page of the coupons says how many."),
    ),
}
"""Kinds of which a stopped job leaves what it did: what the page says before it is stopped, and afterwards."""
# State: (word, tone, icon) of its badge.
STATE_BADGES: Final[Mapping[JobState, tuple[Promise, str, str]]] = {
    JobState.WAITING: (_("Waiting"), "info", "clock"),
    JobState.RUNNING: (_("Running"), "info", "player-play"),
    JobState.DONE: (_("Done"), "good", "check"),
    JobState.FAILED: (_("Failed"), "bad", "alert-circle"),
    JobState.CANCELLED: (_("Cancelled"), "outline", "x"),
}
ERROR_WORDS: Final[Mapping[str, Promise]] = {
    JobError.UNEXPECTED: _(
        "An error in the program stopped it. Try it again; if it fails again, tell the operator the time."
    ),
    JobError.UNKNOWN_KIND: _("This version of the program cannot do this kind of work."),
    JobError.WORKER_LOST: _(
        "The worker ended several times while it ran, such as for want of memory. Ask for less at once."
    ),
    JobError.LIST_GREW: _(
        "The list had many more members by then than were asked for, and so many contacts need a second person. "
        "Ask for the file again."
    ),
}


def kind_word(job: JobFacts) -> str:
    return str(KIND_WORDS.get(job.kind, job.kind))


def error_word(job: JobFacts) -> str:
    """Return why the job failed; "" unless it did."""
    return str(ERROR_WORDS.get(job.error, job.error))


@dataclass(frozen=True)
class JobBadge:
    """The state of a job in a word, with tone and icon; a running job that was cancelled is "stopping"."""

    word: str
    tone: str
    icon: str

    @classmethod
    def of(cls, job: JobFacts) -> JobBadge:
        if job.is_open and job.cancel_asked_at is not None:
            return cls(gettext("Stopping"), "attention", "clock")
        word, tone, icon = STATE_BADGES[job.state]
        return cls(str(word), tone, icon)


def too_many_jobs() -> str:
    """Return the sentence that says why no further job is accepted."""
    return gettext("Too many jobs are waiting. Wait until some are done, or cancel them.")


def result_url(job: JobFacts) -> str:
    """Return the page that shows the result, for kinds whose result is not a file; "" for the others.

    A job that left no result has no page, unless its kind keeps what was done.
    """
    if job.kind == CODES_JOB:
        return reverse("backoffice:coupon_batch", args=[CodesJob.from_json(job.parameters).batch_id])
    if job.state is not JobState.DONE:
        return ""
    if job.kind == PRODUCTS_IMPORT:
        return reverse("backoffice:product_import", args=[ProductsImportJob.from_json(job.parameters).import_id])
    if job.kind == MEMBERS_TAG:
        is_taken = MembersTagJob.from_json(job.parameters).is_taken
        return reverse("backoffice:members") if is_taken else reverse("backoffice:tagging", args=[job.id])
    if job.kind == SIMULATION:
        return reverse("backoffice:simulation", args=[SimulationJob.from_json(job.parameters).scenario_id])
    return ""
