"""Addresses under /api/pos/v1/."""

from __future__ import annotations

from django.urls import path, re_path

from pos_integration.views.batches import BatchesView
from pos_integration.views.coupons import CouponCheckView
from pos_integration.views.health import HealthView
from pos_integration.views.members import (
    CardConfirmView,
    ConsentsView,
    MemberCouponsView,
    MemberLedgerView,
    MembersView,
    MemberView,
)
from pos_integration.views.missing import NoSuchAddressView
from pos_integration.views.products import ProductsView
from pos_integration.views.program import ProgramView
from pos_integration.views.promotions import PromotionsView
from pos_integration.views.quotes import QuoteReleaseView, QuotesView
from pos_integration.views.redemptions import (
    RedemptionConfirmView,
    RedemptionHandoverView,
    RedemptionReversalView,
    RedemptionsView,
    RewardsView,
)
from pos_integration.views.sales import SaleClaimView, SaleRefundsView, SalesView, SaleView, SaleVoidView
from pos_integration.views.stored_value import (
    GiftCardCheckView,
    GiftCardReversalView,
    GiftCardsView,
    TopUpReversalView,
    TopUpsView,
)

urlpatterns = [
    path("health", HealthView.as_view()),
    path("program", ProgramView.as_view()),
    path("members", MembersView.as_view()),
    path("members/<str:member_id>", MemberView.as_view()),
    path("members/<str:member_id>/ledger", MemberLedgerView.as_view()),
    path("members/<str:member_id>/coupons", MemberCouponsView.as_view()),
    path("members/<str:member_id>/cards/confirm", CardConfirmView.as_view()),
    path("members/<str:member_id>/consents", ConsentsView.as_view()),
    path("members/<str:member_id>/top-ups", TopUpsView.as_view()),
    path("top-ups/<str:top_up_id>/reversal", TopUpReversalView.as_view()),
    path("gift-cards", GiftCardsView.as_view()),
    path("gift-cards/check", GiftCardCheckView.as_view()),
    path("gift-cards/<str:gift_card_id>/reversal", GiftCardReversalView.as_view()),
    path("quotes", QuotesView.as_view()),
    path("quotes/<str:quote_id>/release", QuoteReleaseView.as_view()),
    path("sales", SalesView.as_view()),
    path("sales/<str:reference>", SaleView.as_view()),
    path("sales/<str:reference>/claim", SaleClaimView.as_view()),
    path("sales/<str:reference>/refunds", SaleRefundsView.as_view()),
    path("sales/<str:reference>/void", SaleVoidView.as_view()),
    path("batches", BatchesView.as_view()),
    path("redemptions", RedemptionsView.as_view()),
    path("redemptions/<str:redemption_id>/confirm", RedemptionConfirmView.as_view()),
    path("redemptions/<str:redemption_id>/reversal", RedemptionReversalView.as_view()),
    path("redemptions/<str:redemption_id>/handover", RedemptionHandoverView.as_view()),
    path("rewards", RewardsView.as_view()),
    path("promotions", PromotionsView.as_view()),
    path("products", ProductsView.as_view()),
    path("coupons/check", CouponCheckView.as_view()),
    re_path(r"", NoSuchAddressView.as_view()),
]
