"""Addresses of receipts."""

from django.urls import path

from backoffice.receipts import late_receipts, views

urlpatterns = [
    path("receipts/", views.receipt_list, name="receipts"),
    path("receipts/<uuid:sale_id>/", views.receipt, name="receipt"),
    path("receipts/late/", late_receipts.late_receipts, name="late_receipts"),
    path("receipts/returns-without-sale/", views.unmatched, name="unmatched_returns"),
]
