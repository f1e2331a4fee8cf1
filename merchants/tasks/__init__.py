"""Celery doors of merchants: work that waits, and jobs. One file per noun; import from `merchants.tasks`."""

from merchants.tasks.due_work import (
    BatchRunner,
    Runner,
    do_work,
    hand_out_work,
    register_batch_work,
    register_work,
    run_free_work,
    wake_worker,
)
from merchants.tasks.job_runs import (
    JobRefused,
    JobRun,
    Progress,
    ask_for_worker,
    jobs,
    queue_jobs,
    register_job_kinds,
    run_jobs,
)

__all__ = [
    "BatchRunner",
    "JobRefused",
    "JobRun",
    "Progress",
    "Runner",
    "ask_for_worker",
    "do_work",
    "hand_out_work",
    "jobs",
    "queue_jobs",
    "register_batch_work",
    "register_job_kinds",
    "register_work",
    "run_free_work",
    "run_jobs",
    "wake_worker",
]
