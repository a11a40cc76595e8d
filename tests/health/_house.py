"""Reading the house: its modules with what they import and call, its models with what they refer to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
PIPELINES = ROOT / "pipelines"
MODELS = ROOT / "dbt_project" / "models"
TEXT_SUFFIXES = {".py", ".sql", ".yml", ".yaml", ".md", ".toml", ".csv", ".j2", ".css", ".json", ".txt", ".lock", ""}
LEFT_BY_RUNS = ("dbt_project/target", "dbt_project/logs")


@dataclass(frozen=True)
class Module:
    """A Python file: its dotted name, the modules it imports and the calls it makes.

    Attributes:
        name: as `pipelines.warehouse.load`.
        imports: what it imports when it runs; `from pipelines import x` is `pipelines.x`.
        typing_imports: what it imports for type checkers only.
        calls: dotted text of what is called, as `datetime.now`, with the line.
    """

    path: Path
    name: str
    tree: ast.Module
    imports: frozenset[str] = field(default_factory=frozenset)
    typing_imports: frozenset[str] = field(default_factory=frozenset)

    @property
    def room(self) -> str:
        """The folder or file under `pipelines` it stands in."""
        return self.name.split(".")[1] if "." in self.name else self.name

    @property
    def place(self) -> str:
        """Path from the root."""
        return self.path.relative_to(ROOT).as_posix()

    def calls(self) -> Iterator[tuple[str, int]]:
        """Every call: what is called as text, and the line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func), node.lineno


def _imported(nodes: Iterator[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "pipelines":
            yield from (f"pipelines.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _for_types_only(tree: ast.Module) -> set[ast.AST]:
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            found.update(inner for statement in node.body for inner in ast.walk(statement))
    return found


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the package."""
    found = []
    for path in sorted(PIPELINES.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        typing_only = _for_types_only(tree)
        running = frozenset(_imported(node for node in ast.walk(tree) if node not in typing_only))
        found.append(Module(path, name, tree, running, frozenset(_imported(iter(typing_only)))))
    return tuple(found)


def in_room(*rooms: str) -> list[Module]:
    """Modules of these rooms."""
    return [module for module in modules() if module.room in rooms]


@dataclass(frozen=True)
class Model:
    """A dbt model: its SQL, what it reads, and its `.yml`."""

    path: Path
    sql: str
    properties: dict[str, Any]

    @property
    def name(self) -> str:
        """As others refer to it."""
        return self.path.stem

    @property
    def layer(self) -> str:
        """staging, intermediate or marts."""
        return self.path.relative_to(MODELS).parts[0]

    @property
    def refs(self) -> list[str]:
        """Models it reads."""
        return re.findall(r"""\bref\(\s*["'](\w+)["']\s*\)""", self.sql)

    @property
    def sources(self) -> list[tuple[str, str]]:
        """Tables that Python writes which it reads."""
        return re.findall(r"""\bsource\(\s*["'](\w+)["'],\s*["'](\w+)["']\s*\)""", self.sql)

    @property
    def code(self) -> str:
        """The SQL without comments."""
        return re.sub(r"--.*", "", self.sql)

    @property
    def columns(self) -> dict[str, str]:
        """Declared columns with their types."""
        return {column["name"]: column["data_type"] for column in self.properties.get("columns", [])}


@cache
def models() -> dict[str, Model]:
    """Every model by name; its properties are those of the `.yml` beside it, {} where there is none."""
    found = {}
    for path in sorted(MODELS.rglob("*.sql")):
        beside = path.with_suffix(".yml")
        listed = YAML(typ="safe").load(beside)["models"] if beside.exists() else []
        properties = next((item for item in listed if item["name"] == path.stem), {})
        found[path.stem] = Model(path, path.read_text(encoding="utf-8"), properties)
    return found


@cache
def texts() -> dict[str, str]:
    """Every text file that people wrote, by its place; what runs, builds and generators leave is not among them."""
    found = {}
    tops = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in ("pipelines", "dbt_project", "tests", "docs", ".ci"):
        tops += (ROOT / folder).rglob("*") if (ROOT / folder).is_dir() else []
    for folder in ("assumptions", "scenarios", "reference"):
        tops += (ROOT / "data" / folder).rglob("*")
    for path in sorted(set(tops)):
        place = path.relative_to(ROOT).as_posix()
        is_left_over = "__pycache__" in path.parts or place.startswith(LEFT_BY_RUNS)
        if path.is_file() and path.suffix in TEXT_SUFFIXES and not is_left_over:
            found[place] = path.read_text(encoding="utf-8")
    return found
