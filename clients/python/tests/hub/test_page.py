from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from docs_blocks import blocks
from traitlets.config import Config

from minio_manager import ConfigurationError
from minio_manager.hub import setup

HTTPS = "https://minio-manager.example.org"
PAGE = "https://lake.example.org"
SECRET = "0123456789abcdef"
ACCESS = "access:services!service=lake"
PAGE_OF_DOCS = Path(__file__).parents[4] / "docs" / "page.md"


def hub(c=None, **written):
    """A hub's configuration after setup."""
    c = Config() if c is None else c
    c.MinioManager.update({"url": HTTPS, "page_url": PAGE, "page_secret": SECRET, **written})
    setup(c)
    return c.JupyterHub


def test_the_page_is_a_service_as_docs_page_says(monkeypatch):
    made = hub()
    monkeypatch.setitem(os.environ, "LAKE_PAGE_SECRET", SECRET)
    own = Config()
    (text,) = (block.text for block in blocks(PAGE_OF_DOCS) if block.language == "python")
    exec(text, {"c": own})
    (service,) = made.services
    # and it has an entry in the menu, which leads to the service
    assert service.pop("url") == HTTPS
    assert [service] == own.JupyterHub.services and made.load_roles == own.JupyterHub.load_roles


def test_what_the_hub_has_stays():
    c = Config()
    c.JupyterHub.services = [{"name": "dashboard"}]
    c.JupyterHub.load_roles.append({"name": "user", "scopes": ["self", "shares!user"]})
    c.JupyterHub.load_roles.append({"name": "staff", "scopes": ["list:users"]})
    made = hub(c)
    assert [service["name"] for service in made.services] == ["dashboard", "lake"]
    assert made.load_roles == [
        {"name": "user", "scopes": ["self", "shares!user", ACCESS]},
        {"name": "staff", "scopes": ["list:users"]},
    ]


def test_who_may_log_in_can_be_said_by_a_role():
    c = Config()
    roles = [{"name": "lake-users", "groups": ["lake"], "scopes": [ACCESS]}]
    c.JupyterHub.load_roles = list(roles)
    assert hub(c).load_roles == roles


def test_without_a_page_nothing_is_added(tmp_path):
    c = Config()
    c.MinioManager.url = HTTPS
    setup(c)
    assert "services" not in c.JupyterHub and "load_roles" not in c.JupyterHub
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    (service,) = hub(page_secret="", page_secret_file=str(file), page_service="data").services
    assert (service["api_token"], service["oauth_client_id"]) == (SECRET, "service-data")


@pytest.mark.parametrize(
    ("address", "value"),
    [
        ("public_url", "https://lake.example.org/"),
        ("public_url", "https://LAKE.example.org:8443/hub"),
        ("bind_url", "http://lake.example.org:8000"),
        ("subdomain_host", "https://lake.example.org"),
        ("subdomain_host", "lake.example.org"),
    ],
)
def test_a_page_at_the_host_of_the_hub_stops_it(address, value):
    c = Config()
    c.JupyterHub[address] = value
    with pytest.raises(ConfigurationError, match="lake.example.org is the host of this hub"):
        hub(c)


@pytest.mark.parametrize("address", ["public_url", "bind_url", "subdomain_host"])
def test_a_host_of_its_own_beside_the_hub_is_right(address):
    c = Config()
    c.JupyterHub[address] = "https://example.org"
    assert len(hub(c).services) == 1


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ({"page_url": "lake.example.org"}, "https://HOST"),
        ({"page_url": "https://lake.example.org/ui/"}, "https://HOST"),
        ({"page_url": "http://lake.example.org"}, "must be https"),
        ({"page_secret": ""}, "page_secret"),
        ({"page_secret": "short"}, "8 characters"),
        ({"page_secret": "", "page_secret_file": "/nowhere"}, "/nowhere"),
        ({"page_service": "La ke"}, "page_service"),
        ({"page_service": "a/../b"}, "page_service"),
    ],
)
def test_a_page_that_cannot_work_stops_the_hub(written, says):
    with pytest.raises(ConfigurationError, match=re.escape(says)) as error:
        hub(**written)
    assert "short" not in str(error.value)
