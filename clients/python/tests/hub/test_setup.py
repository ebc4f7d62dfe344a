from __future__ import annotations

import asyncio
import subprocess
import sys
from copy import deepcopy

import pytest
from spawner import Spawner, configured, spawn
from traitlets import TraitError
from traitlets.config import Config

from minio_manager import ConfigurationError
from minio_manager.hub import compose, setup
from minio_manager.hub.settings import settings

HTTPS = "https://minio-manager.example.org"


def made(environment=None, **written):
    return settings(Config(MinioManager=Config(written)), environment or {})


def test_each_setting_comes_from_the_environment_too_and_the_configuration_decides():
    environment = {
        "MINIO_MANAGER_URL": f"{HTTPS}/",
        "MINIO_MANAGER_MODE": "session",
        "MINIO_MANAGER_TOKEN": "svc_x",
        "MINIO_MANAGER_TIMEOUT": "2.5",
        "MINIO_MANAGER_SESSION_SECONDS": "900",
        "MINIO_MANAGER_USE_USER_TOKEN": "true",
        "MINIO_MANAGER_AUTH_STATE_KEY": "tokens.access",
        "MINIO_MANAGER_REGION": "",
        "MINIO_MANAGER_EXTRA_ENVIRONMENT": '{"A": "b"}',
    }
    read = made(environment)
    assert (read.url, read.mode, read.timeout, read.session_seconds) == (HTTPS, "session", 2.5, 900)
    assert (read.use_user_token, read.auth_state_key, read.region, read.extra_environment) == (True, "tokens.access", "", {"A": "b"})
    assert made(environment, mode="pair", timeout=1.0).mode == "pair"
    with pytest.raises(ConfigurationError, match='Did you mean "container"'):
        made({"MINIO_MANAGER_URL": HTTPS, "MINIO_MANAGER_MODE": "contaner"})
    # a token file in the configuration is not hidden by a token in the environment
    assert made(environment, token_file="/t").token == ""


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ({}, "MINIO_MANAGER_URL"),
        ({"url": "minio-manager:8090"}, "http"),
        ({"url": "http://minio-manager:8090"}, "https"),
        ({"url": HTTPS, "use_user_token": True}, "pair and session"),
        ({"url": HTTPS, "mode": "pair"}, "token_file"),
        ({"url": HTTPS, "mode": "pair", "token": "two words"}, "white space"),
        ({"url": HTTPS, "mode": "par"}, 'not "par". Did you mean "pair"'),
        ({"url": HTTPS, "mode": "sesion"}, 'Did you mean "session"'),
        ({"url": HTTPS, "mode": "keys"}, '"container", "pair" or "session", not "keys".$'),
        ({"url": HTTPS, "mode": 7}, 'not "7"'),
        ({"url": HTTPS, "endpoint": "minio:9000"}, r"endpoint must be http://host\[:port\]"),
    ],
)
def test_what_cannot_work_stops_the_hub(written, says):
    with pytest.raises(ConfigurationError, match=says) as error:
        made(**written)
    assert "two words" not in str(error.value)


@pytest.mark.parametrize("written", [{"timeout": 10.5}, {"timeout": 0.0}, {"session_seconds": 60}])
def test_values_beyond_their_limits_are_refused(written):
    with pytest.raises(TraitError, match=next(iter(written))):
        made(url=HTTPS, **written)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8090", "http://localhost:8090", "http://[::1]:8090", HTTPS])
def test_urls_from_which_sdks_take_credentials(url):
    assert made(url=url).url == url
    assert made(url="http://minio-manager:8090", mode="pair", token="svc_x").mode == "pair"


def test_a_hook_that_is_there_runs_first_in_whichever_section_it_is():
    order = []

    async def own(spawner):
        order.append(spawner.user.name)
        spawner.environment["AWS_REGION"] = "its own"

    c = Config()
    c.KubeSpawner.pre_spawn_hook = own
    c.MinioManager.update({"url": "http://127.0.0.1:9", "timeout": 0.5, "endpoint": "http://s3", "region": "r"})
    setup(c)
    spawner = Spawner("alice")
    # the hub copies its configuration
    asyncio.run(deepcopy(c).KubeSpawner.pre_spawn_hook(spawner))
    assert order == ["alice"] and spawner.environment["AWS_REGION"] == "r"
    assert order == ["alice"] and "AWS_REGION" in spawn(Spawner("bob"), c) and order == ["alice"]


def test_compose_takes_functions_and_coroutines_and_lets_the_first_refuse():
    order = []

    async def later(spawner):
        await asyncio.sleep(0)
        order.append("later")

    asyncio.run(compose(lambda spawner: order.append("first"), later)(None))
    assert order == ["first", "later"]

    def refuse(spawner):
        raise PermissionError("no server for you")

    with pytest.raises(PermissionError):
        asyncio.run(compose(refuse, later)(None))
    assert order == ["first", "later"]


def test_the_package_itself_imports_neither_traitlets_nor_jupyterhub():
    code = "import sys, minio_manager, minio_manager.notebook; assert not {'traitlets', 'jupyterhub'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})
    code = "import sys, minio_manager.hub; assert 'jupyterhub' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})


def test_settings_are_listed_with_their_variables():
    command = [sys.executable, "-m", "minio_manager.hub"]
    listed = subprocess.run(command, check=True, env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True, text=True).stdout
    assert "--MinioManager.mode" in listed and "MINIO_MANAGER_SESSION_SECONDS" in listed and "MINIO_MANAGER_USER_NAME" not in listed
    assert configured(url=HTTPS).Spawner.pre_spawn_hook
