"""A page of one rule: what counts, a change worked out and published as a version with a start, and all versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, post_data
from backoffice.program.forms.rules import EarnForm, RedeemForm, RuleForm
from backoffice.program.rule_words import earn_words, redeem_words
from common.errors import BadInput
from merchants.facts import MerchantFacts
from merchants.tenancy import refusable
from rewards.engine import validate_definition
from rewards.engine.facts import Definition
from rewards.promotions.operations import VersionMoved, publish_version
from rewards.promotions.queries import TimelineEntry, program_rules, promotion_timeline

SHOWN_VERSIONS: Final = 10


@dataclass(frozen=True)
class RuleTask:
    """One of the two rules: the field that tells it from others of its kinds, its form, its words, its pages."""

    marked_by: str
    form: type[RuleForm]
    say: Callable[[MerchantFacts, dict[str, Any]], str]
    here: str
    template: str


EARNING: Final = RuleTask("per_amount", EarnForm, earn_words, "backoffice:program_earn", "backoffice/program/earn.html")
PAYING: Final = RuleTask(
    "value_per_point", RedeemForm, redeem_words, "backoffice:program_worth", "backoffice/program/worth.html"
)


@dataclass(frozen=True)
class Rules:
    """The first rule in force that a page can change, None where there is none; the first of the other page; the rest.

    `others` are further rules of the page's own kinds, in the order in which they act.
    """

    own: Definition | None
    other: Definition | None
    others: Sequence[Definition]

    def with_own(self, definition: Definition) -> list[Definition]:
        """Return the two rules by which an example is worked out, this one in place of the page's own."""
        return [definition, *([self.other] if self.other else [])]


Describe = Callable[[MerchantFacts, Rules, Sequence[Definition]], Mapping[str, Any]]


def rule_page(request: StaffRequest, task: RuleTask, describe: Describe) -> HttpResponse:
    """Ask for the rule, show what a change does, publish exactly what was shown.

    `describe` says what else the template shows, of the rules and of the versions to work examples out with: the one
    in force, then the draft where one is shown.
    """
    merchant, now = request.staff.merchant, timezone.now()
    rules = find_rules(merchant, task)
    if rules.own is None:
        return render(request, task.template, {"rules": rules, **describe(merchant, rules, [])})
    history = promotion_timeline(merchant=merchant, promotion_id=UUID(rules.own.id))
    initial = {**task.form.initial_of(rules.own, merchant, now), "seen": _latest_version(history)}
    form = task.form(merchant, now, post_data(request), initial=initial)
    draft = None
    if request.method == "POST" and form.is_valid():
        draft = _make_draft(form, rules.own)
        if draft is None:
            form.add_error(None, gettext("Nothing is different from what counts now."))
        elif request.POST.get("confirmed") == form.preview_mark and _publish_rule(request, form, draft):
            return redirect(task.here)
    shown = draft if draft is not None and not form.errors else None
    context = {
        "form": form,
        "rules": rules,
        "preview": shown is not None,
        "mark": form.preview_mark if shown else "",
        "rule_words": task.say(merchant, dict(shown.source)) if shown else "",
        "words_now": task.say(merchant, dict(rules.own.source)),
        "starts_at": form.cleaned_data.get("starts_at") if shown else None,
        "here": reverse(task.here),
        "history": _history_rows(merchant, task, history),
        **describe(merchant, rules, [rules.own, *([shown] if shown else [])]),
    }
    return render(request, task.template, context, status=400 if form.errors else 200)


def find_rules(merchant: MerchantFacts, task: RuleTask) -> Rules:
    earning, paying = program_rules(merchant=merchant, at=timezone.now())
    mine, rest = (earning, paying) if task is EARNING else (paying, earning)
    other = PAYING if task is EARNING else EARNING
    own = _first_marked(mine, task)
    return Rules(own, _first_marked(rest, other), [rule for rule in mine if rule is not own])


def _first_marked(rules: Sequence[Definition], task: RuleTask) -> Definition | None:
    return next((rule for rule in rules if rule.source.get(task.marked_by) is not None), None)


def _latest_version(history: Sequence[TimelineEntry]) -> int:
    return max((entry.version or 0 for entry in history), default=0)


def _make_draft(form: RuleForm, now: Definition) -> Definition | None:
    """Return the rule as it would be, parsed by the engine itself; None where nothing is different."""
    made = replace(validate_definition(form.definition(now)), usage=now.usage, budget=now.budget)
    return None if made.terms == now.terms and made.points_cap == now.points_cap else made


def _publish_rule(request: StaffRequest, form: RuleForm, draft: Definition) -> bool:
    """Publish the version; one that was published meanwhile is not passed over: the form says so."""
    seen = form.cleaned_data["seen"]
    try:
        with refusable():
            publish_version(
                merchant=request.staff.merchant,
                promotion_id=UUID(draft.id),
                definition=draft.to_json(),
                starts_at=form.cleaned_data["starts_at"],
                at=form.at,
                actor=actor_of(request),
                after=int(seen) if seen.isascii() and seen.isdecimal() else 0,
            )
    except BadInput as bad:
        form.add_error(None, " ".join(error.message for error in bad.errors))
        return False
    except VersionMoved:
        form.add_error(None, gettext("Another person changed the rule while you had it open. Reload the page."))
        return False
    messages.success(request, gettext("Published as a new version. Receipts before its start keep the old rule."))
    return True


def _history_rows(merchant: MerchantFacts, task: RuleTask, history: Sequence[TimelineEntry]) -> list[dict[str, Any]]:
    """Return the rule's versions, the latest start first; which one counts now, and which will."""
    now = timezone.now()
    versions = [entry for entry in history if entry.version is not None]
    started = [entry for entry in versions if entry.starts_at <= now]
    rows: list[dict[str, Any]] = []
    for entry in versions:
        state = "scheduled" if entry.starts_at > now else "finished"
        if started and entry is started[-1]:
            state = "running"
        rows.append({"entry": entry, "state": state, "words": task.say(merchant, dict(entry.definition or {}))})
    rows.sort(key=lambda row: row["entry"].starts_at, reverse=True)
    return rows[:SHOWN_VERSIONS]
