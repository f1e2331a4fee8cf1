"""Sweeps that overlap never make a healthy database look like a restored one; a real restore always does."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest
from pytest_django import Settings

from messaging.models import Instance
from messaging.operations import Origin, count_sweep, mark_locked, origin_of_database, restore_guard
from tests.races.together import outcomes

pytestmark = pytest.mark.usefixtures("real_commits")
AT_ONCE = 3


@pytest.fixture(autouse=True)
def own_mark(settings: Settings, tmp_path: Path) -> Path:
    """A mark of its own, and a database that never swept."""
    settings.INSTANCE_DIR = tmp_path / "not" / "yet" / "there"
    Instance.objects.all().delete()
    return tmp_path


def sweep(_: int) -> None:
    with mark_locked():
        origin = origin_of_database()
        assert origin is Origin.OURS, origin
        count_sweep()


def ask(_: int) -> None:
    """Ask what a sender asks, without the lock, while sweeps go on."""
    origin = origin_of_database()
    assert origin is Origin.OURS, origin


@pytest.mark.parametrize("sweeps", [60, pytest.param(1_000, marks=[pytest.mark.proof, pytest.mark.short_proof])])
def test_three_overlapping_sweeps_never_alarm(sweeps: int) -> None:
    assert outcomes(sweep, AT_ONCE * sweeps, workers=AT_ONCE) == {"ok": AT_ONCE * sweeps}
    assert Instance.objects.get().sweeps == AT_ONCE * sweeps
    assert origin_of_database() is Origin.OURS


def test_a_sender_is_not_stopped_by_sweeps_beside_it() -> None:
    sweep(0)

    def work(number: int) -> None:
        (sweep if number % 3 else ask)(number)

    assert outcomes(work, 240, workers=4) == {"ok": 240}


def test_a_sweep_between_the_two_reads_is_no_restore(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: read the other way round, the same sweep looks like a restore."""
    sweep(0)
    read_mark, read_row = restore_guard._read_mark, restore_guard._read_row

    def read_row_after_another_sweep() -> Instance | None:
        monkeypatch.setattr(restore_guard, "_read_row", read_row)
        count_sweep()
        return read_row()

    monkeypatch.setattr(restore_guard, "_read_row", read_row_after_another_sweep)
    assert origin_of_database() is Origin.OURS

    row_first = read_row()
    count_sweep()
    mark_second = read_mark()
    assert row_first is not None
    assert mark_second is not None
    assert row_first.sweeps < mark_second.sweeps, "what was taken for a restore before"


def test_without_the_lock_the_first_sweep_looks_unmarked_to_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control of the lock: a second sweep comes while the first has its row but not yet its mark."""
    seen: list[Origin] = []
    write = restore_guard.write_mark

    def another_sweep_first(mark: restore_guard.Mark) -> None:
        seen.append(origin_of_database())
        write(mark)

    monkeypatch.setattr(restore_guard, "write_mark", another_sweep_first)
    with nullcontext():
        count_sweep()
    assert seen == [Origin.UNMARKED]


@pytest.mark.parametrize("behind", [1, 2, 500])
def test_an_older_database_is_recognized_however_small_its_lag(behind: int) -> None:
    for number in range(3):
        sweep(number)
    Instance.objects.update(sweeps=3_000)
    with mark_locked():
        count_sweep()
    Instance.objects.update(sweeps=3_001 - behind)
    assert origin_of_database() is Origin.OLDER
