"""Addresses: /api/pos/v1/ the till's API, /m/ a member's pages, /accounts/ login, /ready, / the staff's pages."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from loyalty import local_mail
from loyalty.readiness import ready
from pos_integration.views.reference import problem_list

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path(
        "api/docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="api/docs.html"),
        name="api-docs",
    ),
    path("api/docs/problems", problem_list, name="api-problems"),
    path("api/pos/v1/", include("pos_integration.urls")),
    path("ready", ready, name="ready"),
    path("m/", include("member_pages.urls")),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("backoffice.urls")),
]

if settings.LOCAL_MAIL_DIR is not None:
    urlpatterns += [
        path("local-mail/", local_mail.mail_list, name="local-mail"),
        path("local-mail/<slug:name>/", local_mail.mail_detail, name="local-mail-detail"),
        path("local-mail/<slug:name>/body/", local_mail.mail_body, name="local-mail-body"),
    ]
