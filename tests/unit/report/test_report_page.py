"""What stands on the page, for which version and scenario, and what happens when it cannot be written."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from _published import AS_OF, MARTS, PROJECTIONS, RECONCILED, Page, publish_home

from pipelines.errors import NoDataError, UsageError
from pipelines.projection.decision import decisions
from pipelines.projection.tables import frame_of
from pipelines.report.page import write_page
from pipelines.report.queries import read_facts
from pipelines.report.sections import risk, trust, verdict
from pipelines.settings import Settings
from pipelines.warehouse.publish import publish


def test_same_version_gives_the_same_bytes(home: Settings, html: str, tmp_path: Path) -> None:
    assert write_page(home, tmp_path / "again.html").read_bytes() == html.encode()


def test_verdict_is_the_sentence_of_the_decision(page: Page) -> None:
    tables = {table: frame_of(table, rows) for table, rows in PROJECTIONS.items()}
    for row in decisions(tables).to_dicts():
        sentence = row["sentence"].removeprefix(f"{row['workload']}: ")
        assert sentence[:1].upper() + sentence[1:] in page.text


def test_sections_stand_in_the_order_of_the_question(page: Page) -> None:
    ids = [values["id"] for tag, values in page.tags if tag == "section"]
    assert ids == ["verdict", "break-even", "cost", "risk", "thresholds", "trust", "assumptions", "provenance"]


def test_provenance_names_version_seed_and_hashes(page: Page, home: Settings) -> None:
    values = {row.texts[0]: row.texts[1] for row in page.tables["provenance"]}
    assert values["version"] == home.paths.current.resolve().parent.name
    assert (values["seed"], values["scenario"], values["assumptions"]) == ("7", "b" * 64, "a" * 64)
    assert values["as of"] == "2026-09-01"


def test_without_a_scenario_the_page_says_so_and_keeps_what_was_paid(bare_page: Page) -> None:
    assert "No scenario has been projected on this version" in bare_page.text
    assert [row.texts[7] for row in bare_page.tables["realised"]] == ["1,200.11", "1,000.50", "57.35"]


def test_without_a_scenario_no_projected_table_is_shown(bare_page: Page) -> None:
    assert set(bare_page.tables) == {"realised", "reconciliation", "freshness", "unknown-skus", "provenance"}


def test_nothing_published_is_an_error_with_a_next_step(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match="tenure refresh"):
        write_page(Settings(home=tmp_path), tmp_path / "decision.html")


def test_unknown_scenario_names_those_that_are_published(home: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name one of: plan"):
        write_page(home, tmp_path / "decision.html", scenario="plann")


def test_failed_page_leaves_the_former_one_and_nothing_else(home: Settings, tmp_path: Path) -> None:
    out = tmp_path / "decision.html"
    out.write_text("former")
    with pytest.raises(UsageError):
        write_page(home, out, scenario="plann")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("decision.html", "former")]


def test_folder_in_place_of_the_page_is_refused(home: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        write_page(home, tmp_path)


@pytest.fixture(scope="module")
def two_scenarios(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A second scenario, on two days; the newer one has another recommendation."""
    projections = copy.deepcopy(PROJECTIONS)
    for table, rows in PROJECTIONS.items():
        for row in rows:
            projections[table].append({**row, "scenario": "alternative"})
            older = {**row, "scenario": "alternative", "as_of_date": date(2026, 8, 1)}
            if "recommended" in row:
                older["recommended"] = row["strategy"] == "stay_on_demand"
            projections[table].append(older)
    return publish_home(tmp_path_factory.mktemp("two"), projections)


def test_first_scenario_by_name_is_shown_unless_another_is_asked_for(two_scenarios: Settings) -> None:
    assert read_facts(two_scenarios, None).scenario == "alternative"
    assert read_facts(two_scenarios, "plan").scenario == "plan"


def test_newest_day_of_decision_is_shown(two_scenarios: Settings) -> None:
    frame = read_facts(two_scenarios, "alternative").projections["projections.strategy_summary"]
    assert frame["as_of_date"].unique().to_list() == [AS_OF]


def test_scope_that_does_not_close_is_called_a_defect_with_its_amount(tmp_path: Path) -> None:
    gap = {**RECONCILED, "scope": "s2", "status": "unexplained", "unexplained_billed_cost": Decimal("-0.0004")}
    settings = publish_home(tmp_path, marts={**MARTS, "meta.reconciliation": [RECONCILED, gap]})
    # Four hundredths of a cent: shown in full, so that it cannot hide behind 0.00.
    assert trust.closes(read_facts(settings, None)) == (
        "No: 1 of 2 scopes do not close. 0.0004 of billed cost is unexplained, which is a defect to be found before "
        "signing."
    )


def test_scenario_without_workloads_says_so(tmp_path: Path) -> None:
    runs = {table: rows if table == "projections.projection_run" else [] for table, rows in PROJECTIONS.items()}
    (note,) = verdict.section(read_facts(publish_home(tmp_path, runs), None)).blocks
    assert "found no workload" in getattr(note, "text", "")


def test_fan_is_drawn_where_a_version_has_quantiles_by_month(tmp_path: Path) -> None:
    settings = publish_home(tmp_path, PROJECTIONS)
    with duckdb.connect(str(settings.paths.database)) as connection:
        connection.execute(
            "create or replace table projections.draw_quantile_monthly as "
            "select 'plan' as scenario, 'base' as variant, date '2026-09-01' as as_of_date, 'chat' as workload, "
            "'own_colocation' as strategy, 'cumulative_saving_usd_nominal' as measure, "
            "cast(m as integer) as month_index, cast(date '2026-09-01' + to_months(cast(m as integer)) as date) "
            "as month_start_date, cast(q as double) as quantile_frac, "
            "cast(1000 * m * q as double) as quantile_value "
            "from range(3) as months(m) cross join (values (0.05), (0.5), (0.95)) as quantiles(q)"
        )
    publish(settings, as_of=AS_OF, code_revision="c0de", inputs_hash="1n")
    fans = [block for block in risk.section(read_facts(settings, None)).blocks if block.kind == "figures"][1]
    (fan,) = fans.items
    assert fan.finding == "chat: own colocation has paid its outlay back after 14 months"


def test_without_quantiles_by_month_the_page_says_that_no_band_is_drawn(page: Page) -> None:
    assert "no quantiles by month" in page.text
