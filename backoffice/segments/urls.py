"""Addresses of segments."""

from django.urls import path

from backoffice.segments import views

urlpatterns = [
    path("segments/", views.segments, name="segments"),
    path("segments/definition/", views.definition, name="definition"),
    path("segments/<slug:code>/", views.segment, name="segment"),
]
