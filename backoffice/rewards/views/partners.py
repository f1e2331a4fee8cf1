"""Partners: what each pays a part of, and what each owes for a period, on the page and as CSV."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.form_fields import parse_day
from backoffice.parts import url_with
from backoffice.rewards.forms import FundingForm, PartnerForm
from backoffice.rewards.views.catalogue import add_problems
from backoffice.rewards.views.parts import reward_tabs
from common.errors import BadInput, Refusal
from common.languages import reader_language
from common.quantities import format_day, format_money, format_percent, zone_name
from common.spreadsheets import CsvWriter
from merchants.facts import MerchantFacts, Permission
from merchants.rules import may
from merchants.tenancy import refusable
from rewards.promotions.facts import FundedOffer, PartnerLine
from rewards.promotions.operations import add_partner, change_partner, end_promotion_funding, fund_promotion
from rewards.promotions.queries import fundable_promotions, funded_offers, partner, partner_report, partners

LONGEST = timedelta(days=731)


@dataclass(frozen=True)
class FundingPeriod:
    """Business days, both included; `problem` says why the days asked for were not taken."""

    first: date
    last: date
    problem: str = ""


@dataclass(frozen=True)
class FundedOfferRow:
    """What a partner pays a part of, in words."""

    offer: FundedOffer
    share: str


@staff_page(Permission.SEE_FIGURES)
def partner_list(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    known = partners(merchant=merchant)
    chosen = next((p for p in known if str(p.id) == request.GET.get("partner", "")), None)
    period = _read_period(request, merchant)
    lines = partner_report(
        merchant=merchant, first=period.first, last=period.last, partner_id=chosen.id if chosen else None
    )
    if request.GET.get("format") == "csv" and may(request.staff.role, Permission.EXPORT):
        return _csv_response(merchant, period, lines)
    context = {
        "partners": known,
        "choices": [(one.id, one.name) for one in known],
        "chosen": chosen,
        "period": period,
        "lines": lines,
        "zone": zone_name(merchant.timezone, timezone.now()),
        "owed": sum(line.owed_amount for line in lines),
        "tabs": reward_tabs(request, "partners"),
        "csv_url": url_with(request.GET, format="csv"),
        "may_edit": may(request.staff.role, Permission.EDIT_PROGRAM),
        "may_export": may(request.staff.role, Permission.EXPORT),
    }
    return render(request, "backoffice/rewards/partners.html", context)


def _read_period(request: StaffRequest, merchant: MerchantFacts) -> FundingPeriod:
    """Read the period: this month so far unless the address says otherwise."""
    today = merchant.day_of(timezone.now())
    usual = FundingPeriod(today.replace(day=1), today)
    asked = request.GET.get("from", ""), request.GET.get("to", "")
    if not any(asked):
        return usual
    try:
        first, last = (parse_day(text) if text else day for text, day in zip(asked, (usual.first, today), strict=True))
    except ValueError:
        return FundingPeriod(usual.first, usual.last, gettext("Write a day such as 5/3/2026 or 5 Mar 2026."))
    if last < first:
        return FundingPeriod(usual.first, usual.last, gettext("The last day is before the first day."))
    if last - first > LONGEST:
        return FundingPeriod(usual.first, usual.last, gettext("Choose at most two years."))
    return FundingPeriod(first, last)


def _csv_response(merchant: MerchantFacts, period: FundingPeriod, lines: list[PartnerLine]) -> HttpResponse:
    """Send amounts as plain numbers in the merchant's currency; what it covers is in its first lines."""
    digits = merchant.currency_digits

    def plain(amount: int) -> str:
        sign, amount = ("-", -amount) if amount < 0 else ("", amount)
        return f"{sign}{amount // 10**digits}" + (f".{amount % 10**digits:0{digits}d}" if digits else "")

    text = StringIO()
    writer = CsvWriter(text)
    writer.writerow([gettext("Merchant"), merchant.name])
    writer.writerow([gettext("Period"), period.first.isoformat(), period.last.isoformat(), merchant.timezone])
    writer.writerow([gettext("Basis"), basis_words()])
    writer.writerow([gettext("Currency"), merchant.currency])
    writer.writerow([])
    writer.writerow(
        [
            gettext("Partner"),
            gettext("Kind"),
            gettext("Offer"),
            gettext("Uses"),
            gettext("Given"),
            gettext("Partner's share"),
            gettext("Returned"),
            gettext("Share of returns"),
            gettext("Owed"),
        ]
    )
    for line in lines:
        amounts = (line.base_amount, line.share_amount, line.returned_base_amount, line.returned_share_amount)
        kind = gettext("Reward") if line.kind == "reward" else gettext("Promotion")
        writer.writerow(
            [line.partner, kind, line.title, line.uses, *(plain(a) for a in amounts), plain(line.owed_amount)]
        )
    response = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    name = f"partners-{period.first.isoformat()}-{period.last.isoformat()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def basis_words() -> str:
    return gettext(
        "Discounts as given at the till, gifts at list price, rewards at their cost; shares by the terms on the day of "
        "the sale, rounded half up per sale; returns count on the day they were made."
    )


# --- one partner -------------------------------------------------------------------------------------------------


@staff_page(Permission.EDIT_PROGRAM)
def partner_new(request: StaffRequest) -> HttpResponse:
    form = PartnerForm(post_data(request))
    del form.fields["is_active"]
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                partner_id = add_partner(
                    merchant=request.staff.merchant,
                    name=form.cleaned_data["name"],
                    note=form.cleaned_data["note"],
                    at=timezone.now(),
                    actor=actor_of(request),
                )
        except (BadInput, Refusal) as error:
            add_problems(form, error)
        else:
            messages.success(request, gettext("The partner is there. Say next what they pay a part of."))
            return redirect("backoffice:partner", partner_id=partner_id)
    return render(request, "backoffice/rewards/partner_new.html", {"form": form}, status=400 if form.errors else 200)


@staff_page(Permission.SEE_FIGURES)
def partner_detail(request: StaffRequest, partner_id: UUID) -> HttpResponse:
    """Show what they fund; the name and note in a form of their own, a further promotion in another."""
    found = partner(merchant=request.staff.merchant, partner_id=partner_id)
    initial = {"name": found.name, "note": found.note, "is_active": found.is_active}
    form = PartnerForm(initial=initial)
    if request.method == "POST" and may(request.staff.role, Permission.EDIT_PROGRAM):
        form = PartnerForm(request.POST)
        if form.is_valid() and _change_partner(request, partner_id, form):
            return redirect("backoffice:partner", partner_id=partner_id)
    return _partner_page(request, partner_id, form, None)


def _change_partner(request: StaffRequest, partner_id: UUID, form: PartnerForm) -> bool:
    try:
        with refusable():
            change_partner(
                merchant=request.staff.merchant,
                partner_id=partner_id,
                at=timezone.now(),
                actor=actor_of(request),
                **form.cleaned_data,
            )
    except (BadInput, Refusal) as error:
        add_problems(form, error)
        return False
    messages.success(request, gettext("The partner is saved."))
    return True


def _partner_page(
    request: StaffRequest, partner_id: UUID, form: PartnerForm, funding: FundingForm | None
) -> HttpResponse:
    merchant = request.staff.merchant
    offers = funded_offers(merchant=merchant).get(partner_id, [])
    taken = {offer.id for offer in offers}
    choices = [(i, title) for i, title in fundable_promotions(merchant=merchant) if i not in taken]
    context = {
        "partner": partner(merchant=merchant, partner_id=partner_id),
        "form": form,
        "funding": funding or FundingForm(choices),
        "choices": choices,
        "offers": [FundedOfferRow(offer, _share_words(merchant, offer)) for offer in offers],
        "may_edit": may(request.staff.role, Permission.EDIT_PROGRAM),
    }
    failed = form.errors or (funding is not None and funding.errors)
    return render(request, "backoffice/rewards/partner.html", context, status=400 if failed else 200)


def _share_words(merchant: MerchantFacts, offer: FundedOffer) -> str:
    language = reader_language()
    if offer.unit_amount is not None:
        return gettext("%(amount)s per piece") % {
            "amount": format_money(offer.unit_amount, merchant.currency, language)
        }
    return format_percent((offer.basis_points or 0) / 10_000, places=2)


@require_POST
@staff_page(Permission.EDIT_PROGRAM)
def partner_fund(request: StaffRequest, partner_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    found = partner(merchant=merchant, partner_id=partner_id)
    form = FundingForm(fundable_promotions(merchant=merchant), request.POST)
    if form.is_valid():
        fund_promotion(
            merchant=merchant,
            promotion_id=UUID(form.cleaned_data["promotion"]),
            partner_id=partner_id,
            percent=str(form.cleaned_data["percent"]),
            at=timezone.now(),
            actor=actor_of(request),
        )
        words = gettext("From now on %(partner)s pays a part of it. Sales before stay as they are.")
        messages.success(request, words % {"partner": found.name})
        return redirect("backoffice:partner", partner_id=partner_id)
    initial = {"name": found.name, "note": found.note, "is_active": found.is_active}
    return _partner_page(request, partner_id, PartnerForm(initial=initial), form)


@require_POST
@staff_page(Permission.EDIT_PROGRAM)
def partner_end_funding(request: StaffRequest, partner_id: UUID, promotion_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    partner(merchant=merchant, partner_id=partner_id)
    end_promotion_funding(merchant=merchant, promotion_id=promotion_id, at=timezone.now(), actor=actor_of(request))
    day = format_day(merchant.day_of(timezone.now()), reader_language())
    messages.success(request, gettext("The partner pays no part of it after %(day)s.") % {"day": day})
    return redirect("backoffice:partner", partner_id=partner_id)
