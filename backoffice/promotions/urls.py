"""Addresses of promotions."""

from django.urls import path

from backoffice.promotions.views import checks, detail, drafts, json_files, listing

urlpatterns = [
    path("offers/promotions/", listing.promotion_list, name="promotions"),
    path("offers/promotions/check/", checks.promotions_check, name="promotions_check"),
    path("offers/promotions/check/receipts/", checks.receipts_check, name="receipts_check"),
    path("offers/promotions/check/limits/", checks.limits, name="discount_limits"),
    path("offers/promotions/new/", drafts.promotion_new, name="promotion_new"),
    path("offers/promotions/new/json/", json_files.promotion_json, name="promotion_import"),
    path("offers/promotions/new/kind/<slug:kind>/", drafts.promotion_blank, name="promotion_blank"),
    path("offers/promotions/new/<slug:pattern>/", drafts.promotion_write, name="promotion_write"),
    path("offers/promotions/drafts/<uuid:draft_id>/", drafts.promotion_draft, name="promotion_draft"),
    path("offers/promotions/drafts/<uuid:draft_id>/discard/", drafts.draft_discard, name="draft_discard"),
    path("offers/promotions/<uuid:promotion_id>/", detail.promotion_detail, name="promotion"),
    path("offers/promotions/<uuid:promotion_id>/edit/", drafts.promotion_edit, name="promotion_edit"),
    path("offers/promotions/<uuid:promotion_id>/json/", json_files.promotion_json, name="promotion_json"),
    path("offers/promotions/<uuid:promotion_id>/export/", json_files.promotion_export, name="promotion_export"),
    path(
        "offers/promotions/<uuid:promotion_id>/<slug:step>/",
        detail.change_promotion_status,
        name="promotion_change_status",
    ),
]
