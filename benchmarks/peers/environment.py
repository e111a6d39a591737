"""One virtual environment per peer, made once from its pinned requirements and kept below `results/cache/peers`."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.figures import Skipped
from mmm_helpers.layout import Layout

REQUIREMENTS = Path(__file__).parent
STAMP = "installed.txt"
"""What pip says is installed; written last, so that an environment without it is made again."""


def peer_python(name: str, *, root: Path | None = None) -> Path:
    """The interpreter of a peer's environment, made if it is not there.

    Parameters
    ----------
    name : of the requirements file beside this module, without `.txt`.
    root : folder of all environments; `results/cache/peers` by default.

    Raises
    ------
    Skipped : the environment cannot be made here.
    """
    requirements = REQUIREMENTS / f"{name}.txt"
    folder = environment_folder(requirements, root or Layout("bench").cache / "peers")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (folder / STAMP).exists():
        _make(name, requirements, folder, python)
    return python


def environment_folder(requirements: Path, root: Path) -> Path:
    """Folder of the environment that these requirements give with this Python."""
    content = requirements.read_bytes() + f"{sys.version_info[:2]}".encode()
    return root / f"{requirements.stem}-{hashlib.sha256(content).hexdigest()[:12]}"


def clean_environment() -> dict[str, str]:
    """This process's environment without what would leak one Python's packages into another."""
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}


def _make(name: str, requirements: Path, folder: Path, python: Path) -> None:
    print(f"  making the environment of {name} …", flush=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
    _run(name, [sys.executable, "-m", "venv", "--clear", str(folder)])
    _run(name, [*pip, "install", "-q", "-r", str(requirements)])
    installed = _run(name, [*pip, "freeze"])
    (folder / STAMP).write_text(installed, encoding="utf-8")


def _run(name: str, command: list[str]) -> str:
    """What the command prints; its last words as the reason if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, env=clean_environment())
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise Skipped(f"the environment of {name} could not be made: {words}")
    return done.stdout
