"""Frozen values of approvals."""

from __future__ import annotations

from enum import StrEnum


class ApprovalState(StrEnum):
    """What waits may be approved or refused by another person, or withdrawn by its asker; all three are final."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
