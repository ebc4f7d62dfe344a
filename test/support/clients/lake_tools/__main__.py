"""
Tools that read and write S3, each by its own means, with what the environment holds of credentials: `python lake_tools HOME SHARED
FORBIDDEN`. Each writes below HOME, reads that and what somebody shares, and tries what is not shared; one line of JSON says how it went.
"""

import contextlib
import json
import sys

from objects import OBJECTS
from programs import PROGRAMS
from tables import TABLES


def outcome(action, root):
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return {"value": action(root)}
    except BaseException as error:
        return {"error": f"{type(error).__name__}: {error}"}


def main(home, shared, forbidden):
    for kind in [*OBJECTS, *TABLES, *PROGRAMS]:
        tool = kind()
        steps = {
            "wrote": outcome(tool.write, home),
            "home": outcome(tool.read, home),
            "shared": outcome(tool.read, shared),
            "forbidden": outcome(tool.read, forbidden),
        }
        print(json.dumps({"tool": kind.__name__, **steps}), flush=True)


main(*sys.argv[1:])
