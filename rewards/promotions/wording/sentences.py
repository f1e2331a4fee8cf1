"""A promotion read back: what it gives in one sentence, then each condition and limit in one of its own."""

from dataclasses import replace

from django.utils import translation
from django.utils.translation import gettext as _

from rewards.engine.facts import Definition
from rewards.promotions.wording.benefits import GIVES
from rewards.promotions.wording.conditions import day_sentences, people_sentences, threshold_sentences
from rewards.promotions.wording.limits import company_sentences, funding_sentences, limit_sentences, return_sentences
from rewards.promotions.wording.names import Names
from rewards.promotions.wording.points import finer_terms
from rewards.promotions.wording.sets import sets_text
from rewards.promotions.wording.speaker import Speaker


def sentences(definition: Definition, *, currency: str, language: str, names: Names) -> list[str]:
    """What the promotion gives, for whom, when, how often; in the order in which people ask."""
    with translation.override(language):
        say = Speaker(language, currency, names.point_value, names.products)
        return [
            GIVES[definition.kind](definition.terms, say),
            *finer_terms(definition, say),
            *sets_text(definition.terms, say),
            *people_sentences(definition.when, names),
            *threshold_sentences(definition.when, say),
            *day_sentences(definition.when, say, names),
            *limit_sentences(definition, say),
            *company_sentences(definition),
            *funding_sentences(definition, names),
            *return_sentences(definition),
        ]


def offer_in_words(definition: Definition, *, currency: str, language: str, names: Names) -> list[str]:
    """Say to a customer what it gives, for whom, when, how often. Nothing of budgets, stacking and who pays."""
    own = replace(definition.usage, limit=None, per_day_limit=None)
    with translation.override(language):
        say = Speaker(language, currency, names.point_value, names.products)
        return [
            GIVES[definition.kind](definition.terms, say),
            *finer_terms(definition, say),
            *sets_text(definition.terms, say),
            *people_sentences(definition.when, names),
            *threshold_sentences(definition.when, say),
            *day_sentences(definition.when, say, names),
            *limit_sentences(replace(definition, usage=own, budget=None), say),
        ]


def conditions_in_words(definition: Definition, *, currency: str, language: str, names: Names) -> list[str]:
    """What the promotion asks for, without what it gives: goods, people, thresholds, days; one sentence each."""
    with translation.override(language):
        say = Speaker(language, currency, products=names.products)
        goods, when = getattr(definition.terms, "filter", None), replace(definition.when, code=None)
        return [
            *([_("Only on %(goods)s.") % {"goods": say.goods(goods)}] if goods is not None else []),
            *sets_text(definition.terms, say),
            *people_sentences(when, names),
            *threshold_sentences(when, say),
            *day_sentences(when, say, names),
        ]
