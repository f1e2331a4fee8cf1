"""Sentences about people: the words of a person's file, and letters about a breach; import from here."""

from people.wording.breaches import CAUSE_WORDS, DATA_WORDS, MEASURE_WORDS, letter_text
from people.wording.person_file import COLUMN_WORDS, SECTION_WORDS, value_in_words

__all__ = [
    "CAUSE_WORDS",
    "COLUMN_WORDS",
    "DATA_WORDS",
    "MEASURE_WORDS",
    "SECTION_WORDS",
    "letter_text",
    "value_in_words",
]
