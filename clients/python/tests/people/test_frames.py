from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pandas
import pytest

from minio_manager import MinioManagerError
from minio_manager.notebook import PathError, enable, lake

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
    assert pandas.read_parquet(saved.path.replace("s3a:", "s3:"))["n"].sum() == 6
    somebody("bob")
    with pytest.raises(OSError):
        pandas.read_parquet(saved.path.replace("s3a:", "s3:"))


def test_options_are_those_of_pandas(frame, somebody, stack):
    somebody("dave")
    saved = lake(frame.rename_axis("row")).save("~/frames/plain.parquet", compression=None, index=True)
    assert pandas.read_parquet(saved.path.replace("s3a:", "s3:")).index.name == "row"


def test_a_frame_never_guesses(frame, somebody):
    somebody("dave")
    assert not hasattr(frame.lake, "share")
    with pytest.raises(PathError, match='"~/frames/data.parquet"'):
        frame.lake.save("~/frames/")
    with pytest.raises(MinioManagerError, match="not list"):
        lake([1])


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
        if name.partition(".")[0] in ("pandas", "pyspark", "IPython", "boto3"):
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
