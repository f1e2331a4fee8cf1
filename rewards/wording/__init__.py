"""Promotions in words, in the language of whoever reads them: whole translated sentences with slots for figures."""

from rewards.wording.conditions import hours_text, weekday_names
from rewards.wording.decisions import (
    benefit_text,
    coupon_message,
    decision_message,
    hint_message,
    names_tiers,
    quote_body,
)
from rewards.wording.findings import finding_message
from rewards.wording.gift_cards import gift_card_message
from rewards.wording.goods import goods_text
from rewards.wording.kinds import KIND_WORDS
from rewards.wording.moments import CERTAINTY_WORDS, MOMENT_WORDS, moment_name, rhythm_text
from rewards.wording.names import Names, listed
from rewards.wording.problems import field_word, named_problem, problem_message
from rewards.wording.sentences import conditions_in_words, sentences
from rewards.wording.speaker import Speaker

__all__ = [
    "CERTAINTY_WORDS",
    "KIND_WORDS",
    "MOMENT_WORDS",
    "Names",
    "Speaker",
    "benefit_text",
    "conditions_in_words",
    "coupon_message",
    "decision_message",
    "field_word",
    "finding_message",
    "gift_card_message",
    "goods_text",
    "hint_message",
    "hours_text",
    "listed",
    "moment_name",
    "named_problem",
    "names_tiers",
    "problem_message",
    "quote_body",
    "rhythm_text",
    "sentences",
    "weekday_names",
]
