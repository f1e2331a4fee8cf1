"""The merchant's ladder of tiers, changed by a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.text import slugify

from common.errors import BadInput, Refusal
from common.text import clean_line
from members.facts import LadderDraft, TierDraft
from members.models import Tier, TierProgram
from members.queries import ladder_mark, tiers_ever_held
from members.rules import ladder_problems
from members.wording import field_error
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit


class LadderMoved(Refusal):
    """The ladder was changed after the person saw it; nothing was written."""

    code = "ladder_moved"


class TierHeld(Refusal):
    """Members have held a level that is to go, so it stays in their history; `names` says which."""

    code = "tier_held"


def change_ladder(*, merchant: MerchantFacts, draft: LadderDraft, seen: str, at: datetime, actor: Actor) -> None:
    """Replace the ladder and how it is held; the next sale or night moves members by it.

    A level keeps its code, whatever it is called. A level that the draft leaves out goes, unless a member ever held it.
    `seen` (queries.ladder_mark) is what the person saw. Raises LadderMoved, TierHeld, BadInput.
    """
    draft = _clean_draft(draft)
    problems = ladder_problems(draft)
    if problems:
        raise BadInput([field_error(pointer, code) for pointer, code in problems])
    program = TierProgram.objects.select_for_update().filter(merchant_id=merchant.id).first()
    program = program or TierProgram(merchant_id=merchant.id)
    if seen != ladder_mark(merchant=merchant):
        raise LadderMoved
    rows = list(Tier.objects.select_for_update().filter(merchant_id=merchant.id).order_by("rank"))
    before = _describe_ladder(program, rows)
    _drop_levels(merchant, rows, kept={level.id for level in draft.levels})
    program.window_days = draft.program.window_days
    program.down_policy = draft.program.down_policy.value
    program.keep_days = draft.program.keep_days
    program.save()
    written = _write_levels(merchant, {row.id: row for row in rows}, draft)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="tiers.changed",
        at=at,
        subject=("merchant", merchant.id),
        before=before,
        after=_describe_ladder(program, written),
    )


def _clean_draft(draft: LadderDraft) -> LadderDraft:
    levels = [
        TierDraft(
            level.id,
            clean_line(level.name)[:40],
            level.threshold,
            tuple(perk for perk in map(clean_line, level.perks) if perk),
        )
        for level in draft.levels
    ]
    return LadderDraft(draft.measure, tuple(levels), draft.program)


def _drop_levels(merchant: MerchantFacts, rows: Sequence[Tier], *, kept: set[UUID]) -> None:
    """Delete the levels that are not kept; raises TierHeld for one that a member holds or ever held."""
    gone = {row.id: row.name for row in rows if row.id not in kept}
    if not gone:
        return
    held = tiers_ever_held(merchant=merchant) & gone.keys()
    if held:
        raise TierHeld(names=[gone[tier_id] for tier_id in sorted(held)])
    Tier.objects.filter(merchant_id=merchant.id, id__in=list(gone)).delete()


def _write_levels(merchant: MerchantFacts, known: Mapping[UUID, Tier], draft: LadderDraft) -> list[Tier]:
    """Write the levels in the order of the draft; return their rows."""
    codes = {row.code for row in known.values()}
    written = []
    for rank, level in enumerate(draft.levels, start=1):
        row = known.get(level.id)
        if row is None:
            row = Tier(merchant_id=merchant.id, code=_free_code(level.name, codes))
            codes.add(row.code)
        row.name, row.rank, row.threshold = level.name, rank, level.threshold
        row.measure, row.perks = draft.measure.value, list(level.perks)
        row.save(force_insert=level.id not in known, force_update=level.id in known)
        written.append(row)
    return written


def _free_code(name: str, codes: set[str]) -> str:
    base = slugify(name)[:26] or "level"
    numbered = (f"{base}-{number}" for number in range(2, len(codes) + 3))
    return next(code for code in (base, *numbered) if code not in codes)


def _describe_ladder(program: TierProgram, rows: Sequence[Tier]) -> dict[str, Any]:
    return {
        "measure": rows[0].measure if rows else None,
        "window_days": program.window_days,
        "down_policy": program.down_policy,
        "keep_days": program.keep_days,
        "levels": [{"name": row.name, "threshold": row.threshold, "perks": row.perks} for row in rows],
    }
