"""Runs the fenced code blocks of a page, in order: what the documentation shows is what works."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,})(?P<language>[\w-]*)\s*$")


@dataclass(frozen=True)
class Block:
    """`line`: where its text begins, from 1."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page of Markdown."""
    lines = page.read_text(encoding="utf-8").splitlines()
    at = 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        at += 1
        if not fence:
            continue
        start = at
        while lines[at].strip() != fence["ticks"]:
            at += 1
        text = "\n".join(line.removeprefix(fence["indent"]) for line in lines[start:at]) + "\n"
        yield Block(page, start + 1, fence["language"], text)
        at += 1


def run_page(page: Path, languages: Mapping[str, Callable[[Block], Any]], *, replace: Mapping[str, str] | None = None) -> int:
    """
    Gives each block to what runs its language, with texts of the page replaced by those of the test; how many there were. A language that
    nobody runs is an error: no block may be left out.
    """
    count = 0
    for block in blocks(page):
        if block.language not in languages:
            raise AssertionError(f"{block}: nothing runs blocks of {block.language or 'no language'}")
        text = block.text
        for old, new in (replace or {}).items():
            text = text.replace(old, new)
        try:
            languages[block.language](Block(block.page, block.line, block.language, text))
        except Exception as error:
            raise AssertionError(f"{block} does not work: {type(error).__name__}: {error}\n{block.text}") from error
        count += 1
    return count


def python_in(namespace: dict[str, Any]) -> Callable[[Block], None]:
    """Runs blocks of Python, all in one namespace."""

    def run(block: Block) -> None:
        # so that a traceback names the line of the page
        exec(compile("\n" * (block.line - 1) + block.text, str(block.page), "exec"), namespace)

    return run


def shell_in(folder: Path, environment: Mapping[str, str]) -> Callable[[Block], str]:
    """Runs blocks of sh with bash; what a block exports is there in the next one. Gives what it printed."""
    exported = Path(tempfile.mkdtemp(prefix="docs-blocks-")) / "environment"
    exported.touch(mode=0o600)

    def run(block: Block) -> str:
        script = f'. "$EXPORTED"\nset -euo pipefail\n{block.text}\nexport -p > "$EXPORTED"\n'
        result = subprocess.run(
            ["bash", "-c", script],
            cwd=folder,
            env={"PATH": os.environ["PATH"], **environment, "EXPORTED": str(exported)},
            capture_output=True,
            text=True,
            timeout=300,
            stdin=subprocess.DEVNULL,
        )
        assert result.returncode == 0, f"exit code {result.returncode}\n{result.stdout}\n{result.stderr}"
        return result.stdout

    return run
