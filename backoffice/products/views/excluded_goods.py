"""Goods that take no part in the program: named, shown with what they cover, then saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.products.forms.products import ExcludedGoodsForm
from backoffice.promotions.goods import tell_without_product
from backoffice.slow_pages import slow_page
from common.quantities import format_number
from merchants.facts import ExcludedGoods, GoodsNames, MerchantFacts, Permission
from merchants.operations import SettingsMoved, change_excluded_goods
from merchants.queries import merchant_by_id
from merchants.tenancy import refusable
from products.queries import names_shown, products_named


@staff_page(Permission.EDIT_PROGRAM)
@slow_page
def excluded_goods(request: StaffRequest) -> HttpResponse:
    """Ask, show what the names cover, then save exactly what was shown."""
    merchant = merchant_by_id(request.staff.merchant.id)
    called = partial(_names_of_codes, merchant)
    form = ExcludedGoodsForm(merchant.excluded_goods, called, post_data(request))
    effects: list[str] = []
    if request.method == "POST" and form.is_valid():
        goods = form.goods
        if goods == merchant.excluded_goods:
            messages.info(request, gettext("Nothing was changed."))
            return redirect("backoffice:excluded_goods")
        if request.POST.get("confirmed") == repr(goods.to_json()):
            try:
                return _save_goods(request, merchant, goods, form.cleaned_data["seen"])
            except SettingsMoved as moved:
                form = ExcludedGoodsForm(moved.facts["merchant"].excluded_goods, called)
                messages.error(
                    request, gettext("Another person changed these goods while you had them open. Here they are now.")
                )
        else:
            effects = effects_of(merchant, goods)
    context = {
        "form": form,
        "effects": effects,
        "mark": repr(form.goods.to_json()) if effects else "",
        "without_product": [] if effects else _tell_without_product(merchant, merchant.excluded_goods),
    }
    return render(request, "backoffice/products/excluded.html", context, status=400 if form.errors else 200)


def _names_of_codes(merchant: MerchantFacts, codes: Sequence[str]) -> Mapping[str, str]:
    return names_shown(merchant=merchant, skus=codes)


def _tell_without_product(merchant: MerchantFacts, goods: ExcludedGoods) -> list[str]:
    """Say which names no product has; both sides together, each name once."""
    sides = (goods.never_discounted, goods.never_earns)
    names = GoodsNames(
        tuple(dict.fromkeys(sku for side in sides for sku in side.skus)),
        tuple(dict.fromkeys(category for side in sides for category in side.categories)),
    )
    today = merchant.day_of(timezone.now())
    return tell_without_product(merchant, names, today)


def _save_goods(
    request: StaffRequest, merchant: MerchantFacts, goods: ExcludedGoods, seen: ExcludedGoods
) -> HttpResponse:
    with refusable():
        change_excluded_goods(merchant=merchant, goods=goods, seen=seen, at=timezone.now(), actor=actor_of(request))
    messages.success(request, gettext("Saved. It counts from the next receipt on, at every till."))
    return redirect("backoffice:excluded_goods")


def effects_of(merchant: MerchantFacts, goods: ExcludedGoods) -> list[str]:
    """Return one sentence per side with the number of known products, then those on names that no product has."""
    sides = (
        (goods.never_discounted, gettext("never discounted, and points cannot pay for them")),
        (goods.never_earns, gettext("bring no points, cashback, stamps or coupons")),
    )
    told = []
    for names, what in sides:
        if not names:
            continue
        count = products_named(merchant=merchant, skus=names.skus, categories=names.categories).products
        text = ngettext("%(count)s of your products: %(what)s.", "%(count)s of your products: %(what)s.", count)
        told.append(text % {"count": format_number(count), "what": what})
    told += _tell_without_product(merchant, goods)
    return told or [gettext("All goods take part again.")]
