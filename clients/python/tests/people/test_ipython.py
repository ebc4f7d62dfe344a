from __future__ import annotations

import os
import subprocess
import sys

import pytest
from programs import SRC

from minio_manager import Conflict, Invalid
from minio_manager.notebook import Table
from minio_manager.notebook.magics import MagicError


@pytest.fixture
def loaded(shell):
    shell.run_line_magic("load_ext", "minio_manager.notebook")
    yield shell
    shell.run_line_magic("unload_ext", "minio_manager.notebook")


def test_the_magics_do_what_the_functions_do(loaded, somebody, stack):
    somebody("frank")
    shared = loaded.run_line_magic("share", "~/magic/ KBase --user erin --write --until 30d")
    assert isinstance(shared, Table) and [row.name for row in shared] == ["erin", "KBase"]
    assert "erin" in [row.name for row in loaded.run_line_magic("who", "~/magic/")]
    assert loaded.run_line_magic("who", f"'{stack.home('frank')}magic/'").title.startswith(stack.home("frank"))
    assert [row.status for row in loaded.run_line_magic("unshare", "~/magic/ KBase")] == ["revoked"]
    assert [row.name for row in loaded.run_line_magic("unshare", "'~/magic/'")] == ["erin"]


def test_the_functions_are_there(loaded, somebody):
    somebody("frank")
    result = loaded.run_cell("my_home()")
    assert result.success and result.result.endswith("/frank/")
    assert loaded.run_cell("import pandas; pandas.DataFrame({'a': [1]}).lake").success


def test_a_variable_in_a_line(loaded, somebody):
    somebody("frank")
    result = loaded.run_cell("folder = '~/magic-variable/'\n%share $folder KBase")
    assert result.success


@pytest.mark.parametrize("line", ["", "~/x --until", "~/x KBase --nonsense", "~/x KBase --us erin"])
def test_what_was_not_understood_does_not_end_the_kernel(loaded, line):
    with pytest.raises(MagicError, match="usage: %share"):
        loaded.run_line_magic("share", line)


def test_refusals_are_told(loaded, somebody):
    somebody("frank")
    with pytest.raises((Invalid, Conflict), match="nobody-here"):
        loaded.run_line_magic("share", "~/magic/ --user nobody-here")


def test_ipythons_own_who_stays(shell, capsys):
    before = shell.find_line_magic("who")
    shell.run_line_magic("load_ext", "minio_manager.notebook")
    shell.run_cell("some_variable = 1")
    capsys.readouterr()
    shell.run_line_magic("who", "int")
    assert "some_variable" in capsys.readouterr().out
    shell.run_line_magic("unload_ext", "minio_manager.notebook")
    assert shell.find_line_magic("who") == before and shell.find_line_magic("share") is None
    assert "my_shares" not in shell.user_ns and "some_variable" in shell.user_ns


@pytest.mark.parametrize("cell", ["my_home()", "share('reports/', 'KBase')", "share('~/x/', 'KBase', until='soon')", "%share", "lake([1])"])
def test_an_error_is_one_line(loaded, capsys, cell):
    capsys.readouterr()
    assert not loaded.run_cell(cell).success
    shown = capsys.readouterr().out.strip()
    assert len(shown.splitlines()) == 1 and "Error: " in shown, shown
    # a kernel sends what a front end shows
    assert loaded.user_ns.get("undefined") is None
    loaded.run_cell("undefined")
    assert "Traceback" in capsys.readouterr().out


def test_a_refusal_of_the_service_and_of_s3_is_one_line(loaded, somebody, stack, capsys):
    somebody("frank")
    capsys.readouterr()
    for cell, says in (
        ("share('~/magic/*', 'KBase')", "[422 unprocessable]"),
        ("share('~/magic/', with_user='nobody-here')", "nobody-here has not logged in yet"),
        (f"lake.read('{stack.home('dave')}reports/secret.parquet')", "neither your own nor shared with you"),
        ("my_files('s3a://cdm-lake/users-warehouse/')", "neither your own nor shared with you"),
    ):
        assert not loaded.run_cell(cell).success
        shown = capsys.readouterr().out.strip()
        assert len(shown.splitlines()) == 1 and says in shown, shown


def test_an_error_is_one_line_in_a_program_of_ipython():
    code = "from minio_manager.notebook import my_home; my_home()"
    command = [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", "-c", code]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(SRC)}, capture_output=True, text=True, timeout=120)
    shown = (done.stdout + done.stderr).strip()
    assert shown.startswith("ConfigurationError: no service is named") and len(shown.splitlines()) == 1, shown
