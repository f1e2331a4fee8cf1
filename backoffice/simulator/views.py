"""The simulator: kept scenarios, a new one by changing a live rule, its progress, and what it found."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.jobs.words import JobBadge, error_word, too_many_jobs
from backoffice.parts import Page, page_urls
from backoffice.simulator.forms import PASTED, PastedForm, ScenarioForm, VariantForm, default_period
from backoffice.simulator.simulations import (
    ComparedRow,
    ExampleRow,
    change_words,
    compared_rows,
    example_rows,
    figures_of_result,
    month_chart,
    month_rows,
    redemption_words,
    segment_chart,
    tier_rows,
)
from backoffice.slow_pages import slow_page
from common.errors import BadInput
from common.form_errors import add_errors
from common.ids import uuid_or_none
from common.languages import reader_language
from common.spreadsheets import CsvWriter
from insights.facts import Base, ScenarioFacts, SimulationResult
from insights.operations import SimulationRunning, create_scenario
from insights.queries import open_scenario, scenario, scenario_list
from members.queries import members_by_id, tiers
from merchants.facts import MerchantFacts, Permission
from merchants.operations import TooManyJobs, cancel_job
from merchants.queries import all_outlets
from merchants.rules import may
from merchants.tasks import queue_jobs
from merchants.tenancy import refusable
from products.queries import names_shown
from rewards.engine import DefinitionError
from rewards.engine.facts import Definition
from rewards.promotions.queries import live_promotions, promotion_titles

COUNT_LIMIT: Final = 10_000


@staff_page(Permission.SEE_FIGURES)
def simulations(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    found, after, total = scenario_list(merchant=merchant, after=uuid_or_none(request.GET.get("after", "")))
    newer_url, older_url = page_urls(request.GET, str(after) if after else None)
    page = Page(
        rows=[(row, JobBadge.of(row.job)) for row in found],
        total=min(total, COUNT_LIMIT),
        total_is_capped=total > COUNT_LIMIT,
        newer_url=newer_url,
        older_url=older_url,
    )
    role = request.staff.role
    context = {
        "page": page,
        "may_edit": may(role, Permission.EDIT_PROGRAM),
        "may_check": may(role, Permission.SEE_OFFERS),
    }
    return render(request, "backoffice/simulator/list.html", context)


# --- a new one ---------------------------------------------------------------------------------------------------


@staff_page(Permission.EDIT_PROGRAM)
def simulation_new(request: StaffRequest) -> HttpResponse:
    """Ask which rule, the one for points at first, what would be different and over which days; a worker takes it."""
    merchant, now = request.staff.merchant, timezone.now()
    live = live_promotions(merchant=merchant, at=now)
    rules = sorted(live, key=lambda rule: (rule.kind != "earn", rule.priority, rule.title))
    chosen = request.GET.get("rule") or (str(rules[0].id) if rules else "")
    form = _make_form(request, merchant, rules, chosen)
    if form is not None and request.method == "POST" and form.is_valid():
        made = _create_simulation(request, form)
        if made is not None:
            queue_jobs(merchant=merchant)
            return redirect("backoffice:simulation", scenario_id=made)
    context = {
        "form": form,
        "rules": rules,
        "chosen": chosen,
        "pasted": PASTED,
        "running": open_scenario(merchant=merchant),
        "figures": form.figure_fields() if isinstance(form, VariantForm) else [],
    }
    return render(
        request, "backoffice/simulator/new.html", context, status=400 if form is not None and form.errors else 200
    )


def _make_form(
    request: StaffRequest, merchant: MerchantFacts, rules: list[Definition], chosen: str
) -> ScenarioForm | None:
    if not chosen:
        return None
    today = merchant.day_of(timezone.now())
    first, last = default_period(today - timedelta(days=1))
    initial: dict[str, Any] = {"first_on": first, "last_on": last, "base": Base.TODAY.value, "behaviour_percent": 0}
    known = all_outlets(merchant=merchant)
    if chosen == PASTED:
        title = gettext("Pasted rule")
        return PastedForm(merchant, known, post_data(request), initial={**initial, "title": title})
    rule = next((rule for rule in rules if rule.id == chosen), None)
    if rule is None:
        raise Http404("rule")
    return VariantForm(rule, tiers(merchant=merchant), merchant, known, post_data(request), initial=initial)


def _create_simulation(request: StaffRequest, form: ScenarioForm) -> UUID | None:
    try:
        with refusable():
            return create_scenario(
                merchant=request.staff.merchant, inputs=form.inputs(), at=timezone.now(), actor=actor_of(request)
            )
    except TooManyJobs:
        form.add_error(None, too_many_jobs())
    except SimulationRunning:
        form.add_error(None, gettext("Another simulation is running. Wait until it is done, or cancel it."))
    except DefinitionError as invalid:
        form.add_problems(invalid)
    except BadInput as bad:
        add_errors(form, bad)
    return None


# --- one ---------------------------------------------------------------------------------------------------------


@staff_page(Permission.SEE_FIGURES)
@slow_page
def simulation(request: StaffRequest, scenario_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    found = scenario(merchant=merchant, scenario_id=scenario_id)
    if request.GET.get("format") == "csv" and found.result is not None:
        return _csv_response(month_rows(found.result, merchant))
    context: dict[str, Any] = {
        "scenario": found,
        "inputs": found.inputs,
        "job": found.job,
        "badge": JobBadge.of(found.job),
        "error": error_word(found.job),
        "changes": _change_sentences(merchant, found),
        "outlets": _outlet_names(merchant, found),
        "may_edit": may(request.staff.role, Permission.EDIT_PROGRAM),
        "may_see_members": may(request.staff.role, Permission.SEE_MEMBERS),
    }
    if found.result is not None:
        context |= _result_context(merchant, found, found.result)
    return render(request, "backoffice/simulator/detail.html", context)


def _result_context(merchant: MerchantFacts, found: ScenarioFacts, result: SimulationResult) -> dict[str, Any]:
    language = reader_language()
    compared: list[ComparedRow] = compared_rows(result, merchant, language)
    ids = [UUID(example.member_id) for example in result.examples]
    people = members_by_id(merchant=merchant, member_ids=ids) if ids else {}
    examples: list[ExampleRow] = example_rows(result, people)
    return {
        "result": result,
        "products": names_shown(merchant=merchant, skus=[goods.sku for goods in result.below_cost]),
        "figures": figures_of_result(result, found, merchant, language),
        "compared": compared,
        "months": month_chart(result, found, merchant, language),
        "segments": segment_chart(result, found, merchant, language),
        "tiers": tier_rows(result),
        "examples": examples,
        "redemption": redemption_words(result),
    }


def _change_sentences(merchant: MerchantFacts, found: ScenarioFacts) -> list[Any]:
    ids = [UUID(change.promotion_id) for change in found.inputs.changes if change.promotion_id]
    titles = {str(key): title for key, title in promotion_titles(merchant=merchant, promotion_ids=ids).items()}
    return [change_words(change, titles) for change in found.inputs.changes]


def _outlet_names(merchant: MerchantFacts, found: ScenarioFacts) -> str:
    chosen = set(found.inputs.outlet_ids)
    if not chosen:
        return gettext("All outlets")
    return ", ".join(outlet.name for outlet in all_outlets(merchant=merchant) if str(outlet.id) in chosen)


@require_POST
@staff_page(Permission.EDIT_PROGRAM)
def simulation_cancel(request: StaffRequest, scenario_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    job_id = scenario(merchant=merchant, scenario_id=scenario_id).job.id
    if cancel_job(merchant=merchant, job_id=job_id, at=timezone.now(), actor=actor_of(request)):
        messages.success(request, gettext("The simulation is cancelled."))
    else:
        messages.info(request, gettext("The simulation was over already."))
    return redirect(reverse("backoffice:simulation", args=[scenario_id]))


def _csv_response(rows: list[list[Any]]) -> HttpResponse:
    text = StringIO()
    CsvWriter(text).writerows(rows)
    response = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="simulation.csv"'
    return response
