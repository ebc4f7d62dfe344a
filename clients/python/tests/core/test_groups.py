from __future__ import annotations

import pytest

from minio_manager import Conflict, Forbidden, NotFound


def roles(group):
    return {member.user_name: member.role for member in group.members}


def test_a_group_is_made_changed_and_read(client):
    admin, dave = client("admin"), client("dave")
    made = admin.set_group("Client_tests", description="ours", members=["erin"], owners=["dave"])
    assert roles(made) == {"erin": "member", "dave": "owner"} and made.enforced
    assert dave.set_group("Client_tests", description="").description in ("", None)
    assert roles(dave.add_member("Client_tests", "frank", role="reader"))["frank"] == "reader"
    assert dave.remove_member("Client_tests", "erin") is True
    assert roles(dave.group("Client_tests")) == {"dave": "owner", "frank": "reader"}
    with pytest.raises(NotFound):
        client("erin").group("Client_tests")
    with pytest.raises(Forbidden):
        client("frank").set_group("Client_tests", description="mine")


def test_a_change_of_what_was_read_is_refused_when_it_has_changed_since(client):
    admin = client("admin")
    admin.set_group("Client_etag", owners=["dave"])
    dave = client("dave")
    read = dave.group("Client_etag")
    assert read.etag
    dave.add_member("Client_etag", "erin", if_match=read.etag)
    for change in (
        lambda: dave.add_member("Client_etag", "frank", if_match=read.etag),
        lambda: dave.remove_member("Client_etag", "erin", if_match=read.etag),
        lambda: dave.set_group("Client_etag", description="x", if_match=read.etag),
    ):
        with pytest.raises(Conflict) as changed:
            change()
        assert changed.value.status == 412
    assert roles(dave.group("Client_etag")) == {"dave": "owner", "erin": "member"}


def test_administrators_give_a_group_a_path(client):
    admin = client("admin")
    group = admin.set_group("Client_grants", members=["erin"], grants=[("s3a://cdm-lake/projects/client/", "write")])
    assert [(grant.path, grant.permission, grant.origin) for grant in group.grants] == [
        ("s3a://cdm-lake/projects/client/", "write", "group")
    ]
    assert client("erin").check("s3a://cdm-lake/projects/client/", "write").allowed
    ending = admin.set_group("Client_grants", grants=[("s3a://cdm-lake/projects/client/", "read", "2035-01-01T00:00:00Z")])
    assert ending.grants[0].expires_at.year == 2035
    assert admin.set_group("Client_grants", grants=[]).grants == ()
