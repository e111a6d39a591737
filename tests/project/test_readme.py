"""What the README says is there is there, and its example is a portfolio file that can be read."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from mmm_helpers.inputs.portfolio import load_portfolio
from mmm_helpers.layout import PROJECT_ROOT

README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
GENERATED = {"results/", "_build/"}


def tree() -> list[str]:
    """Paths of the annotated tree: a line's indentation says which folder it lies in."""
    block = re.search(r"```text\n(.*?)```", README, re.DOTALL)[1]
    paths, folders = [], []
    for line in block.splitlines():
        name = line.split()[0]
        depth = (len(line) - len(line.lstrip())) // 2
        folders[depth:] = [name]
        paths.append("".join(folders))
    return paths


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


@pytest.mark.parametrize("path", sorted(set(tree()) - GENERATED))
def test_path_in_the_tree_exists(path, tracked):
    assert any(file == path or (path.endswith("/") and file.startswith(path)) for file in tracked)


def test_every_top_level_entry_is_in_the_tree(tracked):
    top = {file.split("/")[0] + ("/" if "/" in file else "") for file in tracked}
    assert {name for name in top if not name.startswith(".")} <= set(tree())


def test_generated_folders_are_ignored_by_git():
    for folder in GENERATED:
        ignored = subprocess.run(["git", "check-ignore", "-q", f"{folder}x"], cwd=PROJECT_ROOT, check=False)
        assert ignored.returncode == 0


def test_example_portfolio_can_be_read(tmp_path: Path):
    example = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)[1]
    (tmp_path / "portfolio.yml").write_text(example, encoding="utf-8")
    portfolio = load_portfolio(tmp_path / "portfolio.yml")
    assert portfolio.name == "my-brand"
    assert list(portfolio.markets) == ["US"]


def test_architecture_names_every_package():
    text = (PROJECT_ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    packages = [path.parent.name for path in (PROJECT_ROOT / "mmm_helpers").glob("*/__init__.py")]
    assert [name for name in packages if f"`{name}/`" not in text] == []
