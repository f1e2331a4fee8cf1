"""Addresses of the staff's pages."""

from django.conf import settings
from django.urls import path

from backoffice.views import appearance, style_guide

app_name = "backoffice"

urlpatterns = [
    path("appearance/", appearance.set_theme, name="set_theme"),
]

if settings.DEBUG:
    urlpatterns.append(path("style-guide/", style_guide.style_guide, name="style_guide"))
