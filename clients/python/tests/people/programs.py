"""The programs as people start them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SRC = Path(__file__).resolve().parents[2] / "src"
MODULES = {"lake": "minio_manager.commands.lake", "minio-manager-credentials": "minio_manager.commands.credential_process"}


def install(folder: Path) -> Path:
    """Puts both programs into a folder, as pip would."""
    for name, module in MODULES.items():
        file = folder / name
        file.write_text(f'#!/bin/sh\nPYTHONPATH="{SRC}" exec "{sys.executable}" -m {module} "$@"\n')
        file.chmod(0o755)
    return folder


def run(name: str, *argv: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Runs one with the environment of the test."""
    return subprocess.run(
        [sys.executable, "-m", MODULES[name], *argv],
        env={**os.environ, "PYTHONPATH": str(SRC), **more},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
    )
