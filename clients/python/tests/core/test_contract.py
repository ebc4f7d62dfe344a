"""The answers that this package knows are those of the service's OpenAPI document."""

from __future__ import annotations

import dataclasses
import json
import typing
from datetime import datetime
from pathlib import Path

import pytest

from minio_manager.api import shares, values

DOCUMENT = json.loads((Path(__file__).resolve().parents[4] / "openapi" / "openapi.json").read_text())
SCHEMAS = DOCUMENT["components"]["schemas"]

ANSWERS = {
    values.Me: "MeDto",
    values.Membership: "MembershipDto",
    values.Credentials: "PairDto",
    values.Session: "SessionDto",
    values.AwsCredentials: "AwsCredentialsDto",
    values.AccessKey: "AccessKeyDto",
    values.NewAccessKey: "IssuedAccessKeyDto",
    values.Policy: "PolicyDto",
    values.ForeignPolicy: "ForeignPolicyDto",
    values.Profile: "UserDto",
    values.Suspension: "SuspensionDto",
    values.PlannedChange: "PlannedChangeDto",
    values.Member: "MemberDto",
    values.GroupGrant: "GroupGrantDto",
    values.Group: "GroupDto",
    values.JoinRequest: "OpenJoinRequestDto",
    values.ListedGroup: "ListedGroupDto",
    values.AccessRequest: "AccessRequestDto",
    shares.Grantee: "GranteeDto",
    shares.Share: "ShareDto",
    shares.Reason: "ReasonDto",
    shares.TargetResult: "TargetResultDto",
    shares.ShareResult: "ShareResultDto",
    shares.Grant: "BehindDto",
    shares.Statement: "StatementDto",
    shares.Because: "BecauseDto",
    shares.GroupMember: "ReachingMemberDto",
    shares.Reacher: "ReacherDto",
    shares.ReachedPath: "ReachedPathDto",
    shares.Access: "AccessDto",
    shares.Check: "AccessCheckDto",
}
# not in the body: a header, and what `allowed` says beside yes and no
ADDED = {(values.Group, "etag"), (shares.Check, "perhaps")}
# known here before the service tells it
COMING = {(shares.Share, "state"), (shares.Share, "waits_until")}


def every_answer() -> set[type]:
    return {
        kind for module in (values, shares) for kind in vars(module).values() if dataclasses.is_dataclass(kind) and kind is not values.Plan
    }


def test_no_answer_is_left_out():
    assert every_answer() == set(ANSWERS)


@pytest.mark.parametrize("kind", ANSWERS, ids=lambda kind: kind.__name__)
def test_an_answer_is_the_one_of_the_document(kind):
    schema = SCHEMAS[ANSWERS[kind]]
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind) if (kind, field.name) not in ADDED}
    told = set(schema["properties"])
    assert told <= set(fields) and {(kind, name) for name in set(fields) - told} <= COMING
    for name, described in schema["properties"].items():
        without_default = fields[name].default is dataclasses.MISSING and fields[name].default_factory is dataclasses.MISSING
        assert not without_default or name in schema["required"], f"{name} may be absent"
        assert bool(described.get("nullable")) <= (type(None) in typing.get_args(hints[name])), f"{name} may be null"
        moment = hints[name] in (datetime, datetime | None)
        assert moment == (described.get("format") == "date-time") or (kind, name) in COMING, f"{name} is a time"


def test_what_holds_a_secret_does_not_show_it():
    for kind in ANSWERS:
        for field in dataclasses.fields(kind):
            if field.name in ("secret_key", "session_token", "SecretAccessKey", "Token"):
                assert not field.repr, f"{kind.__name__}.{field.name}"
