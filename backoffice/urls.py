"""Addresses of the staff's pages: each family of the menu has its own list."""

from django.conf import settings
from django.urls import URLPattern, path

from backoffice.account.urls import urlpatterns as account
from backoffice.campaigns.urls import urlpatterns as campaigns
from backoffice.coupons.urls import urlpatterns as coupons
from backoffice.gift_cards.urls import urlpatterns as gift_cards
from backoffice.jobs.urls import urlpatterns as jobs
from backoffice.ledger.urls import urlpatterns as ledger
from backoffice.members.urls import urlpatterns as members
from backoffice.moments.urls import urlpatterns as moments
from backoffice.overview.urls import urlpatterns as overview
from backoffice.privacy.urls import urlpatterns as privacy
from backoffice.products.urls import urlpatterns as products
from backoffice.program.urls import urlpatterns as program
from backoffice.promotions.urls import urlpatterns as promotions
from backoffice.receipts.urls import urlpatterns as receipts
from backoffice.referrals.urls import urlpatterns as referrals
from backoffice.rewards.urls import urlpatterns as rewards
from backoffice.segments.urls import urlpatterns as segments
from backoffice.settings.urls import urlpatterns as settings_pages
from backoffice.simulator.urls import urlpatterns as simulator
from backoffice.style_guide import style_guide

app_name = "backoffice"

urlpatterns: list[URLPattern] = [
    *overview,
    *account,
    *receipts,
    *members,
    *privacy,
    *segments,
    *ledger,
    *gift_cards,
    *referrals,
    *campaigns,
    *simulator,
    *rewards,
    *products,
    *program,
    *promotions,
    *coupons,
    *moments,
    *settings_pages,
    *jobs,
]

if settings.DEBUG:
    urlpatterns.append(path("style-guide/", style_guide, name="style_guide"))
