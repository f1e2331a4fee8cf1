"""Addresses of requests about members' data."""

from django.urls import path

from backoffice.privacy.views import contacts, requests

urlpatterns = [
    path("settings/data-requests/", requests.data_requests, name="data_requests"),
    path("settings/data-requests/<uuid:request_id>/", requests.data_request_page, name="data_request"),
    path("settings/data-requests/<uuid:request_id>/close/", requests.data_request_close, name="data_request_close"),
    path(
        "settings/data-requests/<uuid:request_id>/carry-out/",
        requests.data_request_carry_out,
        name="data_request_carry_out",
    ),
    path("settings/data-requests/<uuid:request_id>/erase/", requests.person_erase, name="person_erase"),
    path("settings/data-requests/<uuid:request_id>/file/", requests.person_file, name="person_file"),
    path("members/<uuid:member_id>/requests/new/", requests.data_request_new, name="data_request_new"),
    path("members/<uuid:member_id>/contacts/", contacts.contacts_show, name="contacts_show"),
    path("members/<uuid:member_id>/contacts/now/", contacts.contacts_now, name="contacts_now"),
    path("members/<uuid:member_id>/unrestrict/", requests.member_unrestrict, name="member_unrestrict"),
]
