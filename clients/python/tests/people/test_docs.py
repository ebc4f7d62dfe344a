"""Every code block of the pages, as it stands there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from docs_blocks import Block, blocks, python_in, run_page, shell_in
from programs import install

CLIENT = Path(__file__).resolve().parents[2]
DOCS = CLIENT.parents[1] / "docs"


@pytest.fixture
def real(stack):
    """The addresses of the pages are those of the demo."""
    return {"http://127.0.0.1:8090": stack.url, "http://127.0.0.1:9000": stack.endpoint}


def test_notebooks(shell, somebody, real):
    somebody("alice")

    def cell(block: Block) -> None:
        result = shell.run_cell(block.text)
        result.raise_error()

    assert run_page(DOCS / "notebooks.md", {"python": cell}, replace=real) > 5
    shell.run_line_magic("unload_ext", "minio_manager.notebook")


def test_command_line(stack, real, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    path = f"{install(programs)}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    # the page's own session of a terminal, with nothing set but the token
    environment = {"PATH": path, "HOME": str(tmp_path), "TOKEN": stack.tokens["alice"], "AWS_EC2_METADATA_DISABLED": "true"}
    assert run_page(DOCS / "command-line.md", {"sh": shell_in(tmp_path, environment)}, replace=real) > 3


def test_readme(somebody):
    somebody("alice")
    assert run_page(CLIENT / "README.md", {"python": python_in({})}) == 1


def test_a_block_that_nobody_runs_is_an_error(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("x\n```python\na = 1\n```\n  ```python\n  assert a == 1\n  ```\n````text\n```\n````\n")
    assert [(block.language, block.line, block.text) for block in blocks(page)] == [
        ("python", 3, "a = 1\n"),
        ("python", 6, "assert a == 1\n"),
        ("text", 9, "```\n"),
    ]
    with pytest.raises(AssertionError, match="page.md:9: nothing runs blocks of text"):
        run_page(page, {"python": python_in({})})


def test_a_block_that_fails_is_named(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```sh\nexport X=1\n```\n```sh\ntest $X = 1; echo it >&2; false\n```\n")
    with pytest.raises(AssertionError, match="(?s)page.md:5 does not work.*it\n"):
        run_page(page, {"sh": shell_in(tmp_path, {})})
