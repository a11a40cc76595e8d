"""`docs/scenario.md` and the JSON schema are what the generator writes, and say what every key means."""

from __future__ import annotations

import json

from pipelines import scenario_page
from pipelines.projection.scenario_meaning import MEANING, meaning_of


def test_the_pages_are_what_is_generated(capsys) -> None:
    assert scenario_page.main(["--check"]) == 0, capsys.readouterr().err


def test_a_stale_page_is_told_with_what_to_run(tmp_path, capsys) -> None:
    assert scenario_page.main(["--folder", str(tmp_path)]) == 0
    page = tmp_path / "scenario.md"
    page.write_text(page.read_text(encoding="utf-8").replace("Draws.", "Dice."), encoding="utf-8")
    assert scenario_page.main(["--check", "--folder", str(tmp_path)]) == 1
    assert "make docs" in capsys.readouterr().err


def test_every_key_has_a_meaning_and_every_meaning_a_key() -> None:
    said = {(model.__name__, key) for model in scenario_page.models() for key in model.model_fields}
    silent = [(model.__name__, key) for model in scenario_page.models() for key in model.model_fields
              if not meaning_of(model, key)]  # fmt: skip
    assert silent == [], "say it in the model's Field(description=…) or in projection/scenario_meaning.py"
    assert {(model, key) for model, keys in MEANING.items() for key in keys} - said == set()


def test_the_page_says_unit_default_and_bounds() -> None:
    page = scenario_page.page()
    assert "| `horizon_months` | whole number ≥ 1, ≤ 240 | month | none |" in page
    assert "| `payment_timing` | `advance`, `mid`, `arrears`, `year_end` |  | required |" in page


def test_the_schema_knows_every_key_with_its_meaning() -> None:
    known = json.loads(scenario_page.schema())
    assert known["properties"]["as_of"]["description"].startswith("Day of the decision")
    assert known["$defs"]["Tax"]["properties"]["rate_frac"]["description"] == "Income tax rate."
