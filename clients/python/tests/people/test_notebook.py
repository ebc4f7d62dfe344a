from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote_plus

import boto3
import pytest
from botocore.exceptions import ClientError
from stub import Stub, answer

from minio_manager import ConfigurationError, Invalid, MinioManagerError, ShareResult, TargetResult, notebook
from minio_manager.notebook import Table, calls, share, unshare, who_can_read, who_can_write
from minio_manager.notebook.calls import _results


def reads(client, name, key):
    session = client(name).session()
    s3 = boto3.client(
        "s3",
        endpoint_url=session.endpoint,
        region_name=session.region,
        aws_access_key_id=session.access_key,
        aws_secret_access_key=session.secret_key,
        aws_session_token=session.session_token,
    )
    try:
        return s3.get_object(Bucket="cdm-lake", Key=key)["Body"].read().decode()
    except ClientError as error:
        return error.response["Error"]["Code"]


def test_a_folder_is_shared_by_one_line(somebody, client):
    somebody("dave")
    key = "users-warehouse/dave/reports/there"
    assert reads(client, "bob", key) == "AccessDenied"
    table = share("~/reports/", with_group="KBase", with_user=["erin"], until=timedelta(days=30))
    assert [(row.name, row.status) for row in table] == [("erin", "granted"), ("KBase", "granted")]
    assert reads(client, "bob", key) == reads(client, "erin", key) == "dave"
    assert {row.name for row in who_can_read("~/reports/")} >= {"dave", "erin", "KBase"}
    assert {row.name for row in who_can_write("~/reports/")} == {"dave"}
    assert [(row[1], row[2]) for row in notebook.my_shares().rows if row[0].endswith("dave/reports/")].count(("erin", "read")) == 1
    assert "group KBase" in repr(notebook.my_shares()) and "UTC" in repr(notebook.my_shares())
    unshare("~/reports/", with_user="erin")
    assert reads(client, "erin", key) == "AccessDenied" and reads(client, "bob", key) == "dave"
    unshare("~/reports/")
    assert reads(client, "bob", key) == "AccessDenied"


def test_what_is_shared_with_me_and_asking(somebody, client, stack):
    somebody("erin")
    share("~/for-frank/", with_user="frank", permission="write")
    somebody("frank")
    rows = [row for row in notebook.shared_with_me() if row.path == f"{stack.home('erin')}for-frank/"]
    assert [(row.granted_by, row.permission) for row in rows] == [("erin", "write")]
    asked = notebook.request_access(f"{stack.home('erin')}reports/", "for the <b>review</b>")
    assert asked[0].state == "open" and "&lt;b&gt;review" in asked._repr_html_() and "<b>review" not in asked._repr_html_()
    # who will decide
    assert asked.rows[0][5] == "erin"
    assert notebook.my_home() == stack.home("frank")


def test_what_one_shares_oneself_is_not_shared_with_one(somebody, stack):
    somebody("bob")
    share("~/own/", with_group="KBase")
    assert f"{stack.home('bob')}own/" not in [row.path for row in notebook.shared_with_me()]
    somebody("carol")
    assert (f"{stack.home('bob')}own/", "bob, to group KBase") in [row[:2] for row in notebook.shared_with_me().rows]


def test_each_reason_has_its_level_and_its_end(somebody):
    somebody("dave")
    share("~/reasons/", with_group="KBase")
    share("~/reasons/", with_user="bob", permission="write", until="2035-12-28T10:00:00Z")
    rows = {row[0]: row[1:] for row in who_can_read("~/reasons/").rows}
    assert rows["bob"] == ("write", "user bob: write until 2035-12-28 10:00 UTC")
    assert rows["group KBase (3)"] == ("read", "group KBase: read")
    assert rows["dave"] == ("write", "owner: write")
    assert [row[0] for row in who_can_write("~/reasons/").rows] == ["bob", "dave"]


def test_the_page_that_shows_the_same_is_named(somebody, stack, client, monkeypatch):
    somebody("dave")
    share("~/a&b c/", with_user="bob")
    page = f"https://lake.example.org/ui/who?path={quote_plus(stack.home('dave') + 'a&b c/')}"
    for table in (who_can_read("~/a&b c/"), who_can_write("~/a&b c/")):
        assert repr(table).splitlines()[-1] == f"as a picture: {page}" and page in table._repr_html_()
    # a service without a page, or an older one, names none
    me = client("dave").me()
    monkeypatch.setattr(calls.client(), "_known", replace(me, page_url=None))
    assert "picture" not in repr(who_can_read("~/a&b c/"))


def test_a_group_is_one_row_until_it_is_opened(somebody):
    somebody("alice")
    share("~/opened/", with_group="KBase", permission="write")
    assert not {"bob", "carol"} & {row.name for row in who_can_read("~/opened/")}
    for expand in ("KBase", ["KBase"], True):
        rows = {row[0]: row[1] for row in who_can_read("~/opened/", expand=expand).rows}
        assert (rows["group KBase (3)"], rows["bob"], rows["carol"]) == ("write", "write", "read")
    assert "carol" not in {row.name for row in who_can_write("~/opened/", expand="KBase")}
    assert "bob" not in {row.name for row in who_can_read("~/opened/", expand="Another")}
    somebody("dave")
    share("~/opened/", with_group="KBase")
    closed = who_can_read("~/opened/", expand="KBase")
    assert "the members of KBase are shown to members only" in repr(closed) and "bob" not in {row.name for row in closed}


def test_requests_are_decided_in_a_notebook(somebody, client, stack):
    path = f"{stack.home('erin')}wanted/"
    somebody("frank")
    asked = notebook.request_access(path, "for the paper", "write")[0]
    client("admin").set_group("Deciders", owners=["erin"])
    membership = client("bob").request_membership("Deciders", "member", "new here")
    mine = notebook.my_requests()
    assert [(row[0], row[2], row[3], row[5]) for row in mine.rows if row[2] == path] == [(asked.id[:8], path, "write", "erin")]
    somebody("erin")
    assert {asked.id, membership.id} <= {request.id for request in notebook.my_requests()}
    approved = notebook.approve(asked.id[:8], "read", until="30d")
    assert (approved[0].state, approved[0].granted, approved.rows[0][5]) == ("approved", "read", "erin")
    with pytest.raises(MinioManagerError, match="has no end"):
        notebook.approve(membership.id, until="30d")
    with pytest.raises(MinioManagerError, match='not "write"'):
        notebook.approve(membership.id, "write")
    assert notebook.approve(membership.id)[0].granted == "member"
    with pytest.raises(MinioManagerError, match="no open request"):
        notebook.approve(asked.id)
    assert asked.id not in [request.id for request in notebook.my_requests()]
    assert asked.id in [request.id for request in notebook.my_requests(state=None)]
    somebody("bob")
    assert {("Deciders", "", "member"), ("KBase", "", "member")} <= set(notebook.my_groups().rows)
    again = notebook.request_access(f"{path}more/", "once more")[0]
    somebody("erin")
    assert notebook.deny(again.id)[0].state == "denied"
    for id in ("", "zz"):
        with pytest.raises(MinioManagerError, match="no open request"):
            notebook.deny(id)


def test_one_finds_a_group_and_asks_to_join_it(somebody, client):
    admin = client("admin")
    about = {"display_name": "The Finders", "description": "we find", "website": "https://finders.example.org/"}
    admin.set_group("Finders", owners=["erin"], joinable=True, **about)
    admin.set_group("Unfound", owners=["erin"], display_name="Nobody finds us")
    somebody("frank")
    found = notebook.groups(joinable=True)
    assert ("Finders", "The Finders", "we find https://finders.example.org/", "erin", "1", "") in found.rows
    assert "Unfound" not in [group.group_name for group in found] and "Finders" not in [group.group_name for group in notebook.my_groups()]
    asked = notebook.join_group("Finders", reason="to find more", role="reader")
    assert asked[0].approvers == ("erin",) and asked.rows[0][5] == "erin"
    (mine,) = [group for group in notebook.groups(joinable=True) if group.group_name == "Finders"]
    assert mine.role is None and mine.request is not None and (mine.request.id, mine.request.role) == (asked[0].id, "reader")
    somebody("erin")
    assert notebook.approve(asked[0].id)[0].granted == "reader"
    somebody("frank")
    assert ("Finders", "The Finders", "reader") in notebook.my_groups().rows
    members = {member.user_name: member for member in client("frank").group("Finders").members}
    assert members["frank"].added_by == "erin" and members["frank"].since is not None
    assert admin.set_group("Finders", joinable=False, website="").website is None


def test_a_refusal_stands_in_the_table_as_a_sentence(somebody):
    somebody("dave")
    table = share("~/partly/", with_user=["erin", "nobody-here"], with_group="Nobodys")
    remarks = {row[0]: row[2:] for row in table.rows}
    assert remarks["nobody-here"][0] == "refused" and "nobody-here has not logged in yet" in remarks["nobody-here"][1]
    assert remarks["Nobodys"][0] == "refused" and "here is no group of this name" in remarks["Nobodys"][1]
    assert remarks["erin"][0] == "granted"
    with pytest.raises(Invalid, match="path: "):
        share("~/", with_user="erin")


def test_settings_are_looked_at_when_they_are_needed(somebody, monkeypatch):
    with pytest.raises(ConfigurationError, match="lake login"):
        notebook.my_home()
    monkeypatch.setenv("MINIO_MANAGER_URL", "http://127.0.0.1:1")
    with pytest.raises(ConfigurationError, match="MINIO_MANAGER_TOKEN"):
        notebook.my_home()
    for name in ("dave", "erin"):
        somebody(name)
        assert notebook.my_home().endswith(f"/{name}/")


def test_a_client_of_ones_own(somebody, client):
    somebody("dave")
    notebook.use(client("erin"))
    assert notebook.my_home().endswith("/erin/")
    notebook.use(None)
    assert notebook.my_home().endswith("/dave/")


HOSTILE = "<script>alert('x')</script>&\x1b[31m\nnext"


def test_tables_show_what_others_wrote_as_text():
    table = Table(f"title {HOSTILE}", ("a", HOSTILE), [HOSTILE, "ü"], lambda item: (item, "b"), note=HOSTILE)
    html = table._repr_html_()
    assert "<script" not in html and "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&amp;" in html
    assert "\x1b" not in html + repr(table)
    # the title, the columns, two items, the note
    assert len(repr(table).split("\n")) == 5
    assert list(table) == [HOSTILE, "ü"] and len(table) == 2 and table[1] == "ü" and table[:1] == (HOSTILE,)


def test_tables_line_up_and_may_be_empty():
    table = Table("t", ("who", "may"), [("alice", "read"), ("bo", "write")], lambda item: item)
    assert repr(table) == "t\n  who    may\n  alice  read\n  bo     write"
    assert "nothing" in repr(Table("t", ("a",), [], str)) and "nothing" in Table("t", ("a",), [], str)._repr_html_()


def test_a_table_becomes_a_dataframe():
    frame = Table("t", ("who", "may"), [("alice", "read")], lambda item: item).to_pandas()
    assert frame.to_dict("records") == [{"who": "alice", "may": "read"}]


def test_a_share_shows_what_the_service_says_of_it():
    told = TargetResult("user", "bob", "granted", message="bob can also read earlier versions of these objects")
    refused = TargetResult("user", "eve", "refused", code="unknown_user", message="eve is unknown here.")
    result = ShareResult("s3a://b/p/", "read", True, (told, refused))
    shown = repr(_results("shared", result)).split("\n")
    assert shown[2].split(maxsplit=3)[3] == told.message and shown[3].split(maxsplit=3)[3] == refused.message


def test_whoever_has_not_logged_in_for_long_is_told_once_in_a_session(monkeypatch, capsys):
    me = {"user_name": "dave", "kind": "person", "admin": False, "scopes": [], "endpoint": "http://s3", "region": "us-east-1"}
    body = json.dumps({**me, "home_path": "s3a://lake/dave/", "credentials_end_at": "2035-12-28T10:00:00Z"})
    monkeypatch.setattr(calls, "_warned", False)
    with Stub(answer("200 OK", body)) as stub:
        for token in ("one", "two"):
            monkeypatch.setenv("MINIO_MANAGER_URL", stub.url)
            monkeypatch.setenv("MINIO_MANAGER_TOKEN", token)
            assert notebook.my_home() == "s3a://lake/dave/"
        assert len(stub.requests) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1 and "2035-12-28 10:00 UTC" in told[0]
