from __future__ import annotations

from datetime import datetime, timezone

import pytest

from minio_manager import Credentials, Group, Me, UnexpectedAnswer
from minio_manager.api.decode import decode

ME = {"user_name": "a", "kind": "person", "admin": False, "scopes": ["x"], "home_path": None, "endpoint": "e", "region": "r"}
GRANT = {"path": "p", "permission": "read", "origin": "share", "granted_by": "a", "reason": None, "created_at": "2030-01-01T00:00:00.000Z"}
GROUP = {"group_name": "G", "description": None, "members": [], "grants": [{**GRANT, "expires_at": None}], "policies": [], "enforced": True}


def test_what_is_known_is_read_and_what_is_new_is_left_out():
    assert decode(Me, {**ME, "of_a_later_version": {"x": 1}}) == Me("a", "person", False, ("x",), None, "e", "r")
    (grant,) = decode(Group, GROUP).grants
    assert (grant.created_at, grant.expires_at) == (datetime(2030, 1, 1, tzinfo=timezone.utc), None)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ([], "Me is not an object"),
        ({**ME, "user_name": 7}, "Me.user_name has"),
        ({**ME, "admin": 1}, "Me.admin has"),
        ({**ME, "admin": None}, "Me.admin has"),
        ({**ME, "scopes": "secret"}, "Me.scopes has"),
        ({**ME, "scopes": ["x", ["secret"]]}, r"Me.scopes\[1\] has"),
        ({name: value for name, value in ME.items() if name != "region"}, "Me.region is missing"),
    ],
)
def test_what_is_none_is_named_and_not_repeated(body, where):
    with pytest.raises(UnexpectedAnswer, match=where) as error:
        decode(Me, body)
    assert "secret" not in str(error.value)


def test_a_time_that_is_none():
    for text in ("yesterday", "", "2030-13-01T00:00:00Z"):
        with pytest.raises(UnexpectedAnswer, match=r"Group.grants\[0\].created_at is not a time"):
            decode(Group, {**GROUP, "grants": [{**GRANT, "created_at": text, "expires_at": None}]})


def test_a_secret_of_another_type_stays_one():
    with pytest.raises(UnexpectedAnswer) as error:
        decode(Credentials, {"user_name": "a", "access_key": "a", "secret_key": ["SECRET"]})
    assert "SECRET" not in str(error.value)
