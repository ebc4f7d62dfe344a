"""Paths as people write them; drawn at random, the same ones each time."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from minio_manager.notebook import PathError
from minio_manager.notebook.paths import folder_url, lake_path, object_url

HOME = "s3a://cdm-lake/users-warehouse/alice/"
ALPHABET = "aZ09/._-~ :%*é\\\n\0\U0001f600'\"<"


def no_home():
    raise AssertionError("the home was asked for")


def drawn(count=2000):
    chance = random.Random(7)
    return ["".join(chance.choices(ALPHABET, k=chance.randint(0, 12))) for _ in range(count)]


def test_schemes_of_the_lake_stay_as_they_are():
    for text in drawn():
        for scheme in ("s3a://", "s3://"):
            assert lake_path(scheme + text, no_home) == scheme + text


def test_a_tilde_is_ones_home_and_nothing_else():
    for text in drawn():
        assert lake_path(f"~/{text}", lambda: HOME) == HOME + text
        assert lake_path(f"~/{text}", lambda: HOME.rstrip("/")) == HOME + text


def test_everything_else_is_refused_with_what_to_write():
    for text in drawn():
        if text.startswith("~/"):
            continue
        with pytest.raises(PathError) as error:
            lake_path(text, no_home)
        message = str(error.value)
        assert 'write "' in message and message.isprintable() and len(message) < 300


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("reports/", 'write "~/reports/"'),
        ("/home/alice/reports", "path of this machine"),
        ("~bob/reports", "only your own home"),
        ("https://x/y", "s3a://bucket"),
        ("~", "~/reports/"),
        (Path("a/b"), "not as PosixPath"),
        (None, "not as NoneType"),
        (b"~/x", "not as bytes"),
    ],
)
def test_what_to_write_instead(given, says):
    with pytest.raises(PathError, match=says.replace("(", r"\(")):
        lake_path(given, no_home)


def test_a_dataframe_is_no_path():
    import pandas

    with pytest.raises(PathError, match="does not know its path"):
        lake_path(pandas.DataFrame(), no_home)


def test_how_tools_spell_a_path():
    for scheme in ("s3a", "s3"):
        assert object_url(f"{scheme}://b/k.parquet") == "s3://b/k.parquet"
        for end in ("", "/", "//"):
            assert folder_url(f"{scheme}://b/k{end}") == "s3a://b/k/"
