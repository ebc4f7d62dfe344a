from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from subprocess import Popen

import pytest
from programs import run
from stub import Stub, answer

from minio_manager import Client
from minio_manager.commands import sessions
from minio_manager.commands.credential_process import current, main


def program(*argv):
    return run("minio-manager-credentials", *argv)


def session_ending(**span):
    ends = (datetime.now(timezone.utc) + timedelta(**span)).isoformat()
    return {"AccessKeyId": "A", "SecretAccessKey": "S", "Token": "T", "Expiration": ends}


def stub_answer(**span):
    return answer("200 OK", json.dumps(session_ending(**span)))


def test_one_document_and_nothing_else(somebody, stack, tmp_path):
    somebody("erin")
    done = program()
    assert (done.returncode, done.stderr) == (0, "")
    given = json.loads(done.stdout)
    assert set(given) == {"Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"} and given["Version"] == 1
    assert datetime.fromisoformat(given["Expiration"].replace("Z", "+00:00")) - datetime.now(timezone.utc) > timedelta(minutes=20)
    (kept,) = (tmp_path / "cache" / "minio-manager" / "sessions").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert stack.tokens["erin"] not in kept.read_text() + kept.name
    # the same again, without the service
    assert program().stdout == done.stdout


def test_errors_go_to_standard_error(somebody, stack, monkeypatch):
    nothing = program()
    assert (nothing.returncode, nothing.stdout) == (1, "") and "lake login" in nothing.stderr
    somebody("erin")
    monkeypatch.setenv("MINIO_MANAGER_TOKEN", "NOBODYSTOKEN")
    refused = program()
    assert (refused.returncode, refused.stdout) == (1, "") and "401" in refused.stderr and "Traceback" not in refused.stderr


def test_a_service_for_somebody(somebody):
    somebody("service")
    assert "not_a_person" in program().stderr
    assert json.loads(program("--user", "erin").stdout)["SessionToken"]


def use_stub(monkeypatch, stub):
    monkeypatch.setenv("MINIO_MANAGER_URL", stub.url)
    monkeypatch.setenv("MINIO_MANAGER_TOKEN", "SOMETOKEN")


def test_fifty_processes_do_not_ask_fifty_times(monkeypatch, capsys):
    with Stub(stub_answer(hours=1)) as stub:
        use_stub(monkeypatch, stub)
        for _ in range(50):
            assert main([]) == 0
        assert len(stub.requests) == 1
        # another person's session is never taken from the cache
        monkeypatch.setenv("MINIO_MANAGER_TOKEN", "OTHERTOKEN")
        assert main([]) == 0 and len(stub.requests) == 2
    assert len(set(capsys.readouterr().out.splitlines())) == 1


@pytest.mark.parametrize(("minutes", "asked"), [(16, 1), (14, 2), (-5, 2)])
def test_it_is_asked_again_before_sdks_would_ask_in_vain(monkeypatch, minutes, asked):
    with Stub(stub_answer(minutes=minutes), stub_answer(hours=1)) as stub:
        use_stub(monkeypatch, stub)
        assert main([]) == 0 and main([]) == 0
        assert len(stub.requests) == asked


def test_a_session_that_still_works_is_better_than_none(monkeypatch, capsys):
    with Stub(stub_answer(minutes=10), answer("503 Service Unavailable", "", "Retry-After: 60")) as stub:
        use_stub(monkeypatch, stub)
        assert main([]) == 0 and main([]) == 0
        assert len(stub.requests) == 2
    first, second = capsys.readouterr().out.splitlines()
    assert first == second


def test_a_session_that_has_ended_is_none(monkeypatch, capsys):
    with Stub(stub_answer(minutes=-1), answer("503 Service Unavailable", "", "Retry-After: 60")) as stub:
        use_stub(monkeypatch, stub)
        assert main([]) == 0 and main([]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", '{"AccessKeyId": 1}', "\0"])
def test_a_broken_cache_is_as_if_there_were_none(monkeypatch, text):
    with Stub(stub_answer(hours=1)) as stub:
        use_stub(monkeypatch, stub)
        client = Client()
        file = sessions.cache_file(client.url, client.token(), None)
        file.parent.mkdir(parents=True)
        file.write_text(text)
        file.chmod(0o600)
        assert current(client, None).AccessKeyId == "A" and len(stub.requests) == 1


def test_a_cache_that_cannot_be_written_does_not_matter(monkeypatch, tmp_path):
    (tmp_path / "blocked").write_text("a file")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "blocked"))
    with Stub(stub_answer(hours=1)) as stub:
        use_stub(monkeypatch, stub)
        assert main([]) == 0


def test_many_at_once_leave_one_whole_file(somebody, tmp_path):
    import os
    import sys

    from programs import MODULES, SRC

    somebody("erin")
    command = [sys.executable, "-m", MODULES["minio-manager-credentials"]]
    env = {**os.environ, "PYTHONPATH": str(SRC)}
    with open(os.devnull, "w") as nowhere:
        children = [Popen(command, env=env, stdout=nowhere) for _ in range(6)]
    assert [child.wait(120) for child in children] == [0] * 6
    (kept,) = (tmp_path / "cache" / "minio-manager" / "sessions").iterdir()
    assert json.loads(kept.read_text())["SecretAccessKey"]
