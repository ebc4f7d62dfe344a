"""
A hub as it is before anybody thinks of minio-manager, for load_subconfig. People log in with their token of the auth service as the password; servers are
processes of this user.
"""

import json
import os
import sys

from jupyterhub.auth import DummyAuthenticator
from jupyterhub.spawner import SimpleLocalProcessSpawner

c = get_config()  # noqa: F821
TEST = json.loads(os.environ["TEST_HUB"])


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
