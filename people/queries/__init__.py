"""What is asked of every app about one person, and breaches of personal data."""

from people.queries.breaches import (
    UNREACHED,
    BreachNotFound,
    breach,
    breaches,
    breaches_of_member,
    count_breaches,
    count_touched,
    sizes_of_breaches,
    touched_members,
)
from people.queries.person import person_sections

__all__ = [
    "UNREACHED",
    "BreachNotFound",
    "breach",
    "breaches",
    "breaches_of_member",
    "count_breaches",
    "count_touched",
    "person_sections",
    "sizes_of_breaches",
    "touched_members",
]
