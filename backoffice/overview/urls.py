"""Addresses of overview."""

from django.urls import path

from backoffice.overview import views

urlpatterns = [
    path("", views.overview, name="overview"),
]
