"""Promotions in words, in the language of whoever reads them: whole translated sentences with slots for figures."""

from rewards.wording.decisions import benefit_text, coupon_message, decision_message, hint_message, quote_body
from rewards.wording.findings import finding_message
from rewards.wording.moments import CERTAINTY_WORDS, MOMENT_WORDS, moment_name, rhythm_text
from rewards.wording.problems import problem_message
from rewards.wording.speaker import Speaker

__all__ = [
    "CERTAINTY_WORDS",
    "MOMENT_WORDS",
    "Speaker",
    "benefit_text",
    "coupon_message",
    "decision_message",
    "finding_message",
    "hint_message",
    "moment_name",
    "problem_message",
    "quote_body",
    "rhythm_text",
]
