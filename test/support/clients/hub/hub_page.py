"""
The hub of the page's tests: that of hub_base.py, with the block of docs/jupyterhub.md about the page. Who may use it is in the group `lake`, so that it can be
taken away.
"""

import json
import os
from pathlib import Path

from docs_blocks import blocks

c = get_config()  # noqa: F821
load_subconfig(str(Path(__file__).with_name("hub_base.py")))  # noqa: F821
TEST = json.loads(os.environ["TEST_HUB"])
c.JupyterHub.load_groups = {"lake": {"users": []}}
c.JupyterHub.load_roles = [*c.JupyterHub.load_roles, {"name": "lake-users", "groups": ["lake"], "scopes": ["access:services!service=lake"]}]
(text,) = (block.text for block in blocks(Path(TEST["page"])) if "page_url" in block.text and block.language == "python")
for old, new in TEST["replace"].items():
    text = text.replace(old, new)
exec(text, {"c": c})
