"""The web server as it is shipped: headers that every page carries, and no way to frame or script it from outside."""

import urllib.error
import urllib.request
from collections.abc import Mapping

import pytest


@pytest.fixture
def headers(real_commits: None, server_url: str) -> Mapping[str, str]:
    with urllib.request.urlopen(f"{server_url}/accounts/login/", timeout=30) as answer:
        return dict(answer.headers.items())


def test_pages_may_load_only_from_their_own_address(headers: Mapping[str, str]) -> None:
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert "camera=()" in headers["permissions-policy"]


def test_another_host_name_is_refused(real_commits: None, server_url: str) -> None:
    request = urllib.request.Request(f"{server_url}/accounts/login/", headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=30)
    assert refusal.value.code == 400
