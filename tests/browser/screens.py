"""The screens on which a page is looked at: one wide and light, one narrow and dark; the other two in the gate."""

from __future__ import annotations

import pytest

SCREENS = [
    pytest.param(1366, "light", id="1366-light"),
    pytest.param(360, "dark", id="360-dark"),
    pytest.param(1366, "dark", id="1366-dark", marks=pytest.mark.gate),
    pytest.param(360, "light", id="360-light", marks=pytest.mark.gate),
]
