"""Addresses that do not exist, in the API's own form."""

from __future__ import annotations

from typing import Any, NoReturn

from rest_framework.request import Request

from pos_integration.problems import ProblemError
from pos_integration.views.base import TillView


class NoSuchAddressView(TillView):
    """404 for whatever the method; asks for no key, because there is nothing to protect."""

    authentication_classes = []
    http_method_names = ["get", "head", "post", "put", "patch", "delete", "options"]
    schema: Any = None

    def _refuse_address(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise ProblemError("not_found")

    get = post = put = patch = delete = _refuse_address
    options: Any = _refuse_address
