"""The catalogue: what points buy, what it costs, what is left, who can afford it; written, counted, retired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.rewards.forms import ConfirmationForm, CountForm, PictureForm, RestockForm, RewardForm, initial_of
from backoffice.rewards.views.parts import reward_tabs
from backoffice.words import PICTURE_PROBLEM_WORDS, REWARD_PROBLEM_WORDS, SEGMENT_WORDS, STOCK_WORDS, actor_word
from common.errors import BadInput, Refusal
from common.quantities import format_number
from members.facts import TierFacts
from members.queries import tiers
from merchants.facts import MerchantFacts, Permission
from merchants.operations import change_merchant_settings
from merchants.rules import may
from merchants.tenancy import refusable
from rewards.catalogue.facts import CatalogueEntry, Handover, RewardDraft
from rewards.catalogue.operations import (
    StockBelowReserved,
    add_reward,
    change_reward,
    clean_picture,
    correct_stock,
    describe_picture,
    offer_reward_again,
    remove_picture,
    restock_reward,
    retire_reward,
    set_picture,
)
from rewards.catalogue.queries import catalogue, catalogue_entry, coupon_batches, stock_lines
from rewards.promotions.queries import partners
from rewards.promotions.wording import listed

DAYS = 30


@dataclass(frozen=True)
class RewardRow:
    """A reward with its figures, the picture's address and its limits in words."""

    entry: CatalogueEntry
    url: str
    picture_url: str
    limits: list[str]
    is_low: bool

    @property
    def afford_url(self) -> str:
        """Return the address of the members who can afford one."""
        query = urlencode({"status": "active", "usable": self.entry.draft.points})
        return f"{reverse('backoffice:members')}?{query}"


@staff_page(Permission.SEE_FIGURES)
def rewards(request: StaffRequest) -> HttpResponse:
    merchant, retired = request.staff.merchant, request.GET.get("tab") == "retired"
    ladder = tiers(merchant=merchant)
    entries = catalogue(merchant=merchant, today=merchant.day_of(timezone.now()), active=not retired, days=DAYS)
    rows = [_reward_row(merchant, entry, ladder) for entry in entries]
    return render(
        request,
        "backoffice/rewards/list.html",
        {
            "rows": rows,
            "retired": retired,
            "days": DAYS,
            "members": entries[0].members if entries else 0,
            "tabs": reward_tabs(request, "retired" if retired else "catalogue"),
            "may_edit": may(request.staff.role, Permission.EDIT_OFFERS),
            "may_confirm": may(request.staff.role, Permission.EDIT_PROGRAM),
            "sees_members": may(request.staff.role, Permission.SEE_MEMBERS),
            "above": merchant.verify_above_points,
        },
    )


def _reward_row(merchant: MerchantFacts, entry: CatalogueEntry, ladder: Sequence[TierFacts]) -> RewardRow:
    return RewardRow(
        entry=entry,
        url=reverse("backoffice:reward", args=[entry.id]),
        picture_url=picture_url(merchant, entry),
        limits=limits_in_words(entry.draft, ladder),
        is_low=entry.stock is not None and entry.stock <= max(2, entry.taken // 4),
    )


def picture_url(merchant: MerchantFacts, entry: CatalogueEntry) -> str:
    if not entry.picture_hash:
        return ""
    return reverse("member_pages:picture", args=[merchant.slug, entry.id, entry.picture_hash])


def limits_in_words(draft: RewardDraft, ladder: Sequence[TierFacts]) -> list[str]:
    """Say who may take it and how often, one short sentence each."""
    names = {tier.code: tier.name for tier in ladder}
    ranks = {tier.rank: tier.name for tier in ladder}
    words = []
    if draft.min_tier_rank is not None:
        words.append(gettext("From %(tier)s") % {"tier": ranks.get(draft.min_tier_rank, str(draft.min_tier_rank))})
    if draft.tiers_any:
        words.append(gettext("For %(names)s") % {"names": listed(draft.tiers_any, names)})
    if draft.segments_any:
        words.append(gettext("For %(names)s") % {"names": listed(draft.segments_any, SEGMENT_WORDS)})
    if draft.per_member_limit is not None:
        words.append(gettext("At most %(count)s per member") % {"count": format_number(draft.per_member_limit)})
    if draft.period_limit is not None and draft.period_days is not None:
        words.append(
            ngettext(
                "At most %(count)s within %(days)s day", "At most %(count)s within %(days)s days", draft.period_days
            )
            % {"count": format_number(draft.period_limit), "days": draft.period_days}
        )
    return words


# --- writing -----------------------------------------------------------------------------------------------------


@staff_page(Permission.EDIT_OFFERS)
def reward_new(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    initial = {"handover": Handover.AT_ONCE.value, "position": 100, "funding_way": "percent"}
    form = _make_form(request, initial)
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                draft = form.draft
                reward_id = add_reward(
                    merchant=merchant,
                    at=timezone.now(),
                    actor=actor_of(request),
                    stock=form.cleaned_data["stock"],
                    **{name: getattr(draft, name) for name in draft.__slots__},
                )
        except (BadInput, Refusal) as error:
            add_problems(form, error)
        else:
            messages.success(request, gettext("The reward is in the catalogue. Give it a picture next."))
            return redirect("backoffice:reward", reward_id=reward_id)
    return _form_page(request, form, entry=None)


@staff_page(Permission.EDIT_OFFERS)
def reward_edit(request: StaffRequest, reward_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    entry = catalogue_entry(merchant=merchant, reward_id=reward_id, today=merchant.day_of(timezone.now()))
    form = _make_form(request, initial_of(entry.draft), with_stock=False)
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                change_reward(
                    merchant=merchant, reward_id=reward_id, draft=form.draft, at=timezone.now(), actor=actor_of(request)
                )
        except (BadInput, Refusal) as error:
            add_problems(form, error)
        else:
            messages.success(request, gettext("The reward is changed. What was redeemed before keeps its price."))
            return redirect("backoffice:reward", reward_id=reward_id)
    return _form_page(request, form, entry=entry)


def _make_form(request: StaffRequest, initial: dict[str, object], *, with_stock: bool = True) -> RewardForm:
    merchant = request.staff.merchant
    chosen = initial.get("partner_id")
    offered = [p for p in partners(merchant=merchant) if p.is_active or str(p.id) == chosen]
    return RewardForm(
        merchant,
        tiers(merchant=merchant),
        offered,
        coupon_batches(merchant=merchant),
        post_data(request),
        initial=initial,
        with_stock=with_stock,
    )


def _form_page(request: StaffRequest, form: RewardForm, *, entry: CatalogueEntry | None) -> HttpResponse:
    context = {"form": form, "entry": entry}
    return render(request, "backoffice/rewards/form.html", context, status=400 if form.errors else 200)


def add_problems(form: forms.Form, error: BadInput | Refusal) -> None:
    """Add what the domain refuses to the form's fields, in the language of the page."""
    if isinstance(error, Refusal):
        if error.code != "name_taken":
            raise error
        name = "title" if "title" in form.fields else "name"
        form.add_error(name, gettext("You have one of that name already. Choose another name."))
        return
    for problem in error.errors:
        words = REWARD_PROBLEM_WORDS.get(problem.code) or gettext("This value cannot be used. Check it.")
        form.add_error(problem.pointer if problem.pointer in form.fields else None, str(words))


# --- one reward --------------------------------------------------------------------------------------------------


@staff_page(Permission.SEE_FIGURES)
def reward(request: StaffRequest, reward_id: UUID) -> HttpResponse:
    return _reward_page(request, reward_id, RestockForm(), CountForm(), None)


def _reward_page(
    request: StaffRequest, reward_id: UUID, restock: forms.Form, count: forms.Form, picture: forms.Form | None
) -> HttpResponse:
    merchant = request.staff.merchant
    entry = catalogue_entry(merchant=merchant, reward_id=reward_id, today=merchant.day_of(timezone.now()))
    funding = entry.draft.funding
    names = {p.id: p.name for p in partners(merchant=merchant)} if funding else {}
    failed = restock.errors or count.errors or (picture is not None and picture.errors)
    context = {
        "row": _reward_row(merchant, entry, tiers(merchant=merchant)),
        "entry": entry,
        "days": DAYS,
        "movements": [
            (STOCK_WORDS[m.kind], m, "" if m.actor_label == "till" else actor_word(m.actor_label))
            for m in stock_lines(merchant=merchant, reward_id=reward_id)
        ],
        "partner": names.get(funding.partner_id, "") if funding else "",
        "restock": restock,
        "count": count,
        "picture": picture or PictureForm(initial={"alt": entry.picture_alt or entry.draft.title}),
        "may_edit": may(request.staff.role, Permission.EDIT_OFFERS),
        "sees_members": may(request.staff.role, Permission.SEE_MEMBERS),
    }
    return render(request, "backoffice/rewards/detail.html", context, status=400 if failed else 200)


@require_POST
@staff_page(Permission.EDIT_OFFERS)
def reward_restock(request: StaffRequest, reward_id: UUID) -> HttpResponse:
    form = RestockForm(request.POST)
    if form.is_valid():
        try:
            with refusable():
                restock_reward(
                    merchant=request.staff.merchant,
                    reward_id=reward_id,
                    pieces=form.cleaned_data["pieces"],
                    at=timezone.now(),
                    actor=actor_of(request),
                )
        except BadInput as bad:
            add_problems(form, bad)
        else:
            messages.success(request, gettext("The new pieces are in stock."))
            return redirect("backoffice:reward", reward_id=reward_id)
    return _reward_page(request, reward_id, form, CountForm(), None)


@require_POST
@staff_page(Permission.EDIT_OFFERS)
def reward_count(request: StaffRequest, reward_id: UUID) -> HttpResponse:
    form = CountForm(request.POST)
    if form.is_valid():
        try:
            with refusable():
                correct_stock(
                    merchant=request.staff.merchant,
                    reward_id=reward_id,
                    counted=form.cleaned_data["counted"],
                    reason=form.cleaned_data["reason"],
                    at=timezone.now(),
                    actor=actor_of(request),
                )
        except StockBelowReserved as refused:
            words = gettext("Held or waiting to be handed over: %(needed)s. At least as many must be there.")
            form.add_error("counted", words % {"needed": format_number(refused.facts["needed"])})
        else:
            messages.success(request, gettext("The count is corrected."))
            return redirect("backoffice:reward", reward_id=reward_id)
    return _reward_page(request, reward_id, RestockForm(), form, None)


@require_POST
@staff_page(Permission.EDIT_OFFERS)
def reward_picture(request: StaffRequest, reward_id: UUID) -> HttpResponse:
    merchant, at, actor = request.staff.merchant, timezone.now(), actor_of(request)
    if "remove" in request.POST:
        remove_picture(merchant=merchant, reward_id=reward_id, at=at, actor=actor)
        messages.success(request, gettext("The picture is removed."))
        return redirect("backoffice:reward", reward_id=reward_id)
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid():
        alt, sent = form.cleaned_data["alt"], form.cleaned_data["picture"]
        try:
            if sent:
                picture = clean_picture(sent.read())
                set_picture(merchant=merchant, reward_id=reward_id, picture=picture, alt=alt, at=at, actor=actor)
            else:
                describe_picture(merchant=merchant, reward_id=reward_id, alt=alt)
        except BadInput as bad:
            form.add_error("picture", str(PICTURE_PROBLEM_WORDS[bad.errors[0].code]))
        else:
            messages.success(request, gettext("The picture is saved."))
            return redirect("backoffice:reward", reward_id=reward_id)
    return _reward_page(request, reward_id, RestockForm(), CountForm(), form)


@require_POST
@staff_page(Permission.EDIT_OFFERS)
def reward_retire(request: StaffRequest, reward_id: UUID) -> HttpResponse:
    retire_reward(merchant=request.staff.merchant, reward_id=reward_id, at=timezone.now(), actor=actor_of(request))
    messages.success(request, gettext("The reward is retired. What was redeemed stays as it is."))
    return redirect("backoffice:rewards")


@require_POST
@staff_page(Permission.EDIT_OFFERS)
def reward_offer_again(request: StaffRequest, reward_id: UUID) -> HttpResponse:
    try:
        with refusable():
            offer_reward_again(
                merchant=request.staff.merchant, reward_id=reward_id, at=timezone.now(), actor=actor_of(request)
            )
    except Refusal:
        messages.error(request, gettext("Another reward has this name now. Rename one of them first."))
    else:
        messages.success(request, gettext("The reward can be taken again."))
    return redirect("backoffice:reward", reward_id=reward_id)


# --- the code of the card page -----------------------------------------------------------------------------------


@staff_page(Permission.EDIT_PROGRAM)
def confirmation(request: StaffRequest) -> HttpResponse:
    """Set above how many points a member confirms with a code from their card page; off by default."""
    merchant = request.staff.merchant
    above = merchant.verify_above_points
    form = ConfirmationForm(
        merchant.points_name, post_data(request), initial={"asked": above is not None, "above_points": above}
    )
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["above_points"] if form.cleaned_data["asked"] else None
        change_merchant_settings(
            merchant=merchant, changes={"verify_above_points": chosen}, at=timezone.now(), actor=actor_of(request)
        )
        messages.success(request, gettext("Saved. Tills follow it from now on."))
        return redirect("backoffice:rewards")
    return render(request, "backoffice/rewards/confirmation.html", {"form": form}, status=400 if form.errors else 200)
