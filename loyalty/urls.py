"""Addresses: /api/pos/v1/ the till's API, /m/ a member's pages, /accounts/ login, / the staff's pages."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


def _when_present(prefix: str, module: str) -> list[URLResolver]:
    package = module.rpartition(".")[0]
    return [path(prefix, include(module))] if find_spec(package) and find_spec(module) else []


urlpatterns: list[URLPattern | URLResolver] = [
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    *_when_present("api/pos/v1/", "pos_integration.urls"),
    *_when_present("m/", "member_pages.urls"),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    *_when_present("", "backoffice.urls"),
]
