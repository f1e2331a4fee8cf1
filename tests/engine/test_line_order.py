"""Which line is the earlier one."""

import pytest

from rewards.engine.basket import line_order
from rewards.engine.facts import Line


@pytest.mark.parametrize(
    "ids",
    [
        ["1", "2", "10"],
        ["01", "1", "02", "2"],
        ["L1", "L2", "L10", "M1"],
        ["", "1", "a", "b"],
        ["9" * 4999, "1" + "0" * 4999],
        ["1", "\u00b2"],
        ["a-1-2", "a-1-10", "a-2-1"],
        ["a", "a0", "a1"],
    ],
)
def test_ids_in_reading_order(ids: list[str]) -> None:
    lines = [Line(line_id, "s", "S", 1, 1) for line_id in reversed(ids)]
    assert [line.line_id for line in sorted(lines, key=line_order)] == ids
