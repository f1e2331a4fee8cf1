"""How points are earned and what they are worth: edited as new versions with a start, worked out by the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.promotions.forms.field_bindings import decimal_of
from backoffice.settings.forms.program import CAPS, POINTS_SHOWN, RulesForm, example_amounts
from common.errors import BadInput, Refusal
from common.languages import reader_language
from common.quantities import format_money, format_number, format_percent, format_points
from merchants.facts import MerchantFacts, Permission
from merchants.tenancy import refusable
from rewards.engine import validate_definition
from rewards.engine.facts import Definition
from rewards.promotions.operations import publish_version
from rewards.promotions.queries import TimelineEntry, WorkedReceipt, program_rules, promotion_timeline, worked_receipt

SHOWN_VERSIONS: Final = 10


class RulesMoved(Refusal):
    """Someone published another version after this form was opened."""

    code = "rules_moved"


@dataclass(frozen=True)
class Rules:
    """The first rule of each kind that this page can say: points per amount, money per point. `others`: the rest."""

    earn: Definition
    redeem: Definition
    others: int
    earn_history: Sequence[TimelineEntry]
    redeem_history: Sequence[TimelineEntry]

    @property
    def seen(self) -> str:
        return f"{_latest_version(self.earn_history)}.{_latest_version(self.redeem_history)}"


@staff_page(Permission.EDIT_PROGRAM)
def rules(request: StaffRequest) -> HttpResponse:
    merchant, now = request.staff.merchant, timezone.now()
    found = find_rules(merchant)
    if isinstance(found, int):
        return render(request, "backoffice/settings/rules_missing.html", {"others": found})
    form = RulesForm(merchant, now, post_data(request), initial=_initial_values(merchant, found))
    drafts: dict[str, Definition] = {}
    if request.method == "POST" and form.is_valid():
        drafts = _make_drafts(form, found)
        if not drafts:
            form.add_error(None, gettext("Nothing is different from what counts now."))
        elif request.POST.get("confirmed") == _preview_mark(form):
            try:
                return _publish_rules(request, form, found, drafts)
            except BadInput as bad:
                form.add_error(None, " ".join(error.message for error in bad.errors))
            except RulesMoved:
                form.add_error(None, gettext("Somebody changed the rules while you had them open. Reload the page."))
    return render(
        request,
        "backoffice/settings/rules.html",
        {
            "form": form,
            "found": found,
            "examples": _example_rows(merchant, found, drafts),
            "cost": [_cost_row(merchant, pair) for pair in _before_after(found, drafts)],
            "preview": bool(drafts) and not form.errors,
            "mark": _preview_mark(form) if drafts else "",
            "rule_words": _draft_words(merchant, drafts)[0] if drafts else "",
            "rule_lines": _draft_words(merchant, drafts),
            "starts_at": form.cleaned_data.get("starts_at") if drafts else None,
            "history": _history_rows(merchant, found),
        },
        status=400 if form.errors else 200,
    )


def find_rules(merchant: MerchantFacts) -> Rules | int:
    """Find the two rules; or, where one of them is not in force, how many other rules there are."""
    earning, redemption = program_rules(merchant=merchant, at=timezone.now())
    earn = next((rule for rule in earning if rule.source.get("per_amount")), None)
    redeem = next((rule for rule in redemption if rule.source.get("value_per_point") is not None), None)
    others = len(earning) + len(redemption) - 2
    if earn is None or redeem is None:
        return others + (earn is None) + (redeem is None)
    histories = [promotion_timeline(merchant=merchant, promotion_id=UUID(rule.id)) for rule in (earn, redeem)]
    return Rules(earn, redeem, others, *histories)


def _latest_version(history: Sequence[TimelineEntry]) -> int:
    return max((entry.version or 0 for entry in history), default=0)


def _initial_values(merchant: MerchantFacts, found: Rules) -> dict[str, Any]:
    """Return today's values, to start with tomorrow's business day."""
    per_amount, redeem = found.earn.source["per_amount"], found.redeem.source
    today = merchant.day_of(timezone.now())
    return {
        "spend_amount": int(per_amount["spend"]),
        "points": int(per_amount["points"]),
        "value_amount": int(Decimal(str(redeem["value_per_point"])) * POINTS_SHOWN),
        "minimum_points": int(redeem.get("minimum_points", 0)),
        "percent_limit": decimal_of(redeem["percent_limit"]) if redeem.get("percent_limit") else None,
        "last_point_pays_rest": bool(redeem.get("last_point_pays_rest")),
        **(found.earn.source.get("points_cap") or {}),
        "day": today + timedelta(days=1),
        "clock": merchant.day_starts_at,
        "seen": found.seen,
    }


def _make_drafts(form: RulesForm, found: Rules) -> dict[str, Definition]:
    """Return the definitions that would differ, parsed by the engine itself."""
    wanted = {"earn": form.earn_definition(found.earn), "redeem": form.redeem_definition(found.redeem)}
    drafts = {name: validate_definition(definition) for name, definition in wanted.items()}
    return {
        name: replace(draft, usage=now.usage, budget=now.budget)
        for name, now in (("earn", found.earn), ("redeem", found.redeem))
        if (draft := drafts[name]).terms != now.terms or draft.points_cap != now.points_cap
    }


def _preview_mark(form: RulesForm) -> str:
    """Return the mark of what a preview was shown for. A start "at once" is the moment of saving, not of showing."""
    names = (
        "spend_amount",
        "points",
        "value_amount",
        "minimum_points",
        "percent_limit",
        "last_point_pays_rest",
        *CAPS,
        "start",
    )
    shown = [str(form.cleaned_data.get(name)) for name in names]
    later = form.cleaned_data.get("starts_at") if form.cleaned_data.get("start") == "later" else ""
    return "|".join([*shown, str(later)])


def _publish_rules(request: StaffRequest, form: RulesForm, found: Rules, drafts: dict[str, Definition]) -> HttpResponse:
    """Publish all or nothing; a version that was published meanwhile is not passed over."""
    seen = dict(zip(("earn", "redeem"), form.cleaned_data["seen"].split("."), strict=False))
    with refusable():
        for name, draft in drafts.items():
            number = publish_version(
                merchant=request.staff.merchant,
                promotion_id=UUID(draft.id),
                definition=draft.to_json(),
                starts_at=form.cleaned_data["starts_at"],
                at=form.at,
                actor=actor_of(request),
            )
            if str(number - 1) != seen.get(name):
                raise RulesMoved
    messages.success(request, gettext("Published as a new version. Receipts before its start keep the old rule."))
    return redirect("backoffice:rules")


def _before_after(found: Rules, drafts: dict[str, Definition]) -> list[list[Definition]]:
    """Return [rules that count now], and with drafts [rules as they would be]."""
    now = [found.earn, found.redeem]
    return [now, [drafts.get("earn", found.earn), drafts.get("redeem", found.redeem)]] if drafts else [now]


def _example_rows(merchant: MerchantFacts, found: Rules, drafts: dict[str, Definition]) -> list[dict[str, Any]]:
    """Return the same purchases under the rules now and then, each worked out by the till's engine."""
    rows = []
    for amount in example_amounts(merchant.currency):
        worked = [
            worked_receipt(merchant=merchant, rules=each, spend_amount=amount, at=timezone.now())
            for each in _before_after(found, drafts)
        ]
        rows.append({"amount": amount, "earned": [one.points_earned for one in worked]})
    return rows


def _cost_row(merchant: MerchantFacts, pair: Sequence[Definition]) -> dict[str, Any]:
    """Return what 100 points pay for, and a point's cost as a share of the sales that earned it."""
    largest = example_amounts(merchant.currency)[-1]
    paid = worked_receipt(
        merchant=merchant, rules=pair, spend_amount=largest, at=timezone.now(), points_offered=POINTS_SHOWN
    )
    earned = worked_receipt(merchant=merchant, rules=pair, spend_amount=largest, at=timezone.now())
    return {"paid": paid, "share": _points_share(earned, paid), "of": largest}


def _points_share(earned: WorkedReceipt, paid: WorkedReceipt) -> str:
    if not paid.points_used:
        return "–"
    value = Decimal(earned.points_earned) * paid.points_value_amount / paid.points_used
    return format_percent(value / earned.spend_amount, 2)


def _history_rows(merchant: MerchantFacts, found: Rules) -> list[dict[str, Any]]:
    """Return versions of both rules, the latest start first; which one counts now, and which will."""
    now = timezone.now()
    rows: list[dict[str, Any]] = []
    for history, say in ((found.earn_history, earn_words), (found.redeem_history, redeem_words)):
        versions = [entry for entry in history if entry.version is not None]
        started = [entry for entry in versions if entry.starts_at <= now]
        for entry in versions:
            state = "scheduled" if entry.starts_at > now else "finished"
            if started and entry is started[-1]:
                state = "running"
            rows.append({"entry": entry, "state": state, "words": say(merchant, dict(entry.definition or {}))})
    rows.sort(key=lambda row: row["entry"].starts_at, reverse=True)
    return rows[:SHOWN_VERSIONS]


def _draft_words(merchant: MerchantFacts, drafts: dict[str, Definition]) -> list[str]:
    """Say what would be published, one sentence for each rule that changes."""
    say = {"earn": earn_words, "redeem": redeem_words}
    return [say[name](merchant, dict(draft.source)) for name, draft in drafts.items()]


def earn_words(merchant: MerchantFacts, source: dict[str, Any]) -> str:
    """Say what a rule of earning gives, with its limits."""
    per_amount = source.get("per_amount")
    if not per_amount:
        return str(source.get("title", ""))
    words = [
        gettext("%(points)s for every %(amount)s")
        % {
            "points": format_points(int(per_amount["points"]), reader_language(), merchant.points_name),
            "amount": format_money(int(per_amount["spend"]), merchant.currency, reader_language()),
        }
    ]
    cap = source.get("points_cap") or {}
    words += [
        str(_CAP_WORDS[name]) % {"points": format_points(int(cap[name]), reader_language(), merchant.points_name)}
        for name in CAPS
        if cap.get(name)
    ]
    return "; ".join(words)


_CAP_WORDS: Final = {
    "per_sale": gettext_lazy("at most %(points)s a purchase"),
    "per_member_day": gettext_lazy("at most %(points)s a member and day"),
    "per_member_month": gettext_lazy("at most %(points)s a member and month"),
}


def redeem_words(merchant: MerchantFacts, source: dict[str, Any]) -> str:
    """Say what points pay for, with the rule's limits."""
    value = source.get("value_per_point")
    if value is None:
        return str(source.get("title", ""))
    words = [
        gettext("%(points)s pay for %(amount)s; at least %(least)s at once")
        % {
            "points": format_points(POINTS_SHOWN, reader_language(), merchant.points_name),
            "amount": format_money(int(Decimal(str(value)) * POINTS_SHOWN), merchant.currency, reader_language()),
            "least": format_number(int(source.get("minimum_points", 0))),
        }
    ]
    if source.get("percent_limit"):
        share = format_percent(Decimal(str(source["percent_limit"])) / 100, 2)
        words.append(gettext("at most %(percent)s of a purchase") % {"percent": share})
    if source.get("last_point_pays_rest"):
        words.append(gettext("the last point pays a rest below its value"))
    return "; ".join(words)
