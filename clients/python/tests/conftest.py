"""What the tests are told of the real service: TEST_STACK = {"url", "endpoint", "tokens": {name: token}}."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from minio_manager import Client, notebook  # noqa: E402


@dataclass(frozen=True)
class Stack:
    url: str
    endpoint: str
    tokens: dict[str, str] = field(repr=False)

    def home(self, name: str) -> str:
        return f"s3a://cdm-lake/users-warehouse/{name}/"


@pytest.fixture(scope="session")
def stack() -> Stack:
    if "TEST_STACK" not in os.environ:
        pytest.exit("these tests need the real service: npm test -- test/e2e/clients/python", 3)
    return Stack(**json.loads(os.environ["TEST_STACK"]))


@pytest.fixture(scope="session")
def client(stack: Stack) -> Callable[..., Client]:
    """A client of somebody; a service on a busy machine may take its time."""

    def make(name: str, **options: Any) -> Client:
        return Client(stack.url, stack.tokens[name], **{"timeout": 60.0, **options})

    return make


@pytest.fixture(scope="session")
def waits_for_logins() -> bool:
    """Whether the service of this checkout knows `await_login`."""
    document = json.loads((Path(__file__).resolve().parents[3] / "openapi" / "openapi.json").read_text())
    return "await_login" in document["components"]["schemas"]["ShareRequestDto"]["properties"]


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No setting, login or cache of whoever runs the tests; nor one of the test before."""
    for name in list(os.environ):
        if name.startswith(("MINIO_", "AWS_", "S3_", "FSSPEC_", "SSL_CERT", "JUPYTERHUB_", "KBASE_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    yield
    notebook.use(None)


@pytest.fixture
def somebody(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts somebody's URL and token into the environment, and nothing that an SDK would read."""

    def be(name: str) -> None:
        monkeypatch.setenv("MINIO_MANAGER_URL", stack.url)
        monkeypatch.setenv("MINIO_MANAGER_TOKEN", stack.tokens[name])

    return be


@pytest.fixture(scope="session")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """IPython; there is one in a process."""
    os.environ["IPYTHONDIR"] = str(tmp_path_factory.mktemp("ipython"))
    from IPython.testing.globalipapp import start_ipython

    return start_ipython()
