"""Segments: runs, standings and their counts."""

from __future__ import annotations

from typing import Final

from loyalty.planted.plant import Plant, change

STANDS: Final = "until_run > (SELECT max(p.run_number) FROM segments_segmentpointer p WHERE p.merchant_id = %(m)s)"

# The first of the members whom G6 counts again: it looks at a sample, and leaves out who bought since the run.
COUNTED_AGAIN: Final = (
    "(SELECT p.member_id FROM sales_purchase p WHERE p.merchant_id = %(m)s AND p.member_id IS NOT NULL "
    "GROUP BY p.member_id HAVING max(p.changed_at) <= (SELECT r.published_at - interval '30 seconds' "
    "FROM segments_segmentrun r WHERE r.merchant_id = %(m)s ORDER BY r.number DESC LIMIT 1) "
    "ORDER BY md5(p.member_id::text) LIMIT 1)"
)

SEGMENTS: Final = (
    Plant(
        "segments of a run that is not the latest",
        "segments",
        "I22",
        "segments_segmentpointer",
        change("segments_segmentpointer", "run_number = run_number + 1"),
    ),
    Plant(
        "a run of an earlier day than the one before",
        "segments",
        "I22",
        "segments_segmentrun",
        change(
            "segments_segmentrun",
            "business_date = business_date - 3650",
            "number = (SELECT max(r.number) FROM segments_segmentrun r WHERE r.merchant_id = %(m)s) AND number > 1",
        ),
    ),
    Plant(
        "a standing in a run to come",
        "segments",
        "G1",
        "segments_segmentmembership",
        change("segments_segmentmembership", "from_run = from_run + 1000", STANDS),
    ),
    Plant(
        "a member in a segment of another's",
        "segments",
        "G2",
        "segments_segmentmembership",
        change(
            "segments_segmentmembership", "segment = CASE segment WHEN 'loyal' THEN 'active' ELSE 'loyal' END", STANDS
        ),
    ),
    Plant(
        "scores that nobody's purchases gave",
        "segments",
        "G3",
        "segments_segmentmembership",
        change("segments_segmentmembership", "monetary = monetary %% 5 + 1", STANDS),
    ),
    Plant(
        "a segment with one member more",
        "segments",
        "G4",
        "segments_segmentcount",
        change(
            "segments_segmentcount",
            "member_count = member_count + 1",
            "run_id = (SELECT p.run_id FROM segments_segmentpointer p WHERE p.merchant_id = %(m)s)",
        ),
    ),
    Plant(
        "a member who carries another segment",
        "segments",
        "G5",
        "members_member",
        change(
            "members_member",
            "segment = CASE segment WHEN 'loyal' THEN 'active' ELSE 'loyal' END",
            "segment IS NOT NULL",
        ),
    ),
    Plant(
        "a member who spent more, by the segments",
        "segments",
        "G6",
        "segments_segmentmembership",
        change(
            "segments_segmentmembership",
            "spend_amount = spend_amount + 1",
            f"{STANDS} AND member_id = {COUNTED_AGAIN}",
            "member_id",
        ),
    ),
)
