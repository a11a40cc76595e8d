"""The recipes of `docs/adding.md` work as they stand: applied to a copy of the tree, their tests pass."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.settings import REPOSITORY

# One worker makes the copy, once.
pytestmark = pytest.mark.xdist_group("recipes")

PAGE = REPOSITORY / "docs" / "adding.md"
BLOCK = re.compile(r"^`(?P<path>[^`\n]+)`(?P<new> \(new\))?\n\n```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.M | re.S)
COPIED = (
    "pipelines",
    "dbt_project/models",
    "dbt_project/tests",
    "data/assumptions",
    "data/reference",
    "data/scenarios",
    "tests",
)


@dataclass(frozen=True)
class Block:
    """A file of a recipe: whole, or a change to it."""

    path: str
    is_new: bool
    kind: str
    body: str


def blocks(text: str) -> list[Block]:
    return [Block(m["path"], bool(m["new"]), m["kind"], m["body"]) for m in BLOCK.finditer(text)]


def changed(text: str, change: str) -> str:
    """A file's text after a change, whose context stands in it exactly once."""
    for hunk in re.split(r"^@@$\n", change, flags=re.M):
        lines = hunk.splitlines()
        before = "".join(f"{line[1:]}\n" for line in lines if line[0] in " -")
        after = "".join(f"{line[1:]}\n" for line in lines if line[0] in " +")
        assert text.count(before) == 1, f"stands {text.count(before)} times, not once:\n{before}"
        text = text.replace(before, after)
    return text


def run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in the copy, on the copy's modules."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    for name in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER"):
        environment.pop(name, None)
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with every recipe in it."""
    root = tmp_path_factory.mktemp("recipes")
    for folder in COPIED:
        shutil.copytree(REPOSITORY / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for block in blocks(PAGE.read_text(encoding="utf-8")):
        file = root / block.path
        if block.kind == "diff":
            file.write_text(changed(file.read_text(encoding="utf-8"), block.body), encoding="utf-8")
        else:
            assert block.is_new and not file.exists(), f"{block.path} is there already"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.body, encoding="utf-8")
    return root


def test_the_tests_of_the_recipes_pass(tree: Path) -> None:
    files = [block.path for block in blocks(PAGE.read_text(encoding="utf-8")) if Path(block.path).match("test_*.py")]
    assert len(files) == 9
    done = run(tree, "-m", "pytest", "-q", "-o", "addopts=", "-p", "no:cacheprovider", *files)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_the_recipes_add_is_found_by_its_folder(tree: Path) -> None:
    """Sources, tables, columns and assumptions stand in the generated dictionary without being listed anywhere."""
    done = run(tree, "-m", "pipelines.dictionary", "--page", "dictionary.md")
    assert done.returncode == 0, done.stderr
    page = (tree / "dictionary.md").read_text(encoding="utf-8")
    parts = (
        "| `nebula_csv` | billing |", "| `bmc_jsonl` | telemetry |", "| `weekly_index_csv` | prices |",
        "### raw.workload_output", "| `gpu_busy_frac` | DOUBLE |", "| owning/water |", "| leasing/commitment_2y |",
    )  # fmt: skip
    assert [part for part in parts if part not in page] == []


def test_the_table_counts_the_files_that_each_recipe_shows() -> None:
    text = PAGE.read_text(encoding="utf-8")
    told = {name: int(count) for name, count in re.findall(r"^\| \[([^\]]+)\]\(#[^)]*\) \| (\d+) \|", text, re.M)}
    sections = {title.lower(): body for title, body in re.findall(r"^## (.*?)$(.*?)(?=^## |\Z)", text, re.M | re.S)}
    shown = {name: len({block.path for block in blocks(sections[name.lower()])}) for name in told}
    # The last recipe is a line like that of the first.
    shown["a GPU model or machine type"] = 1
    assert shown == told
