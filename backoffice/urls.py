"""Addresses of the staff's pages."""

from django.conf import settings
from django.urls import path

from backoffice.views import appearance, members, merchants, overview, signing_up, style_guide, tills

app_name = "backoffice"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("sign-up/", signing_up.sign_up, name="sign_up"),
    path("members/", members.member_list, name="members"),
    path("members/new/", members.member_new, name="member_new"),
    path("members/<uuid:member_id>/", members.member_detail, name="member"),
    path("members/<uuid:member_id>/points/", members.adjust_points, name="adjust_points"),
    path("settings/tills/", tills.tills, name="tills"),
    path("settings/tills/new/", tills.till_new, name="till_new"),
    path("settings/tills/<uuid:till_id>/keys/new/", tills.key_new, name="key_new"),
    path("settings/outlets/new/", tills.outlet_new, name="outlet_new"),
    path("settings/keys/<uuid:key_id>/revoke/", tills.key_revoke, name="key_revoke"),
    path("store/", merchants.switch_merchant, name="switch_merchant"),
    path("appearance/", appearance.set_theme, name="set_theme"),
]

if settings.DEBUG:
    urlpatterns.append(path("style-guide/", style_guide.style_guide, name="style_guide"))
