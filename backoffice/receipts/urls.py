"""Addresses of receipts."""

from django.urls import path

from backoffice.receipts import views

urlpatterns = [
    path("receipts/", views.receipt_list, name="receipts"),
    path("receipts/<uuid:sale_id>/", views.receipt, name="receipt"),
    path("receipts/returns-without-sale/", views.unmatched, name="unmatched_returns"),
]
