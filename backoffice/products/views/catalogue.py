"""Products: the list with cost and margin, what was sold but is no product, files with a preview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.exports import csv_response
from backoffice.jobs.parameters import PRODUCTS_IMPORT, ProductsImportJob
from backoffice.jobs.requests import LONG_ACTION, LONG_FILE, ask_for_job, file_question
from backoffice.parts import Page, Tab, filter_chips, page_urls, url_with
from backoffice.products.exports import COLUMNS, FILE_NAME, PRODUCTS_EXPORT, ProductsExport, product_batches
from backoffice.products.forms.products import ProductFileForm
from backoffice.products.imports import read_file
from backoffice.slow_pages import slow_page
from backoffice.words import PRODUCT_COLUMN_WORDS
from common.languages import reader_language
from common.quantities import format_number, format_percent
from common.spreadsheets import CsvDictWriter, CsvWriter
from common.text import clean_line
from imports.files import UnreadableFile
from imports.operations import TEMPLATE, ProductsFile, reject_groups, write_rejects
from merchants.facts import MerchantFacts, Permission
from merchants.queries import latest_job
from merchants.rules import may
from merchants.tenancy import allow_long_statements
from products.facts import ImportFacts, ProductDraft, ProductFacts
from products.operations import keep_import, save_products, take_import
from products.queries import categories, count_products, preview_products, product_count, product_import, products_page
from sales.queries import unknown_goods

COUNT_LIMIT: Final = 10_000
SOLD_DAYS: Final = 90
IMPORT_SECONDS: Final = 60
SHOWN_ROWS: Final = 10


@dataclass(frozen=True)
class ProductRow:
    id: UUID
    name: str
    sku: str
    category: str
    price: int | None
    cost: int | None
    cost_since: date | None
    margin: int | None
    margin_share: str
    is_loss: bool


@staff_page(Permission.SEE_PRODUCTS)
@slow_page
def products(request: StaffRequest) -> HttpResponseBase:
    merchant = request.staff.merchant
    today = merchant.day_of(timezone.now())
    tab = request.GET.get("tab", "")
    if tab == "unknown":
        return _render_unknown(request, merchant, today)
    search, category = clean_line(request.GET.get("q", ""))[:100], request.GET.get("category", "")[:64]
    narrowed: dict[str, Any] = {
        "merchant": merchant,
        "day": today,
        "search": search,
        "category": category,
        "without_cost": tab == "no_cost",
        "archived": tab == "archived",
    }
    if request.GET.get("format") == "csv":
        asked = ProductsExport(search, category, without_cost=tab == "no_cost", archived=tab == "archived")
        return _export_products(request, asked, today)
    found = products_page(**narrowed, after=request.GET.get("after") or None)
    newer_url, older_url = page_urls(request.GET, found.next_after)
    page = Page(
        rows=[_product_row(product) for product in found.products],
        total=min(found.total, COUNT_LIMIT),
        total_is_capped=found.total > COUNT_LIMIT,
        newer_url=newer_url,
        older_url=older_url,
    )
    words = {
        "q": gettext("Search: %(text)s") % {"text": search},
        "category": gettext("Category: %(name)s") % {"name": category},
    }
    context = {
        "page": page,
        "tabs": _make_tabs(request),
        "chips": filter_chips(request.GET, words),
        "categories": [(name, name) for name in categories(merchant=merchant)],
        "chosen": request.GET,
        "tab": tab,
        "csv_url": url_with(request.GET, format="csv"),
        "may_exclude": may(request.staff.role, Permission.EDIT_PROGRAM),
        "may_edit": may(request.staff.role, Permission.EDIT_PRODUCTS),
    }
    return render(request, "backoffice/products/list.html", context)


def _export_products(request: StaffRequest, export: ProductsExport, day: date) -> HttpResponseBase:
    """Send the list as a file; a long one becomes a job."""
    merchant = request.staff.merchant
    count = count_products(merchant=merchant, day=day, **export.to_json())
    if count <= LONG_FILE:
        return csv_response(
            filename=FILE_NAME,
            head=[COLUMNS],
            merchant_id=merchant.id,
            batch=product_batches(merchant, export, day),
            language=reader_language(),
        )
    if request.method != "POST":
        return file_question(request, gettext("Export of products"), count, reverse("backoffice:products"))
    return ask_for_job(
        request,
        kind=PRODUCTS_EXPORT,
        parameters=export.to_json(),
        needs=[Permission.SEE_PRODUCTS],
        action="products.exported",
        audit_details={"count": count},
    )


def _product_row(product: ProductFacts) -> ProductRow:
    margin = product.margin_amount
    share = format_percent(margin / product.price_amount) if margin is not None and product.price_amount else ""
    return ProductRow(
        id=product.id,
        name=product.name,
        sku=product.sku if product.sku != product.name else "",
        category=product.category,
        price=product.price_amount,
        cost=product.cost_amount,
        cost_since=product.cost_starts_on,
        margin=margin,
        margin_share=share,
        is_loss=margin is not None and margin < 0,
    )


def _make_tabs(request: StaffRequest) -> list[Tab]:
    tab = request.GET.get("tab", "")
    words = (
        ("", gettext("All")),
        ("no_cost", gettext("Without cost")),
        ("unknown", gettext("Sold but unknown")),
        ("archived", gettext("Archived")),
    )
    return [Tab(word, f"?tab={code}" if code else "?", current=tab == code) for code, word in words]


def _render_unknown(request: StaffRequest, merchant: MerchantFacts, today: date) -> HttpResponse:
    """What was sold in the last days and is no product: its margin is known to no one."""
    allow_long_statements(IMPORT_SECONDS)
    first = today - timedelta(days=SOLD_DAYS)
    context = {
        "goods": unknown_goods(merchant=merchant, first=first, last=today),
        "first": first,
        "last": today,
        "tabs": _make_tabs(request),
        "has_products": product_count(merchant=merchant) > 0,
        "may_edit": may(request.staff.role, Permission.EDIT_PRODUCTS),
    }
    return render(request, "backoffice/products/unknown.html", context)


@require_POST
@staff_page(Permission.EDIT_PRODUCTS)
@slow_page
def adopt_goods(request: StaffRequest) -> HttpResponse:
    """What was sold but unknown becomes products under the name it was sold under; costs come with a file."""
    merchant = request.staff.merchant
    today = merchant.day_of(timezone.now())
    allow_long_statements(IMPORT_SECONDS)
    goods = unknown_goods(merchant=merchant, first=today - timedelta(days=SOLD_DAYS), last=today)
    saved = save_products(
        merchant=merchant,
        drafts=[ProductDraft(sku=good.sku, name=good.name or None, category=good.category or None) for good in goods],
        today=today,
        at=timezone.now(),
        actor=actor_of(request),
    )
    words = ngettext(
        "%(count)s product added. Its cost is missing.",
        "%(count)s products added. Their costs are missing.",
        saved.created,
    )
    messages.success(request, words % {"count": format_number(saved.created)})
    return redirect("backoffice:products")


# --- files -------------------------------------------------------------------------------------------------------


@staff_page(Permission.EDIT_PRODUCTS)
@slow_page
def import_new(request: StaffRequest) -> HttpResponse:
    """Takes a file and keeps it; nothing becomes a product before the preview was seen."""
    form = ProductFileForm(post_data(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        content = file.read()
        try:
            read_file(content, request.staff.merchant)
        except UnreadableFile as unreadable:
            form.add_error("file", str(unreadable))
        else:
            import_id = keep_import(
                merchant=request.staff.merchant,
                filename=file.name or "products.csv",
                content=content,
                at=timezone.now(),
                actor=actor_of(request),
            )
            return redirect("backoffice:product_import", import_id=import_id)
    context = {"form": form, "columns": list(PRODUCT_COLUMN_WORDS.items())}
    return render(request, "backoffice/products/import_new.html", context, status=400 if form.errors else 200)


@staff_page(Permission.EDIT_PRODUCTS)
@slow_page
def import_detail(request: StaffRequest, import_id: UUID) -> HttpResponse:
    """What the kept file would do; sent, it does that, once; a long one becomes a job."""
    merchant = request.staff.merchant
    today = merchant.day_of(timezone.now())
    allow_long_statements(IMPORT_SECONDS)
    kept = product_import(merchant=merchant, import_id=import_id)
    read = read_file(kept.content, merchant)
    asked = ProductsImportJob(import_id).to_json()
    job = latest_job(merchant=merchant, kind=PRODUCTS_IMPORT, parameters=asked)
    if request.method == "POST" and len(read.drafts) > LONG_ACTION and kept.result is None:
        if job is not None and job.is_open:
            return redirect("backoffice:job", job_id=job.id)
        return ask_for_job(
            request,
            kind=PRODUCTS_IMPORT,
            parameters=asked,
            needs=[Permission.EDIT_PRODUCTS],
            action="products.import_asked",
            audit_details={"count": len(read.drafts)},
        )
    if request.method == "POST":
        saved = take_import(
            merchant=merchant,
            import_id=import_id,
            drafts=read.drafts,
            today=today,
            at=timezone.now(),
            actor=actor_of(request),
        )
        words = gettext("The file is taken in. New products: %(created)s, changed: %(changed)s.")
        messages.success(
            request, words % {"created": format_number(saved.created), "changed": format_number(saved.changed)}
        )
        return redirect("backoffice:product_import", import_id=import_id)
    context = {
        "kept": kept,
        "job": job if job is not None and job.is_open else None,
        "read": read,
        "shown": read.drafts[:SHOWN_ROWS],
        "groups": [(PRODUCT_COLUMN_WORDS.get(g.column, g.column), g) for g in reject_groups(read.rejects)],
        "figures": _import_figures(kept, read, merchant, today),
    }
    return render(request, "backoffice/products/import_detail.html", context)


def _import_figures(
    kept: ImportFacts, read: ProductsFile, merchant: MerchantFacts, today: date
) -> list[tuple[str, int]]:
    saved = kept.result or preview_products(merchant=merchant, drafts=read.drafts, today=today)
    return [
        (gettext("New products"), saved.created),
        (gettext("Changed"), saved.changed),
        (gettext("Unchanged"), saved.unchanged),
        (gettext("Rejected rows"), len(read.rejects)),
    ]


@staff_page(Permission.EDIT_PRODUCTS)
def import_rejects(request: StaffRequest, import_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    read = read_file(product_import(merchant=merchant, import_id=import_id).content, merchant)
    text = StringIO()
    cells = list(read.rejects[0].row) if read.rejects else []
    write_rejects(
        read.rejects,
        CsvDictWriter(text, ["line", "field", "reason", *cells]),
    )
    return _download_response("rejects.csv", text.getvalue())


@staff_page(Permission.SEE_PRODUCTS)
def import_template(request: StaffRequest) -> HttpResponse:
    return _csv_response("products-template.csv", [list(row) for row in TEMPLATE])


def _csv_response(filename: str, rows: list[list[Any]]) -> HttpResponse:
    text = StringIO()
    CsvWriter(text).writerows(rows)
    return _download_response(filename, text.getvalue())


def _download_response(filename: str, text: str) -> HttpResponse:
    """With a byte-order mark, without which spreadsheets take UTF-8 for something else."""
    response = HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
