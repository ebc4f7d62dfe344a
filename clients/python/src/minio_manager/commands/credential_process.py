"""
`minio-manager-credentials`: the `credential_process` of an AWS profile. Prints one JSON document and nothing else; errors go to standard
error, with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from ..api.values import AwsCredentials
from ..client import Client
from ..errors import MinioManagerError, Unavailable, Unreachable
from .sessions import FRESH, cache_file, keep, kept, left


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="minio-manager-credentials",
        description="A session for AWS SDKs: credential_process of a profile. Uses the environment, or what `lake login` has kept.",
    )
    parser.add_argument("--user", help="for whom, with the token of a service")
    user = parser.parse_args(argv).user
    try:
        session = current(Client(user=user), user)
    except MinioManagerError as error:
        print(f"minio-manager-credentials: {error}", file=sys.stderr)
        return 1
    answer = {
        "Version": 1,
        "AccessKeyId": session.AccessKeyId,
        "SecretAccessKey": session.SecretAccessKey,
        "SessionToken": session.Token,
        "Expiration": session.Expiration.isoformat().replace("+00:00", "Z"),
    }
    print(json.dumps(answer))
    return 0


def current(client: Client, user: str | None) -> AwsCredentials:
    """
    The kept session while it has more than 15 minutes, else a new one. Where the service does not answer, what is kept is given until its
    end: a short session is better than none.
    """
    file = cache_file(client.url, client.token(), user)
    session = kept(file)
    if session is not None and left(session) >= FRESH:
        return session
    try:
        fresh = _ask(client, user)
    except (Unreachable, Unavailable):
        if session is None:
            raise
        return session
    keep(file, fresh)
    return fresh


def _ask(client: Client, user: str | None) -> AwsCredentials:
    if user is None:
        return client.aws_credentials()
    session = client.session()
    return AwsCredentials(session.access_key, session.secret_key, session.session_token, session.expiration)


if __name__ == "__main__":
    sys.exit(main())
