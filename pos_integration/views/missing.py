"""Addresses that do not exist, in the API's own form."""

from __future__ import annotations

from typing import Any, NoReturn

from django.http import HttpRequest
from rest_framework.request import Request

from common.errors import TemporarilyUnavailable
from merchants.facts import TillCredential
from pos_integration.authentication import till_of_header
from pos_integration.problems import ProblemError
from pos_integration.views.base import TillView


class NoSuchAddressView(TillView):
    """404 for whatever the method; asks for no key, because there is nothing to protect."""

    authentication_classes = []
    http_method_names = ["get", "head", "post", "put", "patch", "delete", "options"]
    schema: Any = None

    def _refuse_address(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise ProblemError("not_found")

    def find_till(self, request: HttpRequest) -> TillCredential | None:
        """Return the till whose key came along: those who connect it find a mistyped address in its log."""
        try:
            return till_of_header(request.META.get("HTTP_AUTHORIZATION", ""))
        except TemporarilyUnavailable:
            return None

    get = post = put = patch = delete = _refuse_address
    options: Any = _refuse_address
