"""Keys of stored fits: the same inputs give the same key, and a fit with that key is not computed again.

Fits lie in `results/cache/<key>.nc` and are linked to where pages read them, because Snakemake deletes a
rule's own outputs before it runs the rule.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mmm_helpers.layout import Layout

PACKAGES = ("pymc", "pymc-marketing", "nutpie", "pytensor", "numpy")
"""Packages whose version can change a fit's numbers."""

LENGTH = 20
"""Hexadecimal digits kept of the hash: 80 bits, enough for any number of fits."""


def fit_key(
    panel: bytes | str,
    specification: Mapping[str, Any],
    *,
    profile: Mapping[str, Any],
    versions: Mapping[str, str],
    source: str,
) -> str:
    """Key of a fit, from everything that bears on its numbers.

    Parameters
    ----------
    panel : the data as bytes, or a hash of them.
    specification : what the portfolio file says about the model; any JSON content, order of keys is free.
    profile : draws, chains and the like.
    versions : package → version, see `package_versions`.
    source : hash of the modules that build the model, see `hash_files`.

    Examples
    --------
    >>> a = fit_key(b"1,2", {"l_max": 8, "x": 1}, profile={"draws": 5}, versions={}, source="")
    >>> b = fit_key(b"1,2", {"x": 1, "l_max": 8}, profile={"draws": 5}, versions={}, source="")
    >>> a == b, len(a)
    (True, 20)
    """
    data = panel if isinstance(panel, bytes) else panel.encode()
    rest = json.dumps([specification, profile, versions, source], sort_keys=True, default=str)
    return hashlib.sha256(hashlib.sha256(data).digest() + rest.encode()).hexdigest()[:LENGTH]


def package_versions(packages: Iterable[str] = PACKAGES) -> dict[str, str]:
    """Installed version of each package."""
    return {name: version(name) for name in packages}


def hash_files(paths: Iterable[Path]) -> str:
    """One hash over the names and contents of files, in any order of `paths`."""
    digest = hashlib.sha256()
    for path in sorted(paths, key=lambda p: p.name):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def cache_lookup(layout: Layout, key: str, suffix: str = ".nc") -> Path:
    """Where the stored result with this key lies; it was computed before if the file exists."""
    return layout.cache / f"{key}{suffix}"


def place(cache_file: Path, target: Path) -> None:
    """Make `target` the stored file: a hard link where the file system has them, else a copy.

    The file's time becomes now: a rule's output must be newer than its inputs, however old the stored fit is.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(cache_file, target)
    except OSError:
        shutil.copyfile(cache_file, target)
    now = time.time()
    for path in (cache_file, target):
        os.utime(path, (now, now))


def forget_unused(layout: Layout, *, days: float = 90) -> list[Path]:
    """Delete stored fits, and halves of such, that no run has touched for `days` days; returns them."""
    oldest = time.time() - days * 86_400
    stale = [p for p in layout.cache.glob("*") if p.is_file() and p.stat().st_mtime < oldest]
    for path in stale:
        path.unlink()
    return stale
