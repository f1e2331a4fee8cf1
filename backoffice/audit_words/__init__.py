"""The audit trail in words: what was done, to what, and what it changed. One file per noun; import from here."""

from backoffice.audit_words.actions import ACTION_WORDS, SUBJECT_WORDS, action_word, reason_word, subject_word
from backoffice.audit_words.changes import changes_in_words, ids_in
from backoffice.audit_words.fields import FIELD_WORDS, HIDDEN, field_word
from backoffice.audit_words.values import (
    EXPIRY_ROUNDING_WORDS,
    EXPIRY_WORDS,
    LANGUAGE_WORDS,
    MONEY_ROUNDING_WORDS,
    REFUND_POLICY_WORDS,
    REMAINDER_WORDS,
    ROUND_AT_WORDS,
    STATE_WORDS,
    value_word,
)

__all__ = [
    "ACTION_WORDS",
    "EXPIRY_ROUNDING_WORDS",
    "EXPIRY_WORDS",
    "FIELD_WORDS",
    "HIDDEN",
    "LANGUAGE_WORDS",
    "MONEY_ROUNDING_WORDS",
    "REFUND_POLICY_WORDS",
    "REMAINDER_WORDS",
    "ROUND_AT_WORDS",
    "STATE_WORDS",
    "SUBJECT_WORDS",
    "action_word",
    "changes_in_words",
    "field_word",
    "ids_in",
    "reason_word",
    "subject_word",
    "value_word",
]
