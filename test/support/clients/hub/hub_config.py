"""
The hub of the tests. People log in with their token of the auth service as the password. Every block of docs/jupyterhub.md is run here, and
its blocks configure the servers: the second Python one (a hook of one's own) all of them, but those named after another block's mode.
"""

import json
import os
import sys
from pathlib import Path

import yaml
from docs_blocks import run_page, shell_in
from jupyterhub.auth import DummyAuthenticator
from jupyterhub.spawner import SimpleLocalProcessSpawner
from traitlets.config import Config, get_config

c = get_config()
TEST = json.loads(os.environ["TEST_HUB"])
PROGRAMS = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
hooks = []


def configuration(text):
    own = Config()
    exec(text, {"c": own})
    hooks.append(own.Spawner.pre_spawn_hook)


def values(block):
    """As the chart of Zero to JupyterHub does it."""
    hub = yaml.safe_load(block.text)["hub"]
    before = dict(os.environ)
    os.environ.update({name: value if isinstance(value, str) else "svc_of-a-secret" for name, value in hub["extraEnv"].items()})
    for text in hub["extraConfig"].values():
        configuration(text)
    os.environ.clear()
    os.environ.update(before)


shell = shell_in(Path(TEST["folder"]), {**os.environ, "PATH": PROGRAMS})
run_page(
    Path(TEST["page"]),
    {"python": lambda block: configuration(block.text), "yaml": values, "sh": shell},
    replace=TEST["replace"],
)
_, _, _, for_all, pair, session = hooks
by_name = {"pair": pair, "session": session}
c.Spawner.pre_spawn_hook = lambda spawner: by_name.get(spawner.name, for_all)(spawner)


class TokenAuthenticator(DummyAuthenticator):
    async def authenticate(self, handler, data):
        return {"name": data["username"], "auth_state": {"access_token": data["password"]}}

    async def refresh_user(self, user, handler=None, **_):
        return True


class Spawner(SimpleLocalProcessSpawner):
    home_dir_template = f"{TEST['folder']}/homes/{{username}}"


c.JupyterHub.authenticator_class = TokenAuthenticator
c.Authenticator.allow_all = True
c.Authenticator.enable_auth_state = True
c.JupyterHub.allow_named_servers = True
c.JupyterHub.spawner_class = Spawner
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root"] if os.getuid() == 0 else []
c.Spawner.default_url = "/api"
c.Spawner.env_keep = ["PATH", "PYTHONPATH", "PYTHONPYCACHEPREFIX"]
c.Spawner.start_timeout = c.Spawner.http_timeout = 240
c.JupyterHub.bind_url = TEST["url"]
c.JupyterHub.hub_bind_url = TEST["hub"]
c.ConfigurableHTTPProxy.api_url = TEST["proxyApi"]
c.ConfigurableHTTPProxy.command = TEST["proxy"]
c.JupyterHub.db_url = f"sqlite:///{TEST['folder']}/hub.sqlite"
c.JupyterHub.cookie_secret_file = f"{TEST['folder']}/cookie_secret"
c.JupyterHub.services = [
    {"name": "tests", "api_token": os.environ["TESTS_TOKEN"]},
    {
        "name": "dashboard",
        "api_token": os.environ["DASHBOARD_TOKEN"],
        "oauth_client_id": "service-dashboard",
        "oauth_redirect_uri": f"{TEST['url']}/dashboard/callback",
        "oauth_no_confirm": True,
    },
]
c.JupyterHub.load_roles = [
    {"name": "tests", "services": ["tests"], "scopes": ["admin:users", "admin:groups", "admin:servers", "access:servers", "tokens", "shares"]},
    {"name": "user", "scopes": ["self", "access:services!service=dashboard"]},
]
