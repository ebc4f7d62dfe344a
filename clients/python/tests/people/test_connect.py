"""What lies in the lake, and how one's own tools reach it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from docs_blocks import Block, python_in, shell_in
from programs import install, run
from stub import Stub, answer

from minio_manager import Client, MinioManagerError, StorageError, notebook
from minio_manager.notebook import calls, my_credentials, my_files
from minio_manager.storage.keys import keys
from minio_manager.storage.listing import entries

LETTERS = "plus+ percent%20 and&amp ä\U0001f600 equals= 'quote'.txt"


@pytest.fixture
def s3(somebody):
    import boto3

    somebody("erin")
    return boto3.client("s3", **notebook.lake.boto3_options())


def test_a_folder_is_listed_with_ones_own_session(s3, stack, somebody):
    for key in ("listed/a", "listed/deep/b", f"listed/{LETTERS}", "listed/", "alone"):
        s3.put_object(Bucket="cdm-lake", Key=f"users-warehouse/erin/{key}", Body=b"xyz")
    table = my_files("~/listed/")
    assert [row[:2] for row in table.rows] == [("deep/", ""), ("a", "3"), (LETTERS, "3")]
    assert table.title == f"{stack.home('erin')}listed/" and table.rows[1][2].endswith(" UTC")
    # without the slash the folder, or the object of that name
    assert [row[0] for row in my_files("~/listed").rows] == ["deep/", "a", LETTERS]
    assert [(entry.path, entry.size) for entry in my_files("~/alone")] == [(f"{stack.home('erin')}alone", 3)]
    assert "listed/" in [row[0] for row in my_files().rows] and "nothing" in repr(my_files("~/none/"))
    assert [row[0] for row in my_files(f"s3://cdm-lake/users-warehouse/erin/listed/{LETTERS}").rows] == [LETTERS]
    somebody("bob")
    for path in (f"{stack.home('erin')}listed/", f"{stack.home('erin')}listed", "s3a://cdm-lake/"):
        with pytest.raises(StorageError, match="cannot be listed: neither your own nor shared"):
            my_files(path)
    with pytest.raises(StorageError, match="there is no such bucket|neither"):
        my_files("s3a://no-such-bucket-here/x/")
    somebody("erin")
    notebook.share("~/listed/", with_user="bob")
    somebody("bob")
    assert len(my_files(f"{stack.home('erin')}listed/")) == 3


def test_a_long_folder_is_cut_and_that_is_said(s3):
    for number in range(4):
        s3.put_object(Bucket="cdm-lake", Key=f"users-warehouse/erin/long/{number}", Body=b"")
    assert "only the first 3 are shown" in repr(my_files("~/long/", 3)) and len(my_files("~/long/", 3)) == 3
    assert "only" not in repr(my_files("~/long/", 4))


def test_pages_are_put_together(s3, monkeypatch):
    known = keys(calls.client())
    prefix = "users-warehouse/erin/pages/"
    for number in range(1005):
        s3.put_object(Bucket="cdm-lake", Key=f"{prefix}{number:04}", Body=b"")
    found, more = entries(known, f"s3a://cdm-lake/{prefix}", 2000)
    assert [entry.path[-4:] for entry in found] == [f"{number:04}" for number in range(1005)] and not more


def test_what_is_not_s3_is_told(somebody, monkeypatch):
    somebody("erin")
    with Stub(answer("200 OK", "<html>a proxy</html", type="text/html")) as stub:
        monkeypatch.setenv("MINIO_MANAGER_ENDPOINT", stub.url)
        notebook.use(Client())
        with pytest.raises(StorageError, match="but not as S3 does"):
            my_files("~/x/")
    with pytest.raises(StorageError, match="cannot be reached"):
        my_files("~/x/")


def test_lake_ls(stack, s3):
    s3.put_object(Bucket="cdm-lake", Key="users-warehouse/erin/terminal/a", Body=b"xyz")
    listed = run("lake", "ls", "~/terminal/")
    assert listed.returncode == 0 and "a" in listed.stdout and listed.stderr == ""
    (row,) = json.loads(run("lake", "ls", "~/terminal/", "--json").stdout)
    assert (row["path"], row["size"]) == (f"{stack.home('erin')}terminal/a", 3)
    assert "terminal/" in run("lake", "ls").stdout
    refused = run("lake", "ls", f"{stack.home('dave')}")
    assert (refused.returncode, refused.stdout) == (1, "") and refused.stderr.startswith("lake: s3a://")
    assert run("lake", "ls", "--limit", "0").returncode == 2


def secrets_of(known):
    return (known.secret_key, known.session_token)


def test_no_secret_is_shown_until_it_is_asked_for(somebody, stack):
    somebody("erin")
    plain, open_ = my_credentials(), my_credentials(show_secrets=True)
    known = keys(calls.client())
    for shown in (repr(plain), plain._repr_html_(), str(plain.facts), "".join(plain.snippets.values())):
        assert not [secret for secret in (*secrets_of(known), stack.tokens["erin"]) if secret in shown]
    assert stack.home("erin") in repr(plain) and stack.endpoint in plain._repr_html_()
    assert all(secret in repr(open_) and secret in open_["shell"] for secret in secrets_of(known))
    with pytest.raises(MinioManagerError, match="python, pandas, spark"):
        plain["cobol"]


def test_lake_credentials(somebody, stack):
    somebody("erin")
    shown = run("lake", "credentials")
    assert shown.returncode == 0 and "duckdb" in shown.stdout and "secret key" not in shown.stdout
    assert set(json.loads(run("lake", "credentials", "--json").stdout)) == {"user", "home", "endpoint", "region", "snippets"}
    assert "secret_key" in json.loads(run("lake", "credentials", "--json", "--show-secrets").stdout)
    assert run("lake", "credentials", "duckdb").stdout.startswith("import duckdb")
    unknown = run("lake", "credentials", "cobol")
    assert unknown.returncode == 1 and unknown.stderr.startswith("lake: there is no snippet")
    exported = run("lake", "credentials", "shell", "--show-secrets").stdout.splitlines()
    assert len(exported) == 6 and all(line.startswith("export AWS_") for line in exported)


def test_the_snippets_do_what_they_say(somebody, stack, tmp_path):
    somebody("erin")
    snippets = my_credentials().snippets
    here = Path(__file__)
    python = python_in({})
    for tool in ("pandas", "python", "duckdb"):
        python(Block(here, 1, tool, snippets[tool]))
    programs = tmp_path / "bin"
    programs.mkdir()
    environment = {
        "PATH": f"{install(programs)}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "MINIO_MANAGER_URL": stack.url,
        "MINIO_MANAGER_TOKEN": stack.tokens["erin"],
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    shell = shell_in(tmp_path, environment)
    # rclone is a program of the system; the tests of tools require it
    for tool in ("shell", "aws", *(["rclone"] if shutil.which("rclone") else [])):
        shown = shell(Block(here, 1, tool, snippets[tool]))
        assert tool == "shell" or "example/" in shown
    assert "spark" in snippets and subprocess.run([sys.executable, "-c", f"compile({snippets['spark']!r}, 'x', 'exec')"]).returncode == 0
