"""Jobs about one person."""

from __future__ import annotations

from merchants.tasks import JobRun
from people.facts import PersonFileJob
from people.operations import pack_person


def write_person_file(run: JobRun) -> None:
    """Write the file of all that is known of one person, in the language of who asked."""
    asked = PersonFileJob.from_json(run.job.parameters)
    run.write_whole(
        name=f"member-data-{run.job.asked_at:%Y-%m-%d}.zip",
        make=lambda at: pack_person(merchant=run.merchant, member_id=asked.member_id, at=at),
    )
