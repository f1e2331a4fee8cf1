"""What is said of a problem: to the integrator, and to the person at the till."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CASHIER_MESSAGE_LENGTH: Final = 60


@dataclass(frozen=True, slots=True)
class Words:
    status: int
    title: str
    detail: str
    cashier_message: str
    retryable: bool = False
