"""What is asked of every app about one person."""

from people.queries.person import person_sections

__all__ = ["person_sections"]
