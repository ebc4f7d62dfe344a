from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

import pytest
from programs import SRC, install, run

from minio_manager import Client, ConfigurationError
from minio_manager.commands.lake import COMMANDS
from minio_manager.local.files import read_private, write_private
from minio_manager.local.login import Login, store


def log_in(stack, name):
    done = run("lake", "login", "--url", stack.url, stdin=stack.tokens[name] + "\n")
    assert done.returncode == 0, done.stderr
    return done


def test_log_in_share_look_and_log_out(stack, tmp_path):
    done = log_in(stack, "dave")
    assert "logged in as dave" in done.stderr and done.stdout == "" and stack.tokens["dave"] not in done.stderr
    file = tmp_path / "config" / "minio-manager" / "login.json"
    assert file.stat().st_mode & 0o777 == 0o600 and file.parent.stat().st_mode & 0o777 == 0o700
    who = json.loads(run("lake", "whoami", "--json").stdout)
    assert who[0]["user_name"] == "dave" and "dave" in run("lake", "whoami").stdout
    shared = run("lake", "share", "~/cli/", "--group", "KBase", "--user", "erin", "--write", "--until", "30d", "--reason", "x", "--json")
    assert [(row["name"], row["status"]) for row in json.loads(shared.stdout)] == [("erin", "granted"), ("KBase", "granted")]
    who = json.loads(run("lake", "who", "~/cli/", "--json").stdout)
    assert {row["name"]: row["permission"] for row in who} == {"dave": "write", "erin": "write", "KBase": "write"}
    assert "~" not in run("lake", "ls-shares").stdout and "dave/cli/" in run("lake", "ls-shares").stdout
    assert "shared with me" in run("lake", "ls-shares", "--received").stdout
    ended = run("lake", "unshare", f"{stack.home('dave')}cli/", "--user", "erin")
    assert "revoked" in ended.stdout
    assert [row["name"] for row in json.loads(run("lake", "unshare", "~/cli/", "--json").stdout)] == ["KBase"]
    assert "logged out" in run("lake", "logout").stderr and not file.exists()
    assert (run("lake", "whoami").returncode, run("lake", "logout").returncode) == (1, 0)


def test_the_first_hour(stack):
    log_in(stack, "visitor")
    shared = run("lake", "share", "~/reports/", "--user", "bob", "--until", "30d")
    assert (shared.returncode, shared.stderr) == (0, "") and "granted" in shared.stdout
    for command in (["ls-shares"], ["ls-shares", "--received"], ["who", "~/reports/"], ["groups"], ["requests"], ["ls"], ["credentials"]):
        done = run("lake", *command)
        assert (done.returncode, done.stderr) == (0, ""), command
    assert "visitor/reports/" in run("lake", "ls-shares").stdout and "bob" in run("lake", "who", "~/reports/").stdout
    assert "revoked" in run("lake", "unshare", "~/reports/").stdout


def test_failures_are_one_line_and_an_exit_code(stack, tmp_path):
    wrong = run("lake", "login", "--url", stack.url, stdin="NOBODYSTOKEN\n")
    assert wrong.returncode == 1 and "401" in wrong.stderr and "NOBODYSTOKEN" not in wrong.stderr and "Traceback" not in wrong.stderr
    assert not (tmp_path / "config").exists()
    assert "lake login" in run("lake", "whoami").stderr
    service = run("lake", "login", "--url", stack.url, stdin=stack.tokens["service"])
    assert service.returncode == 1 and "service" in service.stderr
    assert run("lake", "login", "--url", "http://127.0.0.1:1", stdin="T").returncode == 1
    assert run("lake", "frobnicate").returncode == 2
    unsafe = run("lake", "login", "--url", "http://lake.invalid", stdin="T")
    assert unsafe.returncode == 1 and "warning: http is not encrypted" in unsafe.stderr
    log_in(stack, "dave")
    partly = run("lake", "share", "~/cli/", "--user", "erin", "--user", "nobody-here")
    assert partly.returncode == 1 and "nobody-here has not logged in yet" in partly.stdout
    refused = run("lake", "share", "~/cli/", "--user", "nobody-here")
    assert (refused.returncode, refused.stdout) == (1, "") and refused.stderr.startswith("lake: ")


def test_the_end_of_a_share_is_refused_with_what_to_write():
    done = run("lake", "share", "~/cli/", "--user", "erin", "--until", "30")
    assert done.returncode == 2 and 'write "30d", "12h"' in done.stderr


def test_help_has_examples_and_exit_codes():
    top = run("lake", "--help").stdout
    assert "lake share '~/reports/' --group KBase --user bob --until 30d" in top
    for command in COMMANDS:
        shown = run("lake", command, "--help").stdout
        assert f"examples:\n  lake {command}" in shown and "exit codes: 0 done" in shown, command


def test_groups_requests_and_decisions(stack, client):
    path = f"{stack.home('erin')}by-terminal/"
    log_in(stack, "bob")
    assert "KBase" in run("lake", "groups").stdout
    asked = json.loads(run("lake", "request", path, "--reason", "for the paper", "--as", "write", "--json").stdout)[0]
    client("admin").set_group("Terminals", owners=["erin"], joinable=True, display_name="The Terminals")
    assert "The Terminals" in run("lake", "groups", "--joinable").stdout and "Terminals" not in run("lake", "groups").stdout
    joining = json.loads(run("lake", "join", "Terminals", "--reason", "new here", "--json").stdout)[0]
    assert asked["id"][:8] in run("lake", "requests").stdout and joining["role"] == "member"
    assert run("lake", "request", "--reason", "for nothing").returncode == 2
    assert run("lake", "join", "Terminals").returncode == 2
    log_in(stack, "erin")
    approved = run("lake", "approve", asked["id"][:8], "--as", "read", "--until", "2w")
    assert approved.returncode == 0 and "approved" in approved.stdout
    again = run("lake", "approve", asked["id"][:8])
    assert again.returncode == 1 and again.stderr.startswith("lake: no open request")
    client("bob").request_access(f"{path}more/", "read", "once more")
    (waiting,) = [row for row in json.loads(run("lake", "requests", "--json").stdout) if row["path"] == f"{path}more/"]
    assert run("lake", "deny", waiting["id"]).returncode == 0
    assert waiting["id"] in run("lake", "requests", "--all", "--json").stdout
    assert asked["id"][:8] not in run("lake", "requests").stdout


def test_a_share_with_somebody_who_has_never_logged_in(stack, waits_for_logins):
    log_in(stack, "dave")
    assert run("lake", "share", "~/awaited/", "--user", "somebody-new").returncode == 1
    if not waits_for_logins:
        return
    done = run("lake", "share", "~/awaited/", "--user", "somebody-new", "--await-login")
    assert done.returncode == 0 and "waiting" in done.stdout
    assert "somebody-new, who has not logged in yet" in run("lake", "ls-shares").stdout
    ended = run("lake", "unshare", "~/awaited/")
    assert ended.returncode == 0 and "revoked" in ended.stdout and "awaited" not in run("lake", "ls-shares").stdout


def test_a_group_is_opened(stack):
    log_in(stack, "alice")
    assert run("lake", "share", "~/cli-group/", "--group", "KBase").returncode == 0
    assert "group KBase (3)" in run("lake", "who", "~/cli-group/").stdout
    assert "carol" in run("lake", "who", "~/cli-group/", "--expand", "KBase").stdout


def test_whoever_stops_reading_breaks_nothing(stack):
    log_in(stack, "dave")
    script = f'"{sys.executable}" -m minio_manager.commands.lake ls-shares | true; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", script], env={**os.environ, "PYTHONPATH": str(SRC)}, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() in ("0", "1") and done.stderr == ""


def test_a_terminal_that_lacks_a_letter(stack):
    log_in(stack, "dave")
    done = run("lake", "share", "~/größe/", "--user", "erin", PYTHONIOENCODING="ascii")
    assert done.returncode == 0 and "gr\\xf6\\xdfe" in done.stdout


def test_a_tilde_that_the_shell_has_replaced(stack):
    log_in(stack, "dave")
    done = run("lake", "who", f"{os.environ['HOME']}/reports/")
    assert done.returncode == 1 and "quote it: '~/reports/'" in done.stderr


def test_the_token_is_asked_for_without_an_echo(stack, tmp_path):
    code = (
        f"import sys; sys.argv = ['lake', 'login', '--url', {stack.url!r}]; from minio_manager.commands.lake import main; sys.exit(main())"
    )
    master, slave = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SRC)},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        # getpass asks the controlling terminal
        preexec_fn=lambda: os.close(os.open(os.ttyname(slave), os.O_RDWR)),
    )
    os.close(slave)
    seen = b""
    while b"token: " not in seen:
        seen += os.read(master, 1024)
    os.write(master, stack.tokens["dave"].encode() + b"\n")
    while True:
        try:
            chunk = os.read(master, 1024)
        except OSError:
            break
        if not chunk:
            break
        seen += chunk
    assert child.wait(120) == 0
    assert b"logged in as dave" in seen and stack.tokens["dave"].encode() not in seen


def test_a_kept_token_is_shown_to_its_own_service_only(stack, monkeypatch):
    store(Login("http://127.0.0.1:1", "KEPT", "dave"))
    monkeypatch.setenv("MINIO_MANAGER_URL", stack.url)
    with pytest.raises(ConfigurationError):
        Client()
    monkeypatch.delenv("MINIO_MANAGER_URL")
    assert (Client().url, Client().token(), Client().user) == ("http://127.0.0.1:1", "KEPT", "dave")
    with pytest.raises(ConfigurationError):
        Client("http://127.0.0.1:1")
    monkeypatch.setenv("MINIO_MANAGER_URL", "http://127.0.0.1:1/")
    assert Client().token() == "KEPT"
    monkeypatch.setenv("MINIO_MANAGER_TOKEN", "OTHER")
    assert Client().token() == "OTHER"


def test_private_files(tmp_path):
    file = tmp_path / "folder" / "file"
    write_private(file, "one")
    write_private(file, "two")
    assert read_private(file) == "two" and os.listdir(file.parent) == ["file"]
    file.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        read_private(file)
    assert read_private(tmp_path / "absent") is None


def test_the_profile_is_ready_to_be_appended(stack, tmp_path, monkeypatch):
    bin = tmp_path / "with space"
    bin.mkdir()
    monkeypatch.setenv("PATH", f"{install(bin)}:{os.environ['PATH']}")
    done = run("lake", "login", "--url", stack.url, "--profile", "lake", stdin=stack.tokens["erin"])
    assert done.returncode == 0, done.stderr
    config = tmp_path / "aws"
    config.write_text(done.stdout)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    import boto3

    session = boto3.Session(profile_name="lake")
    assert session.get_credentials().method == "custom-process"
    # endpoint and region are the profile's
    listed = session.client("s3").list_objects_v2(Bucket="cdm-lake", Prefix="users-warehouse/erin/")
    assert listed["KeyCount"] >= 1
    assert run("lake", "login", "--url", stack.url, "--profile", "x]\ny", stdin=stack.tokens["erin"]).returncode == 1
