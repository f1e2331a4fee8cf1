"""Addresses of moments."""

from django.urls import path

from backoffice.moments import views

urlpatterns = [
    path("offers/moments/", views.moment_list, name="moments"),
    path("offers/moments/new/", views.moment_new, name="moment_new"),
    path("offers/moments/<slug:code>/", views.moment_detail, name="moment"),
    path("offers/moments/<slug:code>/rhythm/", views.moment_rhythm, name="moment_rhythm"),
    path("offers/moments/<slug:code>/remove/", views.moment_remove, name="moment_remove"),
    path("offers/moments/<slug:code>/<int:year>/<int:number>/", views.moment_dates, name="moment_dates"),
    path("offers/moments/<slug:code>/<int:year>/<int:number>/reset/", views.moment_reset, name="moment_reset"),
]
