"""What is decided before Java starts; the real Spark has its own suite."""

from __future__ import annotations

import os
import stat
import sys
from types import ModuleType, SimpleNamespace

import pytest

from minio_manager import Client, ConfigurationError
from minio_manager.spark import configure
from minio_manager.spark.connect import master_of_server
from minio_manager.spark.environment import fetchable

URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"


class Builder:
    """Takes settings as Spark's does."""

    def __init__(self, **options):
        self.settings = {}
        self._options = {f"spark.{name}": value for name, value in options.items()}

    def config(self, name, value):
        self.settings[name] = value
        return self

    def getOrCreate(self):
        raise AssertionError("nothing is started here")


@pytest.fixture(autouse=True)
def environment_is_put_back(monkeypatch):
    for name in (URI, TOKEN_FILE):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_names_where_everything_is_and_no_credentials(client, stack):
    builder = Builder()
    assert configure(builder, client=client("alice")) is builder
    assert builder.settings == {
        "spark.hadoop.fs.s3a.endpoint": stack.endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.sql.warehouse.dir": stack.home("alice"),
    }


@pytest.mark.parametrize("credentials", ["pair", "session"])
def test_secrets_are_no_settings_of_the_builder(client, credentials):
    builder = configure(Builder(), client=client("alice"), credentials=credentials)
    assert not [name for name in builder.settings if "key" in name or "token" in name or "provider" in name]
    assert not [name for name in os.environ if name.startswith("AWS_CONTAINER")]
    assert client("alice").credentials().secret_key not in repr(vars(builder))


def test_places_of_ones_own(client, stack):
    builder = configure(Builder(), client=client("alice"), warehouse="s3a://cdm-lake/users-warehouse/alice/tables/", event_log=True)
    assert builder.settings["spark.sql.warehouse.dir"] == "s3a://cdm-lake/users-warehouse/alice/tables/"
    assert builder.settings["spark.eventLog.dir"] == f"{stack.home('alice')}spark-events/"
    elsewhere = configure(Builder(), client=client("alice"), event_log="s3a://logs/alice/").settings
    assert (elsewhere["spark.eventLog.enabled"], elsewhere["spark.eventLog.dir"]) == ("true", "s3a://logs/alice/")


def test_java_inherits_where_credentials_are(client, stack):
    configure(Builder(), client=client("alice"))
    assert os.environ[URI] == f"{stack.url}/credentials/aws"
    with open(os.environ[TOKEN_FILE], newline="") as file:
        assert file.read() == stack.tokens["alice"]
    assert stat.S_IMODE(os.stat(os.environ[TOKEN_FILE]).st_mode) == 0o600


@pytest.mark.parametrize(("behind", "taken"), [("", True), ("\n", False)])
def test_a_file_of_the_token_is_taken_if_sdks_can_read_it(stack, monkeypatch, tmp_path, behind, taken):
    file = tmp_path / "token"
    file.write_text(stack.tokens["alice"] + behind)
    monkeypatch.setenv("MINIO_MANAGER_TOKEN_FILE", str(file))
    configure(Builder(), client=Client(stack.url, timeout=60.0))
    assert (os.environ[TOKEN_FILE] == str(file)) == taken


def test_what_a_hub_has_set_stays(client, monkeypatch):
    monkeypatch.setenv(URI, "https://hub.example.org/credentials")
    configure(Builder(), client=client("alice"))
    assert (os.environ[URI], TOKEN_FILE in os.environ) == ("https://hub.example.org/credentials", False)


def test_keys_in_the_environment_win_and_that_is_said(client, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "alice")
    with pytest.warns(UserWarning, match="not refreshed"):
        configure(Builder(), client=client("alice"))
    assert URI not in os.environ


@pytest.mark.parametrize(
    ("url", "yes"),
    [
        ("https://minio-manager.example.org", True),
        ("http://127.0.0.1:8090", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:8090", True),
        ("http://localhost:8090", True),
        ("http://localhost.example.org", False),
        ("http://10.0.0.1:8090", False),
        ("http://minio-manager:8090", False),
    ],
)
def test_where_sdks_fetch_credentials(url, yes):
    assert fetchable(url) is yes


def test_says_what_helps(client, monkeypatch):
    with pytest.raises(ConfigurationError, match="give the https URL"):
        configure(Builder(), client=Client("http://minio-manager.example.org", "T"))
    with pytest.raises(ConfigurationError, match='credentials="session"'):
        configure(Builder(), client=client("service"))
    with pytest.raises(ConfigurationError, match="are"):
        configure(Builder(), client=client("alice"), credentials="keys")
    running = ModuleType("pyspark.core.context")
    running.SparkContext = SimpleNamespace(_gateway=object())
    monkeypatch.setitem(sys.modules, "pyspark.core.context", running)
    with pytest.raises(ConfigurationError, match="Java runs already"):
        configure(Builder(), client=client("alice"))
    assert URI not in os.environ


@pytest.mark.parametrize(
    ("options", "environment"),
    [
        ({"remote": "sc://spark.example.org"}, {}),
        ({}, {"SPARK_REMOTE": "sc://spark.example.org"}),
        ({"api.mode": "connect", "master": "sc://spark.example.org"}, {}),
        ({}, {"SPARK_CONNECT_MODE_ENABLED": "1"}),
    ],
)
def test_a_connect_server_elsewhere_has_its_own_credentials(client, monkeypatch, options, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match="server reads and writes with its own credentials") as refused:
        configure(Builder(**options), client=client("alice"))
    assert "\n" not in str(refused.value)
    assert URI not in os.environ


@pytest.mark.parametrize(
    ("options", "environment", "master"),
    [
        ({}, {}, None),
        ({"master": "spark://cluster"}, {}, None),
        ({"remote": "local[2]"}, {}, "local[2]"),
        ({}, {"SPARK_REMOTE": "local"}, "local"),
        ({"api.mode": "connect", "master": "spark://cluster"}, {}, "spark://cluster"),
        ({}, {"SPARK_API_MODE": "connect"}, "local"),
        ({}, {"SPARK_LOCAL_REMOTE": "1", "SPARK_CONNECT_MODE_ENABLED": "1"}, "local"),
    ],
)
def test_which_connect_server_starts_here(monkeypatch, options, environment, master):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert master_of_server({f"spark.{name}": value for name, value in options.items()}) == master
