"""One product: added, shown with its costs since when, corrected, archived with what rests on it said, restored."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.products.forms.products import CostForm, ProductForm, ProductTextForm
from backoffice.words import PRODUCT_PROBLEMS, actor_word
from common.errors import BadInput
from common.languages import reader_language
from common.quantities import format_day, format_percent
from merchants.facts import MerchantFacts, Permission
from merchants.queries import merchant_by_id
from merchants.rules import may
from merchants.tenancy import refusable
from products.facts import ProductFacts
from products.operations import add_cost, add_product, archive_product, change_product, restore_product
from products.queries import categories, cost_history, product
from rewards.catalogue.queries import rewards_giving
from rewards.promotions.queries import offers_naming_product

COSTS_SHOWN: Final = 100


@staff_page(Permission.EDIT_PRODUCTS)
def product_new(request: StaffRequest) -> HttpResponse:
    """One product by hand; a code that a product has already is an error at its box."""
    merchant, now = merchant_by_id(request.staff.merchant.id), timezone.now()
    form = ProductForm(merchant.currency, post_data(request))
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                product_id = add_product(
                    merchant=merchant,
                    draft=form.draft,
                    never_discounted=form.cleaned_data["never_discounted"],
                    never_earns=form.cleaned_data["never_earns"],
                    today=merchant.day_of(now),
                    at=now,
                    actor=actor_of(request),
                )
        except BadInput as refused:
            _show_errors(form, refused)
        else:
            messages.success(request, gettext("%(name)s is among your products now.") % form.cleaned_data)
            return redirect("backoffice:product", product_id=product_id)
    context = {"form": form, "categories": categories(merchant=merchant)}
    return render(request, "backoffice/products/new.html", context, status=400 if form.errors else 200)


@staff_page(Permission.SEE_PRODUCTS)
def product_detail(request: StaffRequest, product_id: UUID) -> HttpResponse:
    """The product; sent, the form of the page adds a cost from a day on."""
    merchant, now = merchant_by_id(request.staff.merchant.id), timezone.now()
    today, may_edit = merchant.day_of(now), may(request.staff.role, Permission.EDIT_PRODUCTS)
    shown = product(merchant=merchant, product_id=product_id, day=today)
    form = CostForm(merchant.currency, initial={"starts_on": today})
    return _render_product(request, merchant, shown, form if may_edit else None, now)


@require_POST
@staff_page(Permission.EDIT_PRODUCTS)
def product_cost(request: StaffRequest, product_id: UUID) -> HttpResponse:
    """Let the product cost so much from a day on; a form that cannot be read is shown again with the product."""
    merchant, now = merchant_by_id(request.staff.merchant.id), timezone.now()
    shown = product(merchant=merchant, product_id=product_id, day=merchant.day_of(now))
    form = CostForm(merchant.currency, post_data(request))
    if not form.is_valid():
        return _render_product(request, merchant, shown, form, now)
    starts_on: date = form.cleaned_data["starts_on"]
    is_new = add_cost(
        merchant=merchant,
        product_id=product_id,
        cost_amount=form.cleaned_data["cost_amount"],
        starts_on=starts_on,
        at=now,
        actor=actor_of(request),
    )
    if is_new:
        day = format_day(starts_on, reader_language())
        messages.success(request, gettext("The cost counts from %(day)s on. Days before keep theirs.") % {"day": day})
    else:
        messages.info(request, gettext("Nothing was changed: the product costs this from that day on already."))
    return redirect("backoffice:product", product_id=product_id)


@staff_page(Permission.EDIT_PRODUCTS)
def product_edit(request: StaffRequest, product_id: UUID) -> HttpResponse:
    merchant, now = merchant_by_id(request.staff.merchant.id), timezone.now()
    shown = product(merchant=merchant, product_id=product_id, day=merchant.day_of(now))
    goods = merchant.excluded_goods
    start = {
        "name": shown.name,
        "category": shown.category,
        "price_amount": shown.price_amount,
        "never_discounted": goods.never_discounted.names_code(shown.sku),
        "never_earns": goods.never_earns.names_code(shown.sku),
    }
    form = ProductTextForm(merchant.currency, post_data(request), initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                change_product(
                    merchant=merchant, product_id=product_id, text=form.text, at=now, actor=actor_of(request)
                )
        except BadInput as refused:
            _show_errors(form, refused)
        else:
            messages.success(request, gettext("Saved. It counts from the next receipt on, at every till."))
            return redirect("backoffice:product", product_id=product_id)
    context = {
        "product": shown,
        "form": form,
        "categories": categories(merchant=merchant),
        **_sides_of_category(merchant, shown),
    }
    return render(request, "backoffice/products/edit.html", context, status=400 if form.errors else 200)


@require_POST
@staff_page(Permission.EDIT_PRODUCTS)
def product_archive(request: StaffRequest, product_id: UUID) -> HttpResponse:
    archive_product(merchant=request.staff.merchant, product_id=product_id, at=timezone.now(), actor=actor_of(request))
    messages.success(request, gettext("The product is archived. It is no longer listed or offered in boxes."))
    return redirect("backoffice:product", product_id=product_id)


@require_POST
@staff_page(Permission.EDIT_PRODUCTS)
def product_restore(request: StaffRequest, product_id: UUID) -> HttpResponse:
    restore_product(merchant=request.staff.merchant, product_id=product_id, at=timezone.now(), actor=actor_of(request))
    messages.success(request, gettext("The product is listed and offered again."))
    return redirect("backoffice:product", product_id=product_id)


def _render_product(
    request: StaffRequest, merchant: MerchantFacts, shown: ProductFacts, form: CostForm | None, now: datetime
) -> HttpResponse:
    goods, margin = merchant.excluded_goods, shown.margin_amount
    versions = cost_history(merchant=merchant, product_id=shown.id, limit=COSTS_SHOWN)
    share = format_percent(margin / shown.price_amount) if margin is not None and shown.price_amount else ""
    context = {
        "product": shown,
        "margin_share": share,
        "is_loss": margin is not None and margin < 0,
        "costs": [(one, actor_word(one.recorded_by)) for one in versions],
        "today": merchant.day_of(now),
        "form": form,
        "may_edit": may(request.staff.role, Permission.EDIT_PRODUCTS),
        "sees_offers": may(request.staff.role, Permission.SEE_OFFERS),
        "never_discounted": goods.never_discounted.names_code(shown.sku),
        "never_earns": goods.never_earns.names_code(shown.sku),
        **_sides_of_category(merchant, shown),
        **_rests_on(merchant, shown, now),
    }
    is_refused = form is not None and bool(form.errors)
    return render(request, "backoffice/products/detail.html", context, status=400 if is_refused else 200)


def _sides_of_category(merchant: MerchantFacts, shown: ProductFacts) -> dict[str, bool]:
    """Return whether its whole category takes no part."""
    goods = merchant.excluded_goods
    return {
        "category_never_discounted": goods.never_discounted.names_category(shown.category),
        "category_never_earns": goods.never_earns.names_category(shown.category),
    }


def _rests_on(merchant: MerchantFacts, shown: ProductFacts, now: datetime) -> dict[str, Any]:
    """Return the offers that name the product's code, and the rewards that give a coupon of one of them."""
    offers = offers_naming_product(merchant=merchant, sku=shown.sku, at=now, day=merchant.day_of(now))
    with_coupon = [offer.id for offer in offers if offer.needs_coupon]
    rewards = rewards_giving(merchant=merchant, promotion_ids=with_coupon) if with_coupon else []
    return {"offers": offers, "rewards": rewards}


def _show_errors(form: ProductTextForm, refused: BadInput) -> None:
    """Put each refused value at its box, in the words of the page."""
    for error in refused.errors:
        form.add_error(error.pointer, str(PRODUCT_PROBLEMS.get(error.code, error.message)))
