"""The lock is what gets installed: in step with pyproject, each package by its hashes, no host named."""

from __future__ import annotations

import re
import tomllib

import pytest
from _house import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = {
    canonicalize_name(name): Version(version)
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", LOCK, re.M)
}
EXTRAS = [text for extra in PROJECT["optional-dependencies"].values() for text in extra]
DIRECT = [Requirement(text) for text in [*PROJECT["dependencies"], *EXTRAS]]
# Parts of a declared library that come under another name, and only with it.
PARTS = {"dagster_shared": "dagster", "dbt_common": "dbt-core", "markupsafe": "jinja2", "pydantic_core": "pydantic"}


@pytest.mark.parametrize("requirement", DIRECT, ids=lambda requirement: requirement.name)
def test_a_direct_dependency_is_pinned_as_pyproject_allows(requirement: Requirement) -> None:
    assert PINS[canonicalize_name(requirement.name)] in requirement.specifier


def test_every_pin_carries_hashes() -> None:
    blocks = re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.M)
    pins = [block for block in blocks if "==" in block.split("\n", 1)[0]]
    assert len(pins) == len(PINS)
    assert [block.split("==")[0] for block in pins if "--hash=sha256:" not in block] == []


def test_the_lock_names_no_place_to_install_from() -> None:
    place = re.compile(r"\s*(--(extra-)?index-url|--find-links|-i |-e )|.*https?://")
    assert [line for line in LOCK.splitlines() if place.match(line)] == []


def test_what_runs_is_what_is_locked() -> None:
    """The environment of these tests holds the pins of all direct dependencies."""
    from importlib.metadata import version

    differing = {
        name: (version(name), str(PINS[name]))
        for name in (canonicalize_name(requirement.name) for requirement in DIRECT)
        if Version(version(name)) != PINS[name]
    }
    assert differing == {}


def test_a_library_that_is_imported_is_declared() -> None:
    """Nothing is used that only another package happens to bring."""
    import sys
    from importlib.metadata import packages_distributions

    from _house import modules

    declared = {canonicalize_name(requirement.name) for requirement in DIRECT}
    distributions = packages_distributions()
    used = {
        name.split(".")[0]
        for module in modules()
        for name in module.imports | module.typing_imports
        if name.split(".")[0] not in sys.stdlib_module_names | {"pipelines"}
    }
    brought_by = {package: [PARTS.get(package, ""), *distributions.get(package, [])] for package in used}
    undeclared = {
        package for package, names in brought_by.items() if not declared & {canonicalize_name(name) for name in names}
    }
    assert undeclared == set()
