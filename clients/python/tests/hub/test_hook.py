from __future__ import annotations

import asyncio
import re
import time
from datetime import datetime, timedelta, timezone

import pytest
from spawner import Spawner, configured, spawn
from stub import Stub, answer, cut, hang

ACCESS_KEYS = {"AWS_ACCESS_KEY_ID", "FSSPEC_S3_KEY", "MINIO_ACCESS_KEY", "S3_ACCESS_KEY"}
KEYS = ACCESS_KEYS | {"AWS_SECRET_ACCESS_KEY", "FSSPEC_S3_SECRET", "MINIO_SECRET_KEY", "S3_SECRET_KEY"}
SESSION_TOKENS = {"AWS_SESSION_TOKEN", "FSSPEC_S3_TOKEN", "MINIO_SESSION_TOKEN", "S3_SESSION_TOKEN"}
ME = '{"user_name":"alice","kind":"person","admin":false,"scopes":[],"home_path":"s3a://b/alice/","endpoint":"https://s3","region":"r"}'


def drip(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        time.sleep(0.05)


def test_container_gives_no_key(stack, client):
    token = stack.tokens["alice"]
    environment = spawn(Spawner("alice", token=token), configured(url=stack.url, extra_environment={"AWS_REGION": "mine"}))
    assert environment == {
        "MINIO_MANAGER_URL": stack.url,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{stack.url}/credentials/aws",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
        "AWS_ENDPOINT_URL_S3": stack.endpoint,
        "AWS_ENDPOINT": stack.endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "mine",
        "FSSPEC_S3_ENDPOINT_URL": stack.endpoint,
        "MINIO_ENDPOINT": stack.endpoint,
        "MINIO_ENDPOINT_URL": stack.endpoint,
        "MINIO_SECURE": "False",
        "S3_ENDPOINT_URL": stack.endpoint,
        "S3_SECURE": "False",
        "MINIO_HOME": stack.home("alice"),
    }


def test_servers_are_told_where_s3_is_for_them(stack):
    c = configured(url=stack.url, endpoint="https://s3.inside.example.org", region="north")
    environment = spawn(Spawner("alice", token=stack.tokens["alice"]), c)
    assert (environment["MINIO_MANAGER_ENDPOINT"], environment["MINIO_MANAGER_REGION"]) == ("https://s3.inside.example.org", "north")
    assert environment["AWS_ENDPOINT"] == environment["S3_ENDPOINT_URL"] == "https://s3.inside.example.org"


def test_pair_is_the_present_one(stack, client):
    pair = client("alice").credentials()
    environment = spawn(Spawner("alice"), configured(url=stack.url, mode="pair", token=stack.tokens["service"]))
    assert {environment[name] for name in ACCESS_KEYS} == {pair.access_key}
    assert {environment[name] for name in KEYS} == {pair.access_key, pair.secret_key}
    assert environment["MINIO_HOME"] == stack.home("alice") and "AWS_SESSION_TOKEN" not in environment
    assert client("alice").credentials().secret_key == pair.secret_key


def test_session_says_when_it_ends(stack, tmp_path):
    file = tmp_path / "token"
    file.write_text(stack.tokens["service"] + "\n")
    c = configured(url=stack.url, mode="session", token_file=str(file), session_seconds=900, user_name=lambda spawner: "alice")
    environment = spawn(Spawner("Alice@example.org"), c)
    assert len({environment[name] for name in SESSION_TOKENS}) == 1
    ends = datetime.strptime(environment["MINIO_CREDENTIALS_EXPIRATION"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    assert timedelta(0) < ends - datetime.now(timezone.utc) <= timedelta(seconds=901)
    assert environment["MINIO_HOME"] == stack.home("alice")


def test_the_users_own_token_says_whose_it_is(stack):
    settings = {"url": stack.url, "mode": "pair", "use_user_token": True, "auth_state_key": "tokens.access"}
    c = configured(**settings)
    environment = spawn(Spawner("somebody", auth_state={"tokens": {"access": stack.tokens["alice"]}}), c)
    assert environment["MINIO_ACCESS_KEY"] == "alice"
    for auth_state in (None, {}, {"tokens": stack.tokens["alice"]}, {"tokens": {"access": 1}}):
        failed = spawn(Spawner("alice", auth_state=auth_state), c)
        assert "auth_state" in failed["MINIO_CONFIG_ERROR"] and not KEYS & set(failed)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (hang, "no answer"),
        (drip, "no answer|too slowly|in time|within"),
        (cut, "cut off"),
        (answer("503 Service Unavailable", "<h1>away</h1>", type="text/html"), "503"),
        (answer("302 Found", "", "Location: https://elsewhere"), "redirect"),
        (answer("200 OK", '{"user_name": 1}'), "unexpected type"),
        (answer("400 Bad Request", '{"code": "x", "detail": "${HOME} {user}\\n\\u0000" }'), r"^\(HOME\) \(user\)"),
    ],
)
def test_a_server_starts_whatever_the_service_does(fault, says, caplog):
    with Stub(fault) as stub:
        environment = spawn(Spawner("alice", token="tokenofalice"), configured(url=stub.url, timeout=0.6))
    reason = environment.pop("MINIO_CONFIG_ERROR")
    assert re.search(says, reason), reason
    # no place is known: an SDK without an endpoint would go to AWS
    assert environment == {"MINIO_MANAGER_URL": stub.url}
    assert reason in caplog.text and "tokenofalice" not in caplog.text + reason
    assert reason.isprintable() and not set("{}$\n") & set(reason)


def test_no_key_of_an_earlier_start_stays(stack):
    spawner = Spawner("alice")
    spawner.environment = {"OWN": "kept"}
    assert set(spawn(spawner, configured(url=stack.url, mode="session", token=stack.tokens["service"]))) > KEYS
    with Stub(cut) as stub:
        environment = spawn(spawner, configured(url=stub.url, mode="pair", token="svc_x", timeout=0.5))
    assert environment["OWN"] == "kept" and environment["MINIO_CONFIG_ERROR"]
    assert not [name for name in environment if name in KEYS or "TOKEN" in name or "EXPIRATION" in name]
    assert "MINIO_CONFIG_ERROR" not in spawn(spawner, configured(url=stack.url, mode="pair", token=stack.tokens["service"]))


def test_a_server_that_fetches_by_itself_gets_the_place_as_it_was():
    with Stub(answer("200 OK", ME), cut) as stub:
        c = configured(url=stub.url, timeout=0.5)
        assert spawn(Spawner("alice", token="a"), c)["MINIO_HOME"] == "s3a://b/alice/"
        environment = spawn(Spawner("bob", token="b"), c)
    assert environment["AWS_ENDPOINT_URL_S3"] == "https://s3" and environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] == "b"
    assert environment["MINIO_SECURE"] == environment["S3_SECURE"] == "True" and "AWS_ALLOW_HTTP" not in environment
    assert environment["MINIO_CONFIG_ERROR"] and "MINIO_HOME" not in environment


def test_what_fails_in_the_hub_itself_is_named_without_its_words(caplog):
    def fails(spawner):
        raise KeyError("a secret")

    c = configured(url="https://minio-manager.example.org", mode="pair", token="svc_x", user_name=fails)
    reason = spawn(Spawner("alice"), c)["MINIO_CONFIG_ERROR"]
    assert "KeyError" in reason and "test_hook.py" in reason and "a secret" not in reason + caplog.text


def test_a_spawn_that_is_cancelled_ends():
    async def cancelled():
        with Stub(hang) as stub:
            hook = configured(url=stub.url, timeout=5.0).Spawner.pre_spawn_hook
            task = asyncio.create_task(hook(Spawner("alice")))
            while not stub.requests:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(cancelled())


def test_a_hub_goes_on_while_a_spawn_waits():
    async def both():
        with Stub(hang) as stub:
            hook = configured(url=stub.url, timeout=1.0).Spawner.pre_spawn_hook
            spawners = [Spawner(f"user{number}") for number in range(40)]
            spawning = asyncio.gather(*(hook(spawner) for spawner in spawners))
            turns = 0
            while not spawning.done():
                await asyncio.sleep(0.01)
                turns += 1
            return turns, [spawner.environment["MINIO_CONFIG_ERROR"] for spawner in spawners]

    turns, reasons = asyncio.run(both())
    # more spawns than threads: those that wait for one end in time as well
    assert turns > 5 and len(reasons) == 40
