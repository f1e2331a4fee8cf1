"""What columns say of themselves."""

from __future__ import annotations

from typing import Final

PERSONAL: Final = "personal"
"""Column comment of personal data: erasure empties these, and no other table may hold their content."""
