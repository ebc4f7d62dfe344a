from __future__ import annotations

from datetime import datetime, timedelta, timezone

import boto3
import pytest
from botocore.exceptions import ClientError

from minio_manager import Client, ConfigurationError, Forbidden, Invalid, NotFound, Unauthorised


def s3(given, session_token=None):
    return boto3.client(
        "s3",
        endpoint_url=given.endpoint,
        region_name=given.region,
        aws_access_key_id=given.access_key,
        aws_secret_access_key=given.secret_key,
        aws_session_token=session_token,
    )


def works(client, user):
    try:
        client.put_object(Bucket="cdm-lake", Key=f"users-warehouse/{user}/probe", Body=b"x")
        return True
    except ClientError:
        return False


def test_the_pair_is_the_same_until_it_is_rotated(client):
    dave = client("dave")
    first, second = dave.credentials(), dave.credentials()
    assert first.secret_key == second.secret_key and not second.rotated
    assert works(s3(first), "dave")
    third = dave.rotate()
    assert third.rotated and third.secret_key != first.secret_key
    assert works(s3(third), "dave") and not works(s3(first), "dave")
    assert dave.credentials(rotate=True).secret_key not in (first.secret_key, third.secret_key)


def test_a_rotation_can_end_what_survives_it(client):
    dave = client("dave")
    session, key = dave.session(), dave.create_access_key("survivor")
    dave.rotate()
    assert works(s3(session, session.session_token), "dave") and works(s3(key), "dave")
    dave.rotate(revoke_sessions=True, revoke_access_keys=True)
    assert not works(s3(session, session.session_token), "dave") and not works(s3(key), "dave")


def test_sessions_end_by_themselves_and_together(client):
    dave = client("dave")
    session = dave.session(900)
    left = session.expiration - datetime.now(timezone.utc)
    assert timedelta(minutes=10) < left <= timedelta(minutes=16)
    assert session.home_path == "s3a://cdm-lake/users-warehouse/dave/"
    assert works(s3(session, session.session_token), "dave")
    assert dave.end_sessions() is True
    assert not works(s3(session, session.session_token), "dave")
    with pytest.raises(Invalid, match="duration_seconds: "):
        dave.session(60)


def test_what_sdks_are_given(client):
    given = client("dave").aws_credentials()
    assert given.Expiration - datetime.now(timezone.utc) > timedelta(minutes=20)
    assert given.SecretAccessKey not in repr(given) and given.Token not in repr(given)


def test_access_keys_live_and_go(client):
    dave = client("dave")
    made = dave.create_access_key("my tool", expires_in_seconds=3600)
    assert works(s3(made), "dave")
    listed = [key for key in dave.access_keys() if key.access_key == made.access_key]
    assert [(key.name, key.expiration) for key in listed] == [("my tool", made.expiration)]
    dave.delete_access_key(made.access_key)
    dave.delete_access_key(made.access_key)
    assert made.access_key not in [key.access_key for key in dave.access_keys()]
    assert not works(s3(made), "dave")


def test_no_repr_shows_a_secret(client, stack):
    dave = client("dave")
    pair, session, key = dave.credentials(), dave.session(), dave.create_access_key("shown once")
    for given in (pair, session, key):
        assert given.secret_key not in repr(given)
    assert session.session_token not in repr(session)
    assert stack.tokens["dave"] not in repr(dave)
    with pytest.raises(Forbidden) as refused:
        client("dave", user="alice").credentials()
    assert stack.tokens["dave"] not in f"{refused.value!r} {refused.value}"


def test_the_user_is_the_one_of_the_token(client):
    dave = client("dave")
    assert dave.user == "dave"
    me = dave.me()
    assert (me.kind, me.admin, me.home_path) == ("person", False, "s3a://cdm-lake/users-warehouse/dave/")
    assert ("KBase", "owner") in [(group.group_name, group.role) for group in client("alice").me().groups]
    assert client("admin").me().admin


def test_a_home_is_asked_for_once(client, stack):
    assert client("dave").home == client("admin", user="dave").home == client("service", user="dave").home == stack.home("dave")
    with pytest.raises(ConfigurationError, match="user="):
        client("service").home.strip()


def test_a_service_says_for_whom(client):
    with pytest.raises(ConfigurationError, match="user="):
        client("service").session()
    assert client("service").me().home_path is None
    given = client("service", user="dave").session()
    assert works(s3(given, given.session_token), "dave")


def test_a_new_person_is_known_from_the_first_call_and_made_by_the_first_credentials(client):
    with pytest.raises(NotFound) as absent:
        client("admin", user="newcomer").profile()
    assert absent.value.status == 404
    newcomer = client("newcomer")
    assert newcomer.profile().user_name == "newcomer"
    assert newcomer.credentials().created and not newcomer.credentials().created
    profile = newcomer.profile()
    assert (profile.user_name, profile.status, profile.enforced) == ("newcomer", "active", True)
    assert profile.created_at.tzinfo is not None and profile.policies[0].document["Statement"]


def test_a_wrong_token_says_so(stack):
    with pytest.raises(Unauthorised, match=r"\[401 \w+\]"):
        Client(stack.url, "NOBODYSTOKEN").me()


def test_a_name_stays_one_segment_of_the_address(client):
    for name in ("../admin/users", "a/b", "..", "x?y=1#z", "é", "\ud800"):
        with pytest.raises((Invalid, Forbidden, NotFound)):
            client("dave", user=name).credentials()
