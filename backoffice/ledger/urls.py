"""Addresses of the points ledger."""

from django.urls import path

from backoffice.ledger import views

urlpatterns = [
    path("loyalty/ledger/", views.ledger, name="ledger"),
    path("loyalty/ledger/export/", views.ledger_export, name="ledger_export"),
    path("loyalty/ledger/<uuid:transfer_id>/", views.movement_detail, name="movement"),
]
