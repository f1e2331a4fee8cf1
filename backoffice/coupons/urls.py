"""Addresses of coupons."""

from django.urls import path

from backoffice.coupons.views import asked, batches, codes, handouts

urlpatterns = [
    path("offers/coupons/", batches.coupon_list, name="coupons"),
    path("offers/coupons/new/", batches.coupon_new, name="coupon_new"),
    path("offers/coupons/new/cost/", batches.coupon_cost, name="coupon_cost"),
    path("offers/coupons/asked/<uuid:approval_id>/", asked.coupons_asked, name="coupons_asked"),
    path("offers/codes/", codes.code_look_up, name="code_look_up"),
    path("offers/codes/<uuid:coupon_id>/", codes.coupon_detail, name="coupon"),
    path("offers/codes/<uuid:coupon_id>/<slug:step>/", codes.coupon_step, name="coupon_step"),
    path("offers/coupons/<uuid:batch_id>/", batches.batch_detail, name="coupon_batch"),
    path("offers/coupons/<uuid:batch_id>/sheets/", handouts.batch_print, name="coupon_sheet"),
    path("offers/coupons/<uuid:batch_id>/file/", handouts.batch_file, name="coupon_file"),
    path("offers/coupons/<uuid:batch_id>/resume/", batches.batch_resume, name="coupon_resume"),
    path("offers/coupons/<uuid:batch_id>/cancel/", batches.batch_cancel, name="coupon_cancel"),
]
