from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from minio_manager import Invalid, NotFound, Plan, ShareResult, UntilError
from minio_manager.until import expiry


def test_a_share_is_given_seen_and_ended(client, stack):
    path = f"{stack.home('erin')}reports/"
    erin, bob = client("erin"), client("bob")
    result = erin.share(path, with_users=["bob"], with_groups=["KBase"], reason="to read")
    assert isinstance(result, ShareResult) and result.enforced and not result.refused
    assert [(target.kind, target.name, target.status) for target in result.results] == [
        ("user", "bob", "granted"),
        ("group", "KBase", "granted"),
    ]
    given = [share for share in erin.shares() if share.path == path]
    assert {(share.grantee.name, share.permission, share.reason) for share in given} == {
        ("bob", "read", "to read"),
        ("KBase", "read", "to read"),
    }
    assert path in [share.path for share in bob.shares("received")]
    assert bob.check(path, "read").allowed and not bob.check(path, "write").allowed
    erin.share(path, with_users="bob", permission="write")
    assert bob.check(path, "write").because[0].grant.permission == "write"
    left = erin.unshare(path, from_users=["bob"])
    assert left.results[0].status == "revoked"
    assert left.results[0].still_reachable_through[0].via == "group KBase"
    assert [target.name for target in erin.unshare(path).results] == ["KBase"]
    assert not bob.check(path, "read").allowed


def test_who_reaches_a_path_and_why(client, stack):
    path = f"{stack.home('erin')}who/"
    erin = client("erin")
    erin.share(path, with_groups=["KBase"], permission="write")
    found = {reacher.name: (reacher.kind, reacher.permission, reacher.because[0].via) for reacher in erin.access(path).principals}
    assert found["erin"] == ("user", "write", "owner")
    assert found["KBase"] == ("group", "write", "group KBase") and "bob" not in found
    (group,) = [reacher for reacher in erin.access(path, expand=True).principals if reacher.kind == "group"]
    # erin is not in it: how many are in it is all that is hers to know
    assert group.member_count and group.members == ()
    with pytest.raises(NotFound):
        client("bob").access(path)


def test_what_lies_below_a_path_and_what_somebody_reaches(client, stack):
    erin, bob = client("erin"), client("bob")
    path = f"{stack.home('erin')}below/deep/"
    erin.share(path, with_users=["bob"])
    above = f"{stack.home('erin')}below/"
    assert "bob" not in [each.name for each in erin.access(above).principals]
    assert "bob" in [each.name for each in erin.access(above, below=True).principals]
    assert path in [each.path for each in bob.reaches()]


def test_would_they_as_a_member(client, stack):
    path = f"{stack.home('erin')}would/"
    client("erin").share(path, with_groups=["KBase"])
    admin = client("admin")
    assert not admin.check(path, "read", "frank").allowed
    assert admin.check(path, "read", "frank", with_group="KBase").allowed


def test_a_rehearsal_changes_nothing(client, stack):
    path = f"{stack.home('erin')}rehearsed/"
    erin = client("erin")
    plan = erin.share(path, with_users=["bob"], dry_run=True)
    assert isinstance(plan, Plan) and plan.plan[0].target
    assert path not in [share.path for share in erin.shares()]
    assert isinstance(erin.unshare(path, from_users=["bob"], dry_run=True), Plan)


def test_some_refused_is_an_answer_and_all_refused_an_error(client, stack):
    path = f"{stack.home('erin')}some/"
    erin = client("erin")
    result = erin.share(path, with_users=["bob", "nobody-at-all"])
    assert [(target.name, target.code) for target in result.refused] == [("nobody-at-all", "unknown_user")]
    with pytest.raises(Invalid) as all_refused:
        erin.share(path, with_users=["nobody-at-all"])
    error = all_refused.value
    assert (error.status, error.code) == (422, "all_refused")
    assert error.results[0]["code"] == "unknown_user"
    assert "nobody-at-all has not logged in yet" in str(error) and str(error).endswith("[422 all_refused]")


def test_a_share_waits_for_the_first_login(client, stack, waits_for_logins):
    path = f"{stack.home('erin')}waiting/"
    if not waits_for_logins:
        return
    erin = client("erin")
    result = erin.share(path, with_users=["latecomer", "bob"], await_login=True)
    told = {target.name: (target.status, target.message or "") for target in result.results}
    assert (told["latecomer"][0], told["bob"][0], result.refused) == ("waiting", "granted", ())
    assert "first login" in told["latecomer"][1]
    states = {share.grantee.name: (share.state, share.waits_until) for share in erin.shares() if share.path == path}
    assert states["bob"] == ("active", None) and states["latecomer"][0] == "waiting"
    assert states["latecomer"][1] > datetime.now(timezone.utc)
    late = client("latecomer")
    assert path in [share.path for share in late.shares("received")]
    assert late.check(path, "read").allowed
    assert {share.state for share in erin.shares() if share.path == path} == {"active"}


def test_a_broken_rule_is_named(client, stack):
    with pytest.raises(Invalid) as broken:
        client("erin").share(f"{stack.home('erin')}a/*", with_users=["bob"])
    assert broken.value.errors[0].field == "path"
    assert str(broken.value).count(f"path: {broken.value.errors[0].rule}") == 1 and "[422 " in str(broken.value)


def test_whatever_text_is_given_the_service_decides(client, stack):
    for text in ("é", "\ud800", "a b", "%2e", "", "\0"):
        with pytest.raises((Invalid, NotFound)):
            client("erin").access(f"{stack.home('bob')}{text}/")


def test_the_end_of_a_share(client, stack):
    path = f"{stack.home('erin')}ending/"
    erin = client("erin")
    end = datetime(2035, 1, 31, 12, tzinfo=timezone(timedelta(hours=2)))
    for until in (end, "2035-01-31T10:00:00Z", "2035-01-31T12:00:00+02:00"):
        erin.share(path, with_users=["bob"], until=until)
        assert [share.expires_at for share in erin.shares() if share.path == path] == [end]
    for until in (timedelta(days=3), "3d", "72h"):
        erin.share(path, with_users=["bob"], until=until)
        (share,) = [share for share in erin.shares() if share.path == path]
        assert timedelta(days=2) < share.expires_at - datetime.now(timezone.utc) <= timedelta(days=3)


@pytest.mark.parametrize(("text", "span"), [("30d", timedelta(days=30)), ("12h", timedelta(hours=12)), (" 2w ", timedelta(weeks=2))])
def test_spans_are_from_now_on(text, span):
    before = datetime.now(timezone.utc)
    end = datetime.fromisoformat(expiry(text).replace("Z", "+00:00"))
    assert before + span - timedelta(seconds=1) < end < datetime.now(timezone.utc) + span + timedelta(seconds=1)


@pytest.mark.parametrize("until", ["2035-01-31", date(2035, 1, 31)])
def test_a_date_is_included(until):
    assert expiry(until) == "2035-02-01T00:00:00.000Z"


@pytest.mark.parametrize("until", ["tomorrow", "", "0d", "30", "2035-13-01", 30, "9d\x1b[31m"])
def test_an_end_that_is_no_moment_is_refused_here_with_what_to_write(until):
    with pytest.raises(UntilError, match=r'write "30d", "12h", "2w" \(from now on\), "2030-01-31" .*"2030-01-31T12:00:00Z"') as error:
        expiry(until)
    assert str(error.value).isprintable()


@pytest.mark.parametrize("until", [datetime(2035, 1, 1), "2035-01-01T00:00:00"])
def test_an_end_without_a_time_zone_is_refused_here(until):
    with pytest.raises(UntilError, match="time zone"):
        expiry(until)


@pytest.mark.parametrize("until", [timedelta(days=10**8), "999999w", "9999-12-31"])
def test_an_end_beyond_all_calendars_is_refused_here(until):
    with pytest.raises(UntilError, match="too far away"):
        expiry(until)


def test_shares_are_read_page_by_page(client, stack):
    frank = client("frank")
    paths = {f"{stack.home('frank')}many/{number:02}/" for number in range(21)}
    people = ["alice", "bob", "carol", "dave", "erin"]
    for path in paths:
        frank.share(path, with_users=people)
    # a page holds a hundred
    found = [(share.path, share.grantee.name) for share in frank.shares() if share.path in paths]
    assert sorted(found) == sorted((path, person) for path in paths for person in people)


def test_asking_for_a_group(client):
    erin, bob = client("erin"), client("bob")
    client("admin").set_group("Askers", owners=["erin"])
    asked = bob.request_membership("Askers", "member", "for the review")
    assert (asked.group, asked.role, asked.path, asked.state) == ("Askers", "member", None, "open")
    assert asked.id in [request.id for request in erin.access_requests(state="open")]
    assert erin.approve_membership(asked.id, "reader").granted == "reader"
    again = bob.request_membership("Askers", "owner", "to lead it")
    assert bob.withdraw(again.id).state == "withdrawn"


def test_asking_and_deciding(client, stack):
    path = f"{stack.home('erin')}asked/"
    erin, bob = client("erin"), client("bob")
    asked = bob.request_access(path, "read", "for the review")
    assert (asked.state, asked.requester) == ("open", "bob")
    assert asked.id in [request.id for request in erin.access_requests()]
    assert asked.id in [request.id for request in bob.access_requests("requester")]
    assert [request.id for request in erin.access_requests(state="open") if request.path == path] == [asked.id]
    approved = erin.approve(asked.id, "read", until=timedelta(days=1))
    assert (approved.state, approved.granted, approved.approvers) == ("approved", "read", ("erin",))
    assert bob.check(path, "read").allowed
    again = bob.request_access(f"{path}more/", "write", "to mend it")
    assert erin.deny(again.id).state == "denied"
    with pytest.raises(Exception, match=r"\[409 "):
        erin.approve(again.id, "write")
