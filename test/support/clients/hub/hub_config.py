"""
The hub of the tests: that of hub_base.py, and every block of docs/jupyterhub.md is run here. Its blocks configure the servers: the second Python one (a hook
of one's own) all of them, but those named after another block's mode.
"""

import json
import os
import sys
from pathlib import Path

import yaml
from docs_blocks import run_page, shell_in
from traitlets.config import Config

c = get_config()  # noqa: F821
load_subconfig(str(Path(__file__).with_name("hub_base.py")))  # noqa: F821
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
_, _, _, for_all, _, pair, session = hooks
by_name = {"pair": pair, "session": session}
c.Spawner.pre_spawn_hook = lambda spawner: by_name.get(spawner.name, for_all)(spawner)
