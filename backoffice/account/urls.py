"""Addresses of account."""

from django.urls import path

from backoffice.account.views import appearance, saved_views, search, sign_up, stores

urlpatterns = [
    path("sign-up/", sign_up.sign_up, name="sign_up"),
    path("sign-up/sent/", sign_up.sign_up_sent, name="sign_up_sent"),
    path("sign-up/<str:token>/", sign_up.open_store, name="open_store"),
    path("search/", search.search_page, name="search"),
    path("views/<slug:page>/new/", saved_views.view_new, name="view_new"),
    path("views/<slug:page>/<uuid:view_id>/", saved_views.view_change, name="view_change"),
    path("appearance/rows/", saved_views.row_height, name="row_height"),
    path("store/", stores.switch_merchant, name="switch_merchant"),
    path("stores/", stores.stores, name="stores"),
    path("stores/<uuid:merchant_id>/accept/", stores.accept, name="invitation_accept"),
    path("stores/<uuid:merchant_id>/decline/", stores.decline, name="invitation_decline"),
    path("appearance/", appearance.set_theme, name="set_theme"),
]
