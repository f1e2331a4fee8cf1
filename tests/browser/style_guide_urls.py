"""The product's own addresses and the style guide, which is otherwise served only with DEBUG on."""

from django.urls import URLPattern, URLResolver, path

from backoffice.style_guide import style_guide
from loyalty.urls import urlpatterns as served

urlpatterns: list[URLPattern | URLResolver] = [path("style-guide/", style_guide), *served]
