"""Addresses of gift cards."""

from django.urls import path

from backoffice.gift_cards import views

urlpatterns = [
    path("loyalty/gift-cards/", views.gift_cards, name="gift_cards"),
    path("loyalty/gift-cards/new/", views.gift_card_new, name="gift_card_new"),
    path("loyalty/gift-cards/find/", views.gift_card_find, name="gift_card_find"),
    path("loyalty/gift-cards/batches/<uuid:batch_id>/codes/", views.gift_card_print, name="gift_card_print"),
    path("loyalty/gift-cards/<uuid:card_id>/", views.gift_card_detail, name="gift_card"),
    path("loyalty/gift-cards/<uuid:card_id>/<slug:step>/", views.gift_card_change, name="gift_card_change"),
]
