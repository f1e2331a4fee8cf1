"""Promotions in words, in the reader's language: whole translated sentences with slots for figures."""

from rewards.promotions.wording.conditions import hours_text, weekday_names
from rewards.promotions.wording.decisions import (
    benefit_text,
    coupon_message,
    decision_message,
    hint_message,
    names_tiers,
    quote_body,
)
from rewards.promotions.wording.findings import finding_message
from rewards.promotions.wording.goods import goods_text
from rewards.promotions.wording.kinds import KIND_WORDS, UNIT_WORDS
from rewards.promotions.wording.names import Names, listed
from rewards.promotions.wording.problems import field_word, named_problem, problem_message
from rewards.promotions.wording.sentences import conditions_in_words, offer_in_words, sentences
from rewards.promotions.wording.speaker import Speaker

__all__ = [
    "KIND_WORDS",
    "UNIT_WORDS",
    "Names",
    "Speaker",
    "benefit_text",
    "conditions_in_words",
    "coupon_message",
    "decision_message",
    "field_word",
    "finding_message",
    "goods_text",
    "hint_message",
    "hours_text",
    "listed",
    "named_problem",
    "names_tiers",
    "offer_in_words",
    "problem_message",
    "quote_body",
    "sentences",
    "weekday_names",
]
