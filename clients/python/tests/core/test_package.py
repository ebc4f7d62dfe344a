from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

CLIENT = Path(__file__).resolve().parents[2]


def test_the_wheel_holds_all_and_its_programs_start(tmp_path):
    def do(*argv: str, **more: str) -> str:
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PIP_NO_INDEX": "1", "PYTHONDONTWRITEBYTECODE": "1", **more}
        done = subprocess.run([sys.executable, *argv], cwd=CLIENT, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    do("-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path))
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    sources = {str(file.relative_to(CLIENT / "src")) for file in (CLIENT / "src").rglob("*.py")}
    assert sources <= held and "minio_manager/py.typed" in held and not any("tests" in name for name in held)
    site = tmp_path / "site"
    do("-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--disable-pip-version-check", "--target", str(site), str(wheel))
    assert "share" in do(str(site / "bin" / "lake"), "--help", PYTHONPATH=str(site))
    assert "credential_process" in do(str(site / "bin" / "minio-manager-credentials"), "--help", PYTHONPATH=str(site))
