"""Moments: a merchant's own ones, and the days they set otherwise than the standard calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

from django.utils.text import slugify

from common.copies import rows_of, write_copies
from common.errors import BadInput, FieldError, Missing
from common.ids import new_id
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from rewards.moments.facts import Repeat, Rhythm
from rewards.moments.models import LONGEST_DAYS, Moment, MomentDates
from rewards.moments.queries import own_calendar
from rewards.moments.rules import is_standard, occurrences, rhythm_of

MOST_OWN: Final = 100


def add_moment(*, merchant: MerchantFacts, name: str, rhythm: Rhythm, at: datetime, actor: Actor) -> str:
    """Add a moment of the merchant's own; return the code that promotions name. Raises BadInput."""
    own = own_calendar(merchant=merchant)
    if len(own.moments) >= MOST_OWN:
        raise BadInput([FieldError("name", "too_many", f"At most {MOST_OWN} moments.")])
    _check_rhythm(rhythm)
    code = _free_code(name, {moment.code for moment in own.moments})
    row = Moment(
        merchant_id=merchant.id, id=new_id(), code=code, name=name.strip(), created_at=at, **_rhythm_columns(rhythm)
    )
    row.save(force_insert=True)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="moment.added",
        at=at,
        subject=("moment", row.id),
        after={"code": code, "name": row.name, **_rhythm_columns(rhythm)},
    )
    return code


def change_moment(*, merchant: MerchantFacts, code: str, name: str, rhythm: Rhythm, at: datetime, actor: Actor) -> None:
    """Change name or rhythm; a standard moment keeps its name, and feasts whose days move keep theirs.

    Raises Missing and BadInput.
    """
    _check_rhythm(rhythm)
    row = Moment.objects.select_for_update().filter(merchant_id=merchant.id, code=code).first()
    if row is None:
        if not is_standard(code) or rhythm_of(code) is None:
            raise Missing("moment_not_found")
        row = Moment(merchant_id=merchant.id, id=new_id(), code=code, name="", created_at=at)
    before = {"name": row.name, **{name: getattr(row, name) for name in _rhythm_columns(rhythm)}}
    row.name = "" if is_standard(code) else name.strip()
    for column, value in _rhythm_columns(rhythm).items():
        setattr(row, column, value)
    row.save()
    record_audit(
        merchant=merchant,
        actor=actor,
        action="moment.changed",
        at=at,
        subject=("moment", row.id),
        before=before,
        after={"name": row.name, **_rhythm_columns(rhythm)},
    )


def set_moment_dates(
    *,
    merchant: MerchantFacts,
    code: str,
    year: int,
    number: int,
    first_on: date,
    last_on: date,
    at: datetime,
    actor: Actor,
) -> None:
    """Set the merchant's days for one coming of a moment. Raises Missing and BadInput.

    A moment that has only written days may get one more in the year; any other keeps as many as it has.
    """
    own = own_calendar(merchant=merchant)
    known = _known_occurrences(code, year, own)
    if number not in known and not (_is_dated(code, own) and number == max(known, default=0) + 1):
        raise Missing("moment_not_found")
    _check_days(first_on, last_on, year)
    row, _ = MomentDates.objects.update_or_create(
        merchant_id=merchant.id,
        moment=code,
        year=year,
        number=number,
        defaults={"first_on": first_on, "last_on": last_on, "set_at": at, "set_by": actor.label},
        create_defaults={"id": new_id(), "first_on": first_on, "last_on": last_on, "set_at": at, "set_by": actor.label},
    )
    record_audit(
        merchant=merchant,
        actor=actor,
        action="moment.dated",
        at=at,
        subject=("moment_dates", row.id),
        before=_days_json(known.get(number)),
        after={"moment": code, "first_on": first_on, "last_on": last_on},
    )


def reset_moment_dates(
    *, merchant: MerchantFacts, code: str, year: int, number: int, at: datetime, actor: Actor
) -> None:
    """Set the standard days again; a moment without any does not come then. Raises Missing."""
    row = (
        MomentDates.objects.select_for_update()
        .filter(merchant_id=merchant.id, moment=code, year=year, number=number)
        .first()
    )
    if row is None:
        raise Missing("moment_dates_not_found")
    MomentDates.objects.filter(merchant_id=merchant.id, id=row.id).delete()
    record_audit(
        merchant=merchant,
        actor=actor,
        action="moment.reset",
        at=at,
        subject=("moment_dates", row.id),
        before=_days_json((row.first_on, row.last_on)),
    )


def _known_occurrences(code: str, year: int, own: Any) -> dict[int, tuple[date, date]]:
    found = {o.number: (o.first_on, o.last_on) for o in occurrences(code, [year], own)}
    if not found and not is_standard(code) and code not in {moment.code for moment in own.moments}:
        raise Missing("moment_not_found")
    return found


def _is_dated(code: str, own: Any) -> bool:
    rhythm = rhythm_of(code, own)
    return rhythm is not None and rhythm.repeats is Repeat.DATED


def _days_json(days: tuple[date, date] | None) -> dict[str, Any] | None:
    return {"first_on": days[0], "last_on": days[1]} if days else None


def _check_days(first_on: date, last_on: date, year: int) -> None:
    if last_on < first_on:
        raise BadInput([FieldError("last_on", "ends_before_start", "The last day is before the first day.")])
    if (last_on - first_on).days >= LONGEST_DAYS:
        raise BadInput([FieldError("last_on", "too_long", f"A moment lasts at most {LONGEST_DAYS} days.")])
    if abs(first_on.year - year) > 1:
        raise BadInput([FieldError("first_on", "another_year", f"Give a day in or near {year}.")])


def _check_rhythm(rhythm: Rhythm) -> None:
    needed = {
        Repeat.YEARLY: {"month": 12, "first_day": 31, "days": LONGEST_DAYS},
        Repeat.MONTHLY: {"first_day": 31, "last_day": 31},
        Repeat.DATED: {},
    }[rhythm.repeats]
    errors = [
        FieldError(name, "not_in_range", f"Give a number from 1 to {most}.")
        for name, most in needed.items()
        if not 1 <= (getattr(rhythm, name) or 0) <= most
    ]
    if errors:
        raise BadInput(errors)


def _rhythm_columns(rhythm: Rhythm) -> dict[str, Any]:
    return {**asdict(rhythm), "repeats": rhythm.repeats.value}


def _free_code(name: str, taken: set[str]) -> str:
    base = (slugify(name).replace("-", "_") or "moment")[:32]
    tried = [base, *(f"{base}_{n}" for n in range(2, MOST_OWN + 3))]
    return next(code for code in tried if code not in taken and not is_standard(code))


def moment_rows(*, merchant: MerchantFacts) -> list[Any]:
    """Return the shop's own moments and the days that it set, for its sandbox."""
    return [*rows_of(Moment, merchant.id), *rows_of(MomentDates, merchant.id)]


def copy_moments(*, merchant: MerchantFacts, rows: Sequence[Any]) -> None:
    """Write a shop's moments as the sandbox's."""
    write_copies(merchant.id, rows, {})
