"""Where S3 is, from the environment, and the outcome of a step."""

import os
import subprocess
import sys
from urllib.parse import urlsplit

ENDPOINT = os.environ["AWS_ENDPOINT_URL_S3"]
HOST = urlsplit(ENDPOINT).netloc
SECURE = ENDPOINT.startswith("https:")
REGION = "us-east-1"
ROWS = {"a": [1, 2, 3]}


def beside(name):
    """A program of this Python's environment."""
    return os.path.join(os.path.dirname(sys.executable), name)


def run(*command, given=None, **environment):
    done = subprocess.run(command, capture_output=True, text=True, input=given, env={**os.environ, **environment})
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout
