"""Make `.venv` from `requirements.lock`, then run a Python command in it.

Any Python from 3.8 on runs this file; it needs nothing but the standard library::

    python mmm_helpers/bootstrap.py                           # only make .venv
    python mmm_helpers/bootstrap.py -m mmm_helpers report     # make it if needed, then run

A stamp in `.venv` holds a hash of the lock and of `pyproject.toml`; while it agrees, nothing is installed.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "installed.json"
OLDEST, TOO_NEW = (3, 12), (3, 14)
ASK = "import sys, venv, ensurepip; print(*sys.version_info[:2])"
INSTALL_HINT = (
    "No Python 3.12 or 3.13 was found: install one (https://www.python.org/downloads, "
    "`uv python install 3.12`, `pyenv install 3.12`, or `apt install python3.12 python3.12-venv`) "
    "and run the same command again."
)


def main(arguments: list[str]) -> int:
    """Bring `.venv` up to date and run `arguments` with its interpreter; returns the exit code."""
    python = venv_python()
    if not is_current(python):
        interpreter = find_interpreter()
        if interpreter is None:
            print(INSTALL_HINT, file=sys.stderr)
            return 1
        if not install(interpreter, python):
            return 1
    return run([str(python), *arguments]) if arguments else 0


def venv_python() -> Path:
    """The interpreter inside `.venv`."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def lock_hash() -> str:
    """Hash of the files that decide what is installed."""
    parts = (LOCK, ROOT / "pyproject.toml")
    return hashlib.sha256(b"\0".join(p.read_bytes() for p in parts)).hexdigest()


def is_current(python: Path) -> bool:
    """Whether `.venv` was made in this very place from this very lock, and its interpreter still exists."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return python.exists() and stamp == {"hash": lock_hash(), "root": str(ROOT)}


def candidates() -> list[list[str]]:
    """Commands that may start a suitable Python, the likeliest first."""
    names = ["python3.12", "python3.13", "python3", "python"]
    pyenv = os.path.join(os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv")), "versions")
    installed = [p for minor in ("3.12", "3.13") for p in sorted(glob.glob(f"{pyenv}/{minor}*/bin/python"))]
    launcher = [["py", "-3.12"], ["py", "-3.13"]] if os.name == "nt" else []
    return [[sys.executable], *([n] for n in names), *launcher, *([p] for p in installed)]


def version_of(command: list[str]) -> tuple[int, ...] | None:
    """What the command itself says its version is; None if it does not start (a dead shim) or lacks venv."""
    try:
        said = subprocess.run([*command, "-c", ASK], capture_output=True, text=True, timeout=30, cwd=ROOT)
        return tuple(int(part) for part in said.stdout.split()) if said.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def find_interpreter() -> list[str] | None:
    """The first command that starts a Python in the supported range."""
    for command in candidates():
        version = version_of(command)
        if version and OLDEST <= version < TOO_NEW:
            return command
    return None


def install(interpreter: list[str], python: Path) -> bool:
    """Make the environment, install the lock and the package itself, and leave the stamp."""
    began = time.monotonic()
    if version_of([str(python)]) is None:
        print("Making .venv …", flush=True)
        if run([*interpreter, "-m", "venv", "--clear", str(VENV)]):
            return False
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install"]
    own = [*pip, "--no-deps", "--no-build-isolation", "-q", "-e", "."]
    # Python compiles a module when it first imports it; doing so for all of them takes a minute
    if not install_lock([*pip, "--no-compile", "--require-hashes", "-r", "requirements.lock"]) or run(own):
        print(
            "The installation failed: the lines above say why; mend that and run it again.", file=sys.stderr
        )
        return False
    STAMP.write_text(json.dumps({"hash": lock_hash(), "root": str(ROOT)}), encoding="utf-8")
    print(f"Installed in {time.monotonic() - began:.0f} s.", flush=True)
    return True


def install_lock(command: list[str]) -> bool:
    """Run pip, showing how many packages it has come to; its own words only if it fails."""
    total = sum("==" in line for line in LOCK.read_text(encoding="utf-8").splitlines())
    process = subprocess.Popen(
        command, cwd=ROOT, text=True, encoding="utf-8", errors="replace", env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    lines, found = [], 0
    for line in process.stdout:
        lines.append(line)
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            found += 1
            show(f"Fetching packages: {found} of about {total}", steps=found)
        elif line.startswith("Installing collected packages"):
            show("Unpacking packages (about half a minute)", steps=0)
    if sys.stdout.isatty():
        print()
    if process.wait():
        sys.stderr.write("".join(lines[-30:]))
    return process.returncode == 0


def show(message: str, steps: int) -> None:
    """Overwrite one line on a terminal; elsewhere print every fiftieth step."""
    if sys.stdout.isatty():
        print(f"\r{message:<60}", end="", flush=True)
    elif steps % 50 == 0:
        print(message, flush=True)


def environment() -> dict[str, str]:
    """The caller's environment without what would leak another Python's packages into ours."""
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "PIP_USER")}


def run(command: list[str]) -> int:
    """Run a command in the repository's root; Ctrl-C reaches it as it reaches us."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
