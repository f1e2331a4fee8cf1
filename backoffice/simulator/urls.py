"""Addresses of simulator."""

from django.urls import path

from backoffice.simulator import views

urlpatterns = [
    path("simulator/", views.simulations, name="simulator"),
    path("simulator/new/", views.simulation_new, name="simulation_new"),
    path("simulator/<uuid:scenario_id>/", views.simulation, name="simulation"),
    path("simulator/<uuid:scenario_id>/cancel/", views.simulation_cancel, name="simulation_cancel"),
]
