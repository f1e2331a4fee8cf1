"""The page that the `type` of every problem points at: each code with its meaning, and the message for the cashier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from pos_integration.problem_shape import Words
from pos_integration.problem_words import MISSING_PROBLEMS, REFUSALS, REQUEST_PROBLEMS

LANGUAGES: Final = ("id", "en")
SECTIONS: Final[tuple[tuple[Promise, Promise, Mapping[str, Words]], ...]] = (
    (
        _("The request"),
        _("Something about the request itself, or about the moment. Nothing happened and nothing is kept."),
        REQUEST_PROBLEMS,
    ),
    (_("Not found"), _("This merchant does not have it; another merchant's id looks the same."), MISSING_PROBLEMS),
    (
        _("Refusals"),
        _("A rule of the program says no. The answer is kept with its Idempotency-Key; a new try needs a new key."),
        REFUSALS,
    ),
)


@dataclass(frozen=True)
class ProblemEntry:
    """One code; `texts` are (language, title, detail, cashier message), `%(name)s` marks a figure of the case."""

    code: str
    status: int
    retryable: bool
    texts: tuple[tuple[str, str, str, str], ...]


@require_safe
def problem_list(request: HttpRequest) -> HttpResponse:
    """List the problems, public like the rest of the reference: the frame in the reader's language, entries in both."""
    sections = [(title, lead, _list_problems(problems)) for title, lead, problems in SECTIONS]
    return render(request, "api/problems.html", {"sections": sections})


def _list_problems(problems: Mapping[str, Words]) -> list[ProblemEntry]:
    return [
        ProblemEntry(code, words.status, words.retryable, tuple(_texts_in(words, language) for language in LANGUAGES))
        for code, words in sorted(problems.items(), key=lambda item: (item[1].status, item[0]))
    ]


def _texts_in(words: Words, language: str) -> tuple[str, str, str, str]:
    with override(language):
        return language, gettext(words.title), gettext(words.detail), gettext(words.cashier_message)
