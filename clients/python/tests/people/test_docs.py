"""Every code block of the package's own page; those of docs/ for people are run by test/e2e/walks."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs_blocks import blocks, python_in, run_page, shell_in

CLIENT = Path(__file__).resolve().parents[2]


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
