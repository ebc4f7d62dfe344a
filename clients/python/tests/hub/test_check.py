from __future__ import annotations

import os
import subprocess
import sys

import boto3
import pytest
from botocore.exceptions import ClientError
from stub import Stub, answer


@pytest.fixture
def check(stack, tmp_path):
    """`python -m minio_manager.hub --check` with these settings; its exit code and its lines by step."""

    def run(*argv, **variables):
        file = tmp_path / "token"
        file.write_text(stack.tokens["alice"])
        environment = {f"MINIO_MANAGER_{name.upper()}": value for name, value in {"url": stack.url, **variables}.items()}
        command = [sys.executable, "-m", "minio_manager.hub", "--check", *(str(file) if word == "TOKEN" else word for word in argv)]
        env = {"PYTHONPATH": ":".join(sys.path), "PATH": os.environ["PATH"], **environment}
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
        assert done.stderr == ""
        assert not [token for token in stack.tokens.values() if token in done.stdout]
        lines = {}
        for line in done.stdout.splitlines():
            verdict, step, text = line[:10].strip(), line[11:20].strip(), line[21:]
            lines[step] = (verdict, text)
        return done.returncode, lines

    return run


def test_all_is_well_with_a_service_token(check, stack):
    code, lines = check("--user", "alice", mode="pair", token=stack.tokens["service"])
    assert code == 0 and {verdict for verdict, _ in lines.values()} == {"ok"}, lines
    assert lines["settings"][1] == f"mode pair, {stack.url}"
    assert "version 0." in lines["service"][1] and "ready" in lines["service"][1]
    assert "of the service" in lines["token"][1] and "credentials" in lines["token"][1]
    assert stack.endpoint in lines["endpoint"][1] and "as minio-manager tells" in lines["endpoint"][1]
    assert "made for alice, lists s3a://" in lines["session"][1] and "ends by itself" in lines["session"][1]


def test_mode_container_is_tried_with_a_persons_token(check, stack):
    code, lines = check()
    assert code == 0 and lines["token"][0] == "not tried" and "--token-file" in lines["token"][1]
    code, lines = check("--token-file", "TOKEN")
    assert (code, lines["token"]) == (0, ("ok", "of alice")) and lines["session"][0] == "ok"
    code, lines = check(mode="pair", token=stack.tokens["service"])
    assert (code, lines["session"]) == (0, ("not tried", "say for whom: --user NAME"))


def test_sessions_end_only_when_that_is_asked_for(check, client):
    running = client("alice").session()
    s3 = boto3.client(
        "s3",
        endpoint_url=running.endpoint,
        region_name=running.region,
        aws_access_key_id=running.access_key,
        aws_secret_access_key=running.secret_key,
        aws_session_token=running.session_token,
    )
    look = lambda: s3.list_objects_v2(Bucket="cdm-lake", Prefix="users-warehouse/alice/")  # noqa: E731
    assert check("--token-file", "TOKEN")[0] == 0
    look()
    assert check("--token-file", "TOKEN", "--end-sessions")[1]["end"] == ("ok", "all sessions of alice have ended")
    with pytest.raises(ClientError):
        look()


@pytest.mark.parametrize(
    ("settings", "argv", "step", "says"),
    [
        ({"url": "http://127.0.0.1:1"}, [], "service", "Connection refused"),
        ({"url": ""}, [], "settings", "MINIO_MANAGER_URL"),
        ({"mode": "par"}, [], "settings", 'Did you mean "pair"'),
        ({"mode": "pair"}, [], "settings", "token_file"),
        ({"timeout": "60"}, [], "settings", "timeout"),
        ({"mode": "pair", "token_file": "/none"}, [], "token", "No such file"),
        ({"mode": "pair", "token": "svc_nobodys"}, ["--user", "alice"], "token", "restarted with it in SERVICE_TOKENS"),
        ({}, ["--config", "/none.py"], "settings", "there is no file"),
        ({"endpoint": "http://127.0.0.1:1"}, ["--token-file", "TOKEN"], "endpoint", "set c.MinioManager.endpoint"),
        ({"endpoint": "http://127.0.0.1:1"}, [], "endpoint", "cannot be reached"),
        ({"endpoint": "http://127.0.0.1:1"}, ["--token-file", "TOKEN"], "session", "S3 does not take it"),
    ],
)
def test_what_is_wrong_is_told_with_what_to_do(check, settings, argv, step, says):
    code, lines = check(*argv, **settings)
    assert code == 1 and lines[step][0] == "failed" and says in lines[step][1], lines


def test_a_service_token_is_none_for_mode_container(check, stack, tmp_path):
    file = tmp_path / "service"
    file.write_text(stack.tokens["service"])
    code, lines = check("--token-file", str(file), "--user", "alice")
    assert code == 1 and "servers use a person's" in lines["token"][1]


def test_something_else_answers(check):
    for page in (answer("200 OK", "<h1>a wiki</h1>", type="text/html"), answer("404 Not Found", "{}")):
        with Stub(page) as stub:
            code, lines = check(url=stub.url)
        assert code == 1 and "not reached as minio-manager" in lines["service"][1]


def test_the_hubs_own_configuration_is_read(check, stack, tmp_path):
    file = tmp_path / "jupyterhub_config.py"
    file.write_text('c = get_config()\nimport minio_manager.hub\nc.MinioManager.region = "north"\nminio_manager.hub.setup(c)\n')
    code, lines = check("--config", str(file))
    assert code == 0 and lines["settings"][0] == "ok"
    file.write_text('c = get_config()\nimport minio_manager.hub\nc.MinioManager.mode = "par"\nminio_manager.hub.setup(c)\n')
    code, lines = check("--config", str(file))
    assert code == 1 and 'Did you mean "pair"' in lines["settings"][1]
    file.write_text("raise KeyError('x')\n")
    assert "KeyError" in check("--config", str(file))[1]["settings"][1]
