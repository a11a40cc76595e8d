"""What the pages say of settings, exit codes, verbs, models and files is so."""

from __future__ import annotations

import re

import pytest

from pipelines import errors
from pipelines.cli import app
from pipelines.settings import REPOSITORY, Settings

DOCS = REPOSITORY / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *REPOSITORY.glob("*.md")])
OPERATIONS = (DOCS / "operations.md").read_text(encoding="utf-8")


def test_operations_names_every_setting_with_its_default() -> None:
    told = dict(re.findall(r"^\| `(TENURE_[A-Z_]+)` \| ([^|]+) \|", OPERATIONS, re.M))
    fields = {f"TENURE_{name.upper()}": str(field.default) for name, field in Settings.model_fields.items()}
    fields["TENURE_HOME"] = "the repository's `data/`"
    fields["TENURE_DBT_TARGET"] = "`dbt_project/target`"  # dbt's own, read in dbt_project.yml
    assert told == fields


def test_operations_names_every_error_with_its_exit_code() -> None:
    rows = dict(re.findall(r"^\| (\d) \| ([^|]*) \|", OPERATIONS, re.M))
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.TenureError)]
    assert [kind.__name__ for kind in kinds if kind.__name__ not in rows[str(kind.exit_code)]] == []


def test_operations_describes_every_verb_and_no_other() -> None:
    told = re.findall(r"^\| `tenure (\w+)", OPERATIONS, re.M)
    verbs = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    verbs += [group.name for group in app.registered_groups]
    assert sorted(set(told)) == sorted(verbs)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_model_and_file_a_page_names_is_there(page) -> None:
    """But for what a recipe tells its reader to make, and what a run leaves behind."""
    ignored = [line for line in (REPOSITORY / ".gitignore").read_text(encoding="utf-8").splitlines() if line]
    text = page.read_text(encoding="utf-8")
    made = set(re.findall(r"^`([^`\n]+)` \(new\)$", text, re.M))
    models = {path.stem for path in (REPOSITORY / "dbt_project" / "models").rglob("*.sql")}
    models |= {path.rpartition("/")[2].removesuffix(".sql") for path in made}
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    named_models = set(re.findall(r"`(?:marts\.)?((?:stg|int|fct|dim)_\w+)`", prose))
    named_files = set(re.findall(r"`((?:pipelines|dbt_project|data|tests|docs)/[\w./-]+\.\w+)`", prose)) - made
    named_files = {name for name in named_files if not name.startswith(tuple(ignored))}
    gone = [name for name in named_models if name not in models]
    gone += [name for name in named_files if not (REPOSITORY / name).exists()]
    assert gone == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_heading_leads_to_one(page) -> None:
    gone = []
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith("http"):
            continue
        other = (page.parent / target).read_text(encoding="utf-8") if target else page.read_text(encoding="utf-8")
        headings = re.findall(r"^#+ (.+)$", other, re.M)
        anchors = {re.sub(r"[^a-z0-9_ -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        if anchor not in anchors:
            gone.append(f"{target}#{anchor}")
    assert gone == []


def test_no_record_of_a_decision_is_longer_than_a_page() -> None:
    long = {path.name: path.read_text().count("\n") for path in (DOCS / "decisions").glob("*.md")}
    assert {name: lines for name, lines in long.items() if lines > 18} == {}
