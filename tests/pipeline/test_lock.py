"""Two reports at the same time are refused; a lock left behind is taken over."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from mmm_helpers.errors import PublishError
from mmm_helpers.pipeline.lock import only_one


def test_lock_is_gone_after_the_block(tmp_path):
    with only_one(tmp_path / "run.lock"):
        assert (tmp_path / "run.lock").read_text() == str(os.getpid())
    assert not (tmp_path / "run.lock").exists()


@pytest.mark.skipif(os.name == "nt", reason="processes are not looked up there")
def test_living_holder_is_respected(tmp_path):
    (tmp_path / "run.lock").write_text(str(os.getppid()))
    with pytest.raises(PublishError, match="Another report is being built"), only_one(tmp_path / "run.lock"):
        pass


def test_dead_holder_is_not(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / "run.lock").write_text(str(gone.pid))
    with only_one(tmp_path / "run.lock"):
        assert (tmp_path / "run.lock").read_text() == str(os.getpid())
