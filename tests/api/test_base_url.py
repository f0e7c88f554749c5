"""The access token goes to TikTok or to this machine, and nowhere else."""

from __future__ import annotations

import pytest

from plugin_spec import ConfigError
from tiktok_destination.api.base_url import TIKTOK, VARIABLE, base_url


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("", "https://business-api.tiktok.com"),
        ("https://business-api.tiktok.com", "https://business-api.tiktok.com"),
        ("https://BUSINESS-API.tiktok.com/", "https://business-api.tiktok.com"),
        ("https://business-api.tiktok.com:443", "https://business-api.tiktok.com:443"),
        ("https://sandbox-ads.tiktok.com", "https://sandbox-ads.tiktok.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://127.9.8.7", "http://127.9.8.7"),
        ("https://localhost:9", "https://localhost:9"),
        ("http://LOCALHOST", "http://localhost"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_tiktoks_hosts_and_this_machine_are_used(given, used):
    assert base_url({VARIABLE: given}) == used


def test_without_the_variable_it_is_tiktok():
    assert base_url({}) == TIKTOK


@pytest.mark.parametrize(
    "given",
    [
        "http://business-api.tiktok.com",
        "https://business-api.tiktok.com:8443",
        "https://business-api.tiktok.com.",
        "https://business-api.tiktok.com.example.org",
        "https://xbusiness-api.tiktok.com",
        "https://ads.tiktok.com",
        "https://example.org",
        "https://business-api.tiktok.com@example.org",
        "https://user:canary-secret@business-api.tiktok.com",
        "http://@127.0.0.1",
        "https://business-api.tiktok.com/path",
        "https://business-api.tiktok.com?x",
        "https://business-api.tiktok.com/#x",
        "https://example.org\\@business-api.tiktok.com",
        "https://business-api.tiktok.com\n.example.org",
        " https://business-api.tiktok.com",
        "https://business-api\u3002tiktok.com",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "business-api.tiktok.com",
        "//127.0.0.1",
        "http://",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:x",
        "http://127.1",
        "http://2130706433",
        "http://0x7f.0.0.1",
        "http://0.0.0.0",
        "http://128.0.0.1",
        "http://[::ffff:127.0.0.1]",
        "http://[::2]",
        "http://[::1%25lo]",
        "http://[::1",
        "http://localhost.example.org",
        "http://localhost.",
        "http://169.254.169.254",
    ],
)
def test_any_other_address_is_a_fault_that_does_not_repeat_it(given):
    with pytest.raises(ConfigError) as caught:
        base_url({VARIABLE: given})
    (fault,) = caught.value.faults
    assert fault.path == (VARIABLE,)
    assert fault.remedy
    assert "canary" not in f"{caught.value}{caught.value!r}{fault!r}"
    assert "example.org" not in str(caught.value)
