"""What no file may hold, how long a file may be, and whether what docs and errors tell people to type exists."""

from __future__ import annotations

import ast
import re
from collections import Counter

import pytest
from _house import ROOT, modules, texts
from typer.main import get_command

from pipelines.cli import app

MAX_LINES = 400
# Put together here, so that this file does not hold them.
HOSTS = [".".join(parts) for parts in (("py" + "pi", "org"), ("files", "python" + "hosted"), ("conda", "anaconda"))]
PLACES = ["../" + "shared", "/work/" + "shared", "." + "library"]
LATER = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")) + r")\b")


def holding(pattern: str) -> list[str]:
    """Places of files that hold a pattern."""
    return [place for place, text in texts().items() if re.search(pattern, text)]


def test_the_files_read_here_are_those_of_the_house() -> None:
    """The tests below would pass on nothing."""
    assert {"pyproject.toml", "pipelines/cli.py", "dbt_project/dbt_project.yml", "tests/conftest.py"} <= set(texts())


@pytest.mark.parametrize("suffix", [".py", ".sql"])
def test_no_file_is_longer_than_a_person_reads(suffix: str) -> None:
    long = {place: text.count("\n") for place, text in texts().items() if place.endswith(suffix)}
    assert {place: lines for place, lines in long.items() if lines > MAX_LINES} == {}


@pytest.mark.parametrize("host", HOSTS)
def test_no_package_host_is_named(host: str) -> None:
    assert holding(re.escape(host)) == []


@pytest.mark.parametrize("place", PLACES)
def test_no_place_outside_the_repository_is_named(place: str) -> None:
    assert holding(re.escape(place)) == []


def test_nothing_is_left_for_later() -> None:
    assert holding(LATER.pattern) == []


def test_no_error_is_caught_that_was_not_meant() -> None:
    """Catching everything is allowed only to undo and raise again."""
    caught = []
    for module in modules():
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.ExceptHandler):
                continue
            named = ast.unparse(node.type) if node.type else "everything"
            raises_again = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            if named in ("everything", "Exception") or (named == "BaseException" and not raises_again):
                caught.append(f"{module.place}:{node.lineno} {named}")
    assert caught == []


def test_input_is_not_checked_by_assert() -> None:
    """Python can be told to leave assertions out."""
    found = [
        f"{module.place}:{node.lineno}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assert)
    ]
    assert found == []


def test_what_is_billed_or_quoted_is_never_made_a_float() -> None:
    """T06: text to DECIMAL, never by way of binary floating point."""
    found = [
        f"{module.place}:{line}"
        for module in modules()
        if module.name.startswith(("pipelines.sources.billing", "pipelines.sources.prices", "pipelines.sources.sql"))
        for name, line in module.calls()
        if name == "float"
    ]
    assert found == []


def test_test_files_have_names_of_their_own() -> None:
    """Test folders are no packages: two files of one name would hide one another."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py")
    assert [name for name, count in names.items() if count > 1] == []


def test_no_test_is_skipped_without_a_reason() -> None:
    silent = []
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_skip = isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".skip", ".skipif", ".xfail"))
            if is_skip and not (node.args or any(word.arg == "reason" for word in node.keywords)):
                silent.append(f"{path.name}:{node.lineno}")
    assert silent == []


VERBS = set(get_command(app).commands)
# What people are told to type: in a fence of a page, between back quotes, or after "run:" and "see:" in an error.
TYPED = re.compile(r"(?:^|`|(?:run|see): |&& )tenure ([a-z][a-z-]*)", re.M)


def test_every_verb_that_is_told_to_people_exists() -> None:
    told = {
        f"{place}: tenure {verb}"
        for place, text in texts().items()
        if place.endswith((".md", ".py")) and not place.startswith("tests/")
        for verb in TYPED.findall(text)
        if verb not in VERBS
    }
    assert told == set()


def targets() -> set[str]:
    """Targets of the Makefile."""
    return set(re.findall(r"^([a-z][a-z-]*):", texts()["Makefile"], re.M))


def test_every_make_target_that_is_told_to_people_exists() -> None:
    made = re.compile(r"(?:^|`|^\$ )make ([a-z]+)", re.M)
    told = {
        f"{place}: make {name}"
        for place, text in texts().items()
        if place.endswith(".md") or place == ".ci/run"
        for name in made.findall(text)
        if name not in targets()
    }
    assert told == set()


def test_ci_runs_what_the_readme_says() -> None:
    steps = re.findall(r"^make ([a-z]+)", texts()[".ci/run"], re.M)
    assert steps, "CI runs nothing"
    assert [step for step in steps if f"make {step}" not in texts()["README.md"]] == []


def test_every_folder_that_a_page_names_exists() -> None:
    """Docs of wished-for folders; but for what a recipe tells its reader to make, and what a run leaves behind."""
    ignored = tuple(line for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines() if line)
    named = re.compile(r"`((?:pipelines|dbt_project|data|tests|docs)/[\w./-]+)`")
    gone = {
        f"{page}: {path}"
        for page, text in texts().items()
        if page.endswith(".md")
        for path in named.findall(text)
        if not (ROOT / path).parent.is_dir() and f"`{path}` (new)" not in text and not path.startswith(ignored)
    }
    assert gone == set()


def test_every_link_between_pages_leads_somewhere() -> None:
    gone = {
        f"{page}: {target}"
        for page, text in texts().items()
        if page.endswith(".md")
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text)
        if not (ROOT / page).parent.joinpath(target).exists()
    }
    assert gone == set()
