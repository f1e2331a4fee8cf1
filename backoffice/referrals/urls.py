"""Addresses of referrals."""

from django.urls import path

from backoffice.referrals.views import decisions, listing, program

urlpatterns = [
    path("loyalty/referrals/", listing.referrals, name="referrals"),
    path("loyalty/referrals/program/", program.program, name="referral_program"),
    path("loyalty/referrals/<uuid:referral_id>/", decisions.referral_detail, name="referral"),
    path("loyalty/referrals/<uuid:referral_id>/<slug:decision>/", decisions.decide, name="referral_decide"),
]
