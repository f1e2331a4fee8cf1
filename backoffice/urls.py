"""Addresses of the staff's pages."""

from django.urls import path

from backoffice.views import appearance

app_name = "backoffice"

urlpatterns = [
    path("appearance/", appearance.set_theme, name="set_theme"),
]
