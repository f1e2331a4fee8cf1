"""Addresses below /m/. The longest, an unsubscribe link, stays within 200 characters on hosts of up to 80."""

from django.urls import path

from member_pages.views.card import card, card_print
from member_pages.views.join import join
from member_pages.views.pictures import picture
from member_pages.views.preferences import preferences
from member_pages.views.rewards import rewards, verification_code
from member_pages.views.unsubscribe import unsubscribe

app_name = "member_pages"

urlpatterns = [
    path("<slug:slug>/join", join, name="join"),
    path("<slug:slug>/join/<str:code>", join, name="join_referred"),
    path("<slug:slug>/card/<str:token>", card, name="card"),
    path("<slug:slug>/card/<str:token>/print", card_print, name="card_print"),
    path("<slug:slug>/card/<str:token>/rewards", rewards, name="rewards"),
    path("<slug:slug>/card/<str:token>/code", verification_code, name="verification_code"),
    path("<slug:slug>/card/<str:token>/preferences", preferences, name="preferences"),
    path("<slug:slug>/rewards/<uuid:reward_id>/<str:content_hash>.webp", picture, name="picture"),
    path("<slug:slug>/u/<str:token>", unsubscribe, name="unsubscribe"),
]
