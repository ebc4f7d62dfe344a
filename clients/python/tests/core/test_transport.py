"""Faults of the wire, by a stub: what is sent again, what is not, and what people are told."""

from __future__ import annotations

import json
import threading
import time

import pytest
from stub import Stub, answer, cut, hang

from minio_manager import Client, Invalid, Problem, RateLimited, Unavailable, UnexpectedAnswer, Unreachable

TOKEN = "TOKENTHATNOBODYMAYSEE"
ME = json.dumps(
    {
        "user_name": "alice",
        "kind": "person",
        "admin": False,
        "scopes": [],
        "home_path": "s3a://b/u/alice/",
        "endpoint": "http://m",
        "region": "r",
    }
)
OK = answer("200 OK", ME)
BUSY = answer("503 Service Unavailable", '{"code": "database_unavailable", "title": "t", "detail": "later"}', "Retry-After: 0")


def problem(status, code, *headers, **more):
    return answer(
        status, json.dumps({"code": code, "title": "A title", "detail": "A detail", **more}), *headers, type="application/problem+json"
    )


def client(stub, **options):
    return Client(stub.url, TOKEN, **{"user": "alice", "timeout": 20.0, **options})


def test_what_is_sent():
    with Stub(answer("201 Created", "{}")) as stub, pytest.raises(UnexpectedAnswer, match="user_name"):
        client(stub).session()
    head = stub.requests[0].decode()
    assert head.startswith("POST /users/alice/sessions HTTP/1.1\r\n")
    assert f"Authorization: Bearer {TOKEN}" in head and head.endswith('{"duration_seconds": 3600}')


@pytest.mark.parametrize(
    "fault",
    [cut, BUSY, problem("429 Too Many Requests", "rate_limited", "Retry-After: 0"), b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"],
)
def test_what_may_be_repeated_is(fault):
    with Stub(fault, fault, OK) as stub:
        assert client(stub).me().user_name == "alice"
    assert len(stub.requests) == 3


@pytest.mark.parametrize("call", [lambda c: c.rotate(), lambda c: c.create_access_key("x"), lambda c: c.approve("1", "read")])
@pytest.mark.parametrize("fault", [cut, BUSY])
def test_what_may_have_been_done_is_not_sent_again(call, fault):
    with Stub(fault, OK) as stub:
        with pytest.raises((Unreachable, Unavailable)):
            call(client(stub))
        assert len(stub.requests) == 1


def test_a_rotation_that_was_refused_for_the_rate_is_sent_again():
    with Stub(problem("429 Too Many Requests", "rate_limited", "Retry-After: 0"), problem("403 Forbidden", "forbidden")) as stub:
        with pytest.raises(Problem, match="forbidden"):
            client(stub).rotate()
        assert len(stub.requests) == 2


def test_repetitions_have_an_end():
    with Stub(BUSY) as stub:
        with pytest.raises(Unavailable) as error:
            client(stub, retries=2).me()
        assert len(stub.requests) == 3
    assert (error.value.code, error.value.retry_after) == ("database_unavailable", 0)


def test_who_is_asked_to_come_back_after_the_deadline_gives_up_at_once():
    with Stub(problem("429 Too Many Requests", "rate_limited", "Retry-After: 3600")) as stub:
        with pytest.raises(RateLimited) as error:
            client(stub, timeout=30).me()
        assert len(stub.requests) == 1
    assert error.value.retry_after == 3600


def test_a_date_to_come_back_at():
    with Stub(problem("429 Too Many Requests", "rate_limited", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"), OK) as stub:
        assert client(stub).me().user_name == "alice"


@pytest.mark.parametrize("fault", [hang, lambda connection: drip(connection)])
def test_the_whole_call_has_a_deadline(fault):
    ended = threading.Event()

    def call():
        with pytest.raises(Unreachable, match="0.5 s|in time|too slowly"):
            client(stub, timeout=0.5).me()
        ended.set()

    with Stub(fault) as stub:
        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        # without a deadline it would never end; how long a busy machine takes does not matter
        assert ended.wait(60)
        assert len(stub.requests) == 1


def drip(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(10_000):
        connection.sendall(f"X-{number}: x\r\n".encode())
        time.sleep(0.05)


def test_nobody_there():
    with Stub(OK) as stub:
        url = stub.url
    with pytest.raises(Unreachable, match="Connection refused"):
        Client(url, TOKEN, retries=1).me()
    with pytest.raises(Unreachable):
        Client("http://nobody.invalid", TOKEN, retries=0).me()


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
def test_no_redirect_is_followed(status):
    with Stub(OK) as other, Stub(answer(status, "", f"Location: {other.url}/login?next=secret")) as stub:
        with pytest.raises(UnexpectedAnswer) as error:
            client(stub).me()
        assert other.requests == [] and len(stub.requests) == 1
    assert other.url in str(error.value) and "next=secret" not in str(error.value)


def test_a_page_of_a_proxy_is_told_as_such_and_without_the_token():
    page = f"<html><style>p {{}}</style><script>alert(1)</script><h1>Bad gateway</h1><p>{TOKEN}</p></html>"
    with Stub(answer("502 Bad Gateway", page, type="text/html")) as stub, pytest.raises(Unavailable) as error:
        client(stub).me()
    assert (error.value.status, error.value.code) == (502, "http_502")
    assert "Bad gateway" in str(error.value) and "proxy" in str(error.value)
    assert "alert" not in str(error.value) and TOKEN not in str(error.value)


@pytest.mark.parametrize("body", ["<html>Please log in</html>", '{"user_name": ', "[1]", '{"user_name": 7}', ""])
def test_success_that_is_none(body):
    with Stub(answer("200 OK", body, type="text/html")) as stub, pytest.raises(UnexpectedAnswer):
        client(stub).me()


def test_an_answer_beyond_ten_megabytes_is_refused():
    with Stub(answer("200 OK", json.dumps({"x": "y" * 11_000_000}))) as stub, pytest.raises(UnexpectedAnswer, match="10 MiB"):
        client(stub).me()


def test_a_problem_carries_all_that_the_service_said():
    errors = [{"field": "path", "rule": "must be one"}, {"field": "until", "rule": "must be later"}, "noise"]
    with Stub(problem("422 Unprocessable Entity", "unprocessable", "X-Request-Id: abc", errors=errors)) as stub:
        with pytest.raises(Invalid) as error:
            client(stub).me()
    assert str(error.value) == "A detail (path: must be one; until: must be later) [422 unprocessable]"
    assert error.value.request_id == "abc" and len(error.value.errors) == 2


def test_a_broken_rule_is_said_once():
    broken = {"detail": "path: none of * ? { }", "errors": [{"field": "path", "rule": "none of * ? { }"}]}
    with Stub(problem("422 Unprocessable Entity", "unprocessable", **broken)) as stub, pytest.raises(Invalid) as error:
        client(stub).me()
    assert str(error.value) == "path: none of * ? { } [422 unprocessable]"
    pointing = {**broken, "detail": "The rules that the request breaks are in `errors`"}
    with Stub(problem("422 Unprocessable Entity", "unprocessable", **pointing)) as stub, pytest.raises(Invalid) as error:
        client(stub).me()
    assert str(error.value) == "path: none of * ? { } [422 unprocessable]"


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        ({"code": "unknown_user"}, "carol has not logged in yet"),
        ({"code": "unknown_group"}, "there is no group of this name"),
        ({"code": "own_path"}, "carol owns it"),
        ({"code": "of_a_later_version"}, "of_a_later_version"),
        ({"code": "unknown_user", "message": "As the service says it."}, "As the service says it."),
        ({}, "refused"),
    ],
)
def test_a_refusal_is_a_sentence(result, sentence):
    results = [{"kind": "user", "name": "carol", "status": "refused", **result}]
    with Stub(problem("422 Unprocessable Entity", "all_refused", results=results)) as stub, pytest.raises(Invalid) as error:
        client(stub).me()
    assert str(error.value) == f"A detail ({sentence}) [422 all_refused]"
    with Stub(problem("422 Unprocessable Entity", "all_refused", results=results, detail=f"{sentence} Again.")) as stub:
        with pytest.raises(Invalid) as error:
            client(stub).me()
    assert str(error.value) == f"{sentence} Again. [422 all_refused]"


def test_awaiting_a_login_is_said_only_when_it_is_meant():
    waits = {"kind": "user", "name": "carol", "status": "waiting", "message": "carol gets it at her first login."}
    body = json.dumps({"path": "s3a://b/u/alice/x/", "permission": "read", "enforced": True, "results": [waits]})
    with Stub(answer("200 OK", body)) as stub:
        result = client(stub).share("s3a://b/u/alice/x/", with_users=["carol"], await_login=True)
        client(stub).share("s3a://b/u/alice/x/", with_users=["carol"])
    assert (result.results[0].status, result.refused) == ("waiting", ())
    assert [b'"await_login": true' in request for request in stub.requests] == [True, False]
    assert b"await_login" not in stub.requests[1]


def test_proxies_of_the_environment_are_not_asked_for_this_machine(monkeypatch):
    with Stub(OK) as proxy, Stub(OK) as stub:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert client(stub).me().user_name == "alice"
        assert proxy.requests == []
        assert Client("http://lake.invalid", TOKEN, timeout=20).me().user_name == "alice"
        assert proxy.requests[0].startswith(b"GET http://lake.invalid/me ")
