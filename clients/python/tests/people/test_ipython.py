from __future__ import annotations

import pytest

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
