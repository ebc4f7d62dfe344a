"""What works in a server with the environment that the hook gives it; a real server is in test/e2e/clients/hub.spec.ts."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from spawner import Spawner, configured, spawn

CODE = """
import pandas
from minio_manager.notebook import enable, lake
enable()
for name in ("~/server/n.parquet", "~/server/n.csv"):
    saved = pandas.DataFrame({"n": [1, 2, 3]}).lake.save(name)
    print(lake.read(saved.path)["n"].sum())
"""


def in_server(environment, stack, code, **more):
    """Runs Python as a kernel of alice's server; the service of the tests takes her own token for the server's."""
    env = {"PYTHONPATH": ":".join(sys.path), "PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **environment, **more}
    env |= {"JUPYTERHUB_API_URL": "http://127.0.0.1:1", "JUPYTERHUB_API_TOKEN": stack.tokens["alice"]}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("mode", ["container", "pair", "session"])
def test_frames_are_saved_in_every_mode(stack, mode):
    settings = {} if mode == "container" else {"token": stack.tokens["service"]}
    environment = spawn(Spawner("alice", token=stack.tokens["alice"]), configured(url=stack.url, mode=mode, **settings))
    assert in_server(environment, stack, CODE) == ["6", "6"]


def test_frames_go_where_the_hub_says(stack):
    c = configured(url=stack.url, endpoint=stack.endpoint.replace("127.0.0.1", "localhost"))
    environment = spawn(Spawner("alice", token=stack.tokens["alice"]), c)
    code = CODE + "from minio_manager.notebook import calls\nprint(calls.client().place.endpoint)\n"
    assert in_server(environment, stack, code) == ["6", "6", stack.endpoint.replace("127.0.0.1", "localhost")]


OBJECT_STORE = """
import os, stat
from minio_manager.notebook import enable
enable()
file = os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
import obstore
from obstore.store import S3Store
store = S3Store("cdm-lake")
obstore.put(store, "users-warehouse/alice/server/by-obstore", b"written")
print(bytes(obstore.get(store, "users-warehouse/alice/server/by-obstore").bytes()).decode())
try:
    obstore.get(store, "users-warehouse/bob/reports/there")
except Exception as error:
    print("PermissionDenied" if "403" in str(error) or "denied" in str(error).lower() else error)
import boto3
print(boto3.client("s3").get_object(Bucket="cdm-lake", Key="users-warehouse/alice/server/by-obstore")["Body"].read().decode())
"""


def test_object_store_finds_its_credentials(stack):
    environment = spawn(Spawner("alice", token=stack.tokens["alice"]), configured(url=stack.url))
    assert in_server(environment, stack, OBJECT_STORE) == ["written", "PermissionDenied", "written"]


READY = """
import os, pyarrow
from minio_manager.notebook import enable, lake
enable()
place = "s3://cdm-lake/users-warehouse/alice/server/"
table = pyarrow.table({"n": [1, 2, 3]})
"""
RUST = {
    "deltalake": """
import deltalake
deltalake.write_deltalake(place + "by-deltalake", table)
deltalake.write_deltalake(place + "by-deltalake", table, mode="append")
print(deltalake.DeltaTable(place + "by-deltalake").to_pyarrow_table().num_rows)
""",
    "polars": """
import polars
polars.from_arrow(table).write_delta(place + "by-polars")
polars.from_arrow(table).write_delta(place + "by-polars", mode="append")
print(polars.read_delta(place + "by-polars").height)
""",
    "datafusion": """
from datafusion import SessionContext
from datafusion.object_store import AmazonS3
for name in ("one", "two"):
    lake(table).save(f"~/server/datafusion/{name}.parquet")
context = SessionContext()
store = AmazonS3(bucket_name="cdm-lake", endpoint=os.environ["AWS_ENDPOINT_URL_S3"], region=os.environ["AWS_REGION"], allow_http=True)
context.register_object_store("s3://", store)
context.register_parquet("rows", place + "datafusion/")
print(context.sql("SELECT count(*) AS count FROM rows").to_pydict()["count"][0])
""",
}


@pytest.mark.parametrize("tool", RUST)
def test_tools_on_object_store_work(stack, tool):
    environment = spawn(Spawner("alice", token=stack.tokens["alice"]), configured(url=stack.url))
    assert in_server(environment, stack, READY + RUST[tool]) == ["6"]


def test_no_file_is_made_where_there_is_no_such_token(stack):
    code = "import os\nfrom minio_manager.notebook import enable\nenable()\nprint(os.environ.get('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'))"
    assert in_server({"MINIO_MANAGER_URL": stack.url}, stack, code) == ["None"]
    given = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "x"}
    assert in_server({**given, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/own"}, stack, code) == ["/own"]
