"""Long work that people ask for, and the files it makes."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from common.models import MerchantOwned, MerchantReference
from merchants.facts import JobState


class Job(MerchantOwned):
    """Long work that a person asked for, done by a worker in batches; see `JobFacts` for the fields.

    The worker with the latest `fence` owns it until `leased_until`; each batch renews the lease. One job of a kind
    runs at a time; a guard in the database allows only the steps waiting > running > done, failed or cancelled, and
    back from running to waiting. What was asked never changes, and nothing does once the job is over.
    """

    kind = models.CharField(max_length=40)
    parameters = models.JSONField(encoder=DjangoJSONEncoder)
    needs = ArrayField(models.CharField(max_length=30))
    language = models.CharField(max_length=2)
    asked_by_id = models.UUIDField(null=True)
    asked_by = models.CharField(max_length=254)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=9, default=JobState.WAITING.value)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    cursor = models.JSONField(null=True)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=40, blank=True, default="")
    file_name = models.CharField(max_length=120, blank=True, default="")
    file_bytes = models.PositiveBigIntegerField(default=0)
    link_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "kind"], condition=models.Q(state="running"), name="job_kind_one_at_a_time"
            ),
            models.CheckConstraint(condition=models.Q(state__in=[one.value for one in JobState]), name="job_state"),
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "running"], finished_at__isnull=True)
                | models.Q(state__in=["done", "failed", "cancelled"], finished_at__isnull=False),
                name="job_over_since",
            ),
            models.CheckConstraint(
                condition=models.Q(state="running", leased_until__isnull=False)
                | (~models.Q(state="running") & models.Q(leased_until__isnull=True)),
                name="job_lease_while_running",
            ),
            models.CheckConstraint(
                condition=(models.Q(state="failed") & ~models.Q(error=""))
                | (~models.Q(state="failed") & models.Q(error="")),
                name="job_failed_for_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(file_name="", file_bytes=0, link_until__isnull=True)
                | (models.Q(state="done", link_until__isnull=False) & ~models.Q(file_name="")),
                name="job_file_with_link",
            ),
            models.CheckConstraint(condition=models.Q(done__lte=models.F("total")), name="job_done_of_total"),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "id"], condition=models.Q(state__in=["waiting", "running"]), name="job_open"
            )
        ]


class JobPart(MerchantOwned):
    """A piece of a job's file, written in the transaction that moves the job's cursor; `number` counts from 1.

    Its content is encrypted: files hold codes that are money, and people's contacts.
    """

    job_id = models.UUIDField()
    job = MerchantReference("merchants.Job", "job_id", indexed=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "job_id", "number"], name="job_part_once")]
