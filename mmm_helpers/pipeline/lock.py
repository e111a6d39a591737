"""One report at a time: two would write the same site."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmm_helpers.errors import PublishError


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock file `path` while the block runs; one left by a process that is gone is taken over.

    Raises
    ------
    PublishError
        Another process that is alive holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    holder = _read_holder(path)
    if holder and holder != os.getpid() and _is_alive(holder):
        raise PublishError(
            f"Another report is being built (process {holder}): wait for its end, or stop it, and try again."
        )
    path.write_text(str(os.getpid()), encoding="utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _read_holder(path: Path) -> int:
    try:
        return int(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0


def _is_alive(process: int) -> bool:
    if os.name == "nt":  # signal 0 would end the process there
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
