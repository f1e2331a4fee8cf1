"""Addresses of rewards."""

from django.urls import path

from backoffice.rewards.views import catalogue, gifts, partners

urlpatterns = [
    path("rewards/", catalogue.rewards, name="rewards"),
    path("rewards/new/", catalogue.reward_new, name="reward_new"),
    path("rewards/confirmation/", catalogue.confirmation, name="reward_confirmation"),
    path("rewards/gifts/", gifts.gifts, name="gifts"),
    path("rewards/gifts/<uuid:redemption_id>/", gifts.gift, name="gift"),
    path("rewards/gifts/<uuid:redemption_id>/step/", gifts.gift_step, name="gift_step"),
    path("rewards/partners/", partners.partner_list, name="partners"),
    path("rewards/partners/new/", partners.partner_new, name="partner_new"),
    path("rewards/partners/<uuid:partner_id>/", partners.partner_detail, name="partner"),
    path("rewards/partners/<uuid:partner_id>/fund/", partners.partner_fund, name="partner_fund"),
    path(
        "rewards/partners/<uuid:partner_id>/fund/<uuid:promotion_id>/end/",
        partners.partner_end_funding,
        name="partner_end_funding",
    ),
    path("rewards/<uuid:reward_id>/", catalogue.reward, name="reward"),
    path("rewards/<uuid:reward_id>/edit/", catalogue.reward_edit, name="reward_edit"),
    path("rewards/<uuid:reward_id>/restock/", catalogue.reward_restock, name="reward_restock"),
    path("rewards/<uuid:reward_id>/count/", catalogue.reward_count, name="reward_count"),
    path("rewards/<uuid:reward_id>/picture/", catalogue.reward_picture, name="reward_picture"),
    path("rewards/<uuid:reward_id>/retire/", catalogue.reward_retire, name="reward_retire"),
    path("rewards/<uuid:reward_id>/offer/", catalogue.reward_offer_again, name="reward_offer_again"),
]
