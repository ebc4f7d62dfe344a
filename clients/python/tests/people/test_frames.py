from __future__ import annotations

import os
import subprocess
import sys
import warnings
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import boto3
import pandas
import pyarrow
import pytest
from programs import run
from tls import terminating_tls

from minio_manager import Client, MinioManagerError, StorageError, notebook
from minio_manager.notebook import PathError, calls, enable, frames, lake
from minio_manager.storage import keys as storage_keys
from minio_manager.storage.keys import keys

SRC = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture
def frame():
    assert "pandas" in enable()
    return pandas.DataFrame({"n": [1, 2, 3]})


def test_a_frame_is_saved_and_shared(frame, somebody, stack):
    somebody("dave")
    saved = frame.lake.save("~/frames/n.parquet")
    assert saved.path == f"{stack.home('dave')}frames/n.parquet" and saved.path in repr(saved)
    assert saved.share(with_user="erin")[0].status == "granted"
    assert {row.name for row in saved.who_can_read()} == {"dave", "erin"}
    somebody("erin")
    assert lake.read(saved.path)["n"].sum() == 6
    somebody("bob")
    with pytest.raises(StorageError, match="frames/n.parquet cannot be read: neither your own nor shared"):
        lake.read(saved.path)
    with pytest.raises(OSError, match="cannot be written: neither"):
        frame.lake.save(saved.path)


def test_options_are_those_of_pandas(frame, somebody):
    somebody("dave")
    lake(frame.rename_axis("row")).save("~/frames/plain.parquet", compression=None, index=True)
    assert lake.read("~/frames/plain.parquet", columns=["n"]).index.name == "row"
    lake(frame.assign(part="a")).save("~/frames/by-part", partition_cols=["part"])
    assert lake.read("~/frames/by-part/")["n"].tolist() == [1, 2, 3]


@pytest.mark.parametrize("name", ["n.csv", "n.csv.gz", "n.CSV"])
def test_a_frame_is_saved_as_csv(frame, somebody, name):
    somebody("dave")
    saved = frame.lake.save(f"~/frames/{name}", index=False)
    assert lake.read(saved.path)["n"].tolist() == [1, 2, 3]


def test_a_table_of_pyarrow(somebody):
    somebody("dave")
    table = pyarrow.table({"n": [1, 2]})
    saved = lake(table).save("~/frames/table.parquet", compression="zstd")
    assert lake.read_table(saved.path).equals(table) and lake.read(saved.path)["n"].sum() == 3
    assert lake.read(lake(table).save("~/frames/table.csv").path)["n"].sum() == 3
    assert lake.read_table("~/frames/table.parquet", columns=[]).num_columns == 0


def test_what_other_tools_take(frame, somebody, stack):
    somebody("dave")
    frame.lake.save("~/frames/other.parquet")
    place = f"{stack.home('dave')}frames/other.parquet".removeprefix("s3a://")
    assert pandas.read_parquet(f"s3://{place}", storage_options=lake.storage_options())["n"].sum() == 6
    assert lake.filesystem().get_file_info(place).size > 0
    bucket, _, key = place.partition("/")
    assert boto3.client("s3", **lake.boto3_options()).head_object(Bucket=bucket, Key=key)["ContentLength"] > 0
    shown = repr(lake.storage_options()) + repr(lake.boto3_options()) + repr(keys(calls.client()))
    secrets = keys(calls.client())
    assert secrets.secret_key not in shown and secrets.session_token not in shown


def test_parquet_without_pyarrows_filesystem(frame, somebody, monkeypatch):
    somebody("dave")
    monkeypatch.setattr(frames, "find_spec", lambda name: None)
    assert lake.read(frame.lake.save("~/frames/by-s3fs.parquet").path)["n"].sum() == 6


def test_a_callers_own_way_to_s3_goes_first(frame, somebody):
    somebody("dave")
    options = lake.storage_options()
    notebook.use(Client("http://127.0.0.1:1", "T", timeout=1))
    path = "s3a://cdm-lake/users-warehouse/dave/frames/own.parquet"
    lake(frame).save(path, storage_options=options)
    assert lake.read(path, storage_options=options)["n"].sum() == 6


def test_with_a_login_and_its_profile(frame, stack, tmp_path, monkeypatch):
    done = run("lake", "login", "--url", stack.url, "--profile", "lake", stdin=stack.tokens["erin"])
    config = tmp_path / "aws"
    config.write_text(done.stdout)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "lake")
    for name in ("by-login.parquet", "by-login.csv"):
        assert lake.read(frame.lake.save(f"~/frames/{name}").path)["n"].sum() == 6


@pytest.mark.parametrize("name", ["n.parquet", "n.csv"])
def test_nothing_of_the_environment_leads_elsewhere(frame, somebody, monkeypatch, name):
    somebody("dave")
    for variable in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "FSSPEC_S3_ENDPOINT_URL"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(variable, "ofsomebodyelse")
    assert lake.read(frame.lake.save(f"~/frames/elsewhere-{name}").path)["n"].sum() == 6


def test_s3_by_another_address_and_by_https(frame, somebody, stack, tmp_path, monkeypatch):
    somebody("dave")
    with terminating_tls(stack.endpoint, tmp_path) as (endpoint, certificate):
        monkeypatch.setenv("MINIO_MANAGER_ENDPOINT", endpoint)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert calls.client().place.endpoint == endpoint
        # pyarrow looks for certificates when it is imported
        code = """
import pandas
from minio_manager.notebook import enable, lake
enable()
for name in ("~/frames/tls.parquet", "~/frames/tls.csv"):
    pandas.DataFrame({"n": [1, 2, 3]}).lake.save(name)
    print(lake.read(name)["n"].sum())
"""
        env = {**os.environ, "PYTHONPATH": str(SRC)}
        done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=120)
    assert (done.stdout.split(), done.returncode) == (["6", "6"], 0), done.stderr
    # an address for one service is not taken for another's
    monkeypatch.setenv("MINIO_MANAGER_URL", "http://127.0.0.1:1")
    assert Client(stack.url, stack.tokens["dave"]).place.endpoint == stack.endpoint


def test_keys_are_renewed_before_they_end(frame, somebody, monkeypatch):
    somebody("dave")
    client = calls.client()
    first = keys(client)
    assert keys(client) == first
    # the shortest session there is has less left than what starts now may need
    monkeypatch.setattr(storage_keys, "SESSION_SECONDS", 900)
    ended = replace(first, secret_key="ended", expiration=datetime.now(timezone.utc) - timedelta(seconds=1))
    storage_keys._kept[client] = ended
    frame.lake.save("~/frames/renewed.parquet")
    second = storage_keys._kept[client]
    assert lake.read("~/frames/renewed.parquet")["n"].sum() == 6
    assert len({first.access_key, second.access_key, storage_keys._kept[client].access_key}) == 3


def test_a_session_that_still_works_is_better_than_none(somebody, monkeypatch):
    somebody("dave")
    client = calls.client()
    soon = replace(keys(client), expiration=datetime.now(timezone.utc) + timedelta(minutes=10))
    storage_keys._kept[client] = soon
    monkeypatch.setattr(client._transport, "url", "http://127.0.0.1:1")
    assert keys(client) == soon
    storage_keys._kept[client] = replace(soon, expiration=datetime.now(timezone.utc) - timedelta(seconds=1))
    with pytest.raises(MinioManagerError, match="cannot be reached"):
        keys(client)


def test_a_service_saves_for_somebody(frame, client, stack):
    notebook.use(client("service", user="erin"))
    assert frame.lake.save("~/frames/by-service.parquet").path.startswith(stack.home("erin"))


def test_a_frame_never_guesses(frame, somebody):
    somebody("dave")
    assert not hasattr(frame.lake, "share")
    with pytest.raises(PathError, match='"~/frames/data.parquet"'):
        frame.lake.save("~/frames/")
    with pytest.raises(MinioManagerError, match="not list"):
        lake([1])
    with pytest.raises(StorageError, match="cannot be read: there is nothing of this name"):
        lake.read("~/frames/none.parquet")


def test_enabling_twice_warns_of_nothing(frame):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        enable()
    assert frame.lake is not None


def test_nothing_of_others_is_imported_where_it_is_not_installed():
    code = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pandas", "pyspark", "IPython", "boto3", "pyarrow", "s3fs"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import minio_manager, minio_manager.notebook, minio_manager.commands.lake, minio_manager.commands.credential_process
loaded = {name.partition(".")[0] for name in sys.modules}
others = loaded - set(sys.stdlib_module_names) - {"minio_manager", "__main__"}
print(sorted(name for name in others if not name.startswith(("_", "sitecustomize", "distutils"))))
"""
    env = {"PYTHONPATH": str(SRC), "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=120)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
