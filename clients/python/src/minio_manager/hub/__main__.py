"""`python -m minio_manager.hub` prints the settings; with `--check` it tries them."""

from __future__ import annotations

import argparse
import sys

from .check import run
from .settings import MinioManager, variable


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m minio_manager.hub",
        description="The settings of c.MinioManager; with --check, whether they work, a line for each step. Exit code 1: something failed.",
        epilog="example: python -m minio_manager.hub --check --config /etc/jupyterhub/jupyterhub_config.py --user alice",
        allow_abbrev=False,
    )
    parser.add_argument("--check", action="store_true", help="try the settings, by the environment of this process and --config")
    parser.add_argument("--config", metavar="FILE", help="the hub's jupyterhub_config.py, which is executed")
    parser.add_argument("--user", metavar="NAME", help="whose test session is made with the service token; it becomes a user if it is none")
    parser.add_argument(
        "--token-file", metavar="FILE", help="a person's token, for mode container or use_user_token: the hub's token page makes one"
    )
    parser.add_argument(
        "--end-sessions", action="store_true", help="afterwards end all sessions of that user, those of running servers, too"
    )
    given = parser.parse_args()
    if given.check:
        return run(given)
    for name, trait in sorted(MinioManager.class_own_traits(config=True).items()):
        print(MinioManager.class_get_trait_help(trait))
        if from_environment := variable(name):
            print(f"    Environment: {from_environment}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
