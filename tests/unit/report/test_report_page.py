"""What stands on the page, for which version and scenario, and what happens when it cannot be written."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from _published import (
    AS_OF,
    KEY,
    MARTS,
    OWN,
    PROJECTIONS,
    RECONCILED,
    STAY,
    Page,
    cash,
    flip,
    publish_home,
    summary,
)

from pipelines.contracts import contract_for
from pipelines.errors import NoDataError, UsageError
from pipelines.projection.decision import decisions
from pipelines.projection.tables import frame_of
from pipelines.report.blocks import Cards, Figure, Figures, Note, Table
from pipelines.report.page import render, write_page
from pipelines.report.queries import Facts, read_facts
from pipelines.report.sections import cost, finance, risk, trust, verdict
from pipelines.settings import Settings


def test_same_version_gives_the_same_bytes(home: Settings, html: str, tmp_path: Path) -> None:
    assert write_page(home, tmp_path / "again.html").read_bytes() == html.encode()


def test_verdict_is_the_sentence_of_the_decision(page: Page) -> None:
    tables = {table: frame_of(table, rows) for table, rows in PROJECTIONS.items()}
    for row in decisions(tables).to_dicts():
        sentence = row["sentence"].removeprefix(f"{row['workload']}: ")
        assert sentence[:1].upper() + sentence[1:] in page.text


def test_pool_and_its_parts_are_not_to_be_added(page: Page, tmp_path: Path) -> None:
    pooled = [{**row, "workload": "all workloads"} for row in PROJECTIONS["projections.strategy_summary"][:2]]
    summaries = {"projections.strategy_summary": PROJECTIONS["projections.strategy_summary"] + pooled}
    shown = Page(render(read_facts(publish_home(tmp_path, PROJECTIONS | summaries), None)))
    assert "their savings do not add up" in shown.text
    assert "their savings do not add up" not in page.text


def test_sections_stand_in_the_order_of_the_question(page: Page) -> None:
    ids = [values["id"] for tag, values in page.tags if tag == "section"]
    first = ["verdict", "capacity", "break-even", "cost", "finance", "risk", "influence", "thresholds"]
    assert ids == [*first, "past", "trust", "assumptions", "provenance"]


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
    facts = read_facts(publish_home(tmp_path, runs), None)
    (note,) = verdict.section(facts).blocks
    assert "found no workload" in getattr(note, "text", "")
    assert "No scenario is projected" not in render(facts)  # one is, and it stands at the head of the page


@pytest.fixture(scope="module")
def fans(tmp_path_factory: pytest.TempPathFactory) -> tuple[Figure, ...]:
    """Drawings of money over time, where every strategy of every workload has quantiles by month."""
    by_month = [
        {**KEY, "workload": row["workload"], "strategy": row["strategy"], "measure": "cumulative_saving_usd_nominal",
         "month_index": month, "month_start_date": date(2026, 9 + month, 1), "quantile_frac": frac,
         "quantile_value": 1000.0 * month * frac if row["strategy"] == "own_colocation" else -7.0}
        for row in PROJECTIONS["projections.strategy_summary"] if row["feasible"]
        for month in range(3)
        for frac in (0.05, 0.5, 0.95)
    ]  # fmt: skip
    home = tmp_path_factory.mktemp("fans")
    settings = publish_home(home, PROJECTIONS | {"projections.draw_quantiles_monthly": by_month})
    blocks = risk.section(read_facts(settings, None)).blocks
    return [block.items for block in blocks if isinstance(block, Figures)][1]


def test_fan_is_drawn_for_the_strategy_compared_in_each_workload(fans: tuple[Figure, ...]) -> None:
    assert [fan.finding.partition(":")[2] for fan in fans] == [
        " own colocation has paid its outlay back after 14 months",
        " own colocation does not pay its outlay back within the horizon",
    ]


def test_fan_says_where_it_ends(fans: tuple[Figure, ...]) -> None:
    # In month 2: 2,000 times 0.05, 0.5 and 0.95.
    assert fans[0].reading == "Saved by the end: 1k USD in the median draw; nine in ten, 100 to 1.9k."


@pytest.fixture(scope="module")
def hollow_facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """A workload for which a commitment is worth no GPU, and owning costs 9,000 more."""
    rows = [
        summary("batch", "stay_on_demand", **STAY | {"recommended": True}),
        summary("batch", "commit_1y", **STAY | {"payback_months": 0.0}),
        summary("batch", "own_colocation", **OWN | {"npv_saving_usd": -8_000.0, "mean_npv_saving_usd": -9_000.0,
                "p5_npv_saving_usd": -20_000.0, "p95_npv_saving_usd": -1_500.0, "cheaper_draws_frac": 0.0}),
    ]  # fmt: skip
    flips = [
        flip("batch", "own_colocation", "on_demand_usd_per_gpu_hour", "USD/GPU-hour", 4.0, 6.0),
        flip("batch", "commit_1y", "on_demand_usd_per_gpu_hour", "USD/GPU-hour", 4.0, None),
    ]
    paid = [
        *cash("batch", "stay_on_demand", "on_demand", "leased", [100.0]),
        *cash("batch", "commit_1y", "on_demand", "leased", [100.0]),
        *cash("batch", "own_colocation", "hardware", "owned", [400.0]),
    ]
    changed = {
        "projections.strategy_summary": rows,
        "projections.threshold": flips,
        "projections.cash_flow_monthly": paid,
    }
    return read_facts(publish_home(tmp_path_factory.mktemp("hollow"), PROJECTIONS | changed), None)


def test_card_speaks_of_the_best_alternative_that_holds_something(hollow_facts: Facts) -> None:
    (card,) = next(block for block in verdict.section(hollow_facts).blocks if isinstance(block, Cards)).items
    assert card.sentence.startswith(
        "Stay on demand. The best alternative is to own 8 H100-SXM-80GB GPUs in colocation."
    )
    assert [(label, cell.text) for label, cell in card.figures][:2] == [
        ("saving of own colocation, mean, USD", "−9,000"),
        ("with every number at its base, USD", "−8,000"),
    ]


def test_card_says_one_saving_where_mean_and_base_are_one_number(home: Settings) -> None:
    """391,234.57 on the mean and 399,876.50 at base are 2.2 % apart."""
    first = next(block for block in verdict.section(read_facts(home, None)).blocks if isinstance(block, Cards)).items[0]
    assert [label for label, _ in first.figures][:2] == ["saving, mean, USD", "bad luck (P5), USD"]


def test_strategy_that_holds_nothing_is_named_below_the_table(hollow_facts: Facts) -> None:
    blocks = verdict.section(hollow_facts).blocks
    table = next(block for block in blocks if isinstance(block, Table))
    notes = {row.cells[0].text: row.cells[0].note for row in table.rows if row.cells}
    assert notes == {"stay on demand": "recommended", "own colocation": None}
    said = [block.text for block in blocks if isinstance(block, Note)]
    assert said[0] == "Weighed too, and holding nothing, so the same as staying: batch: commit 1y."


def test_loss_is_called_a_cost_and_not_a_negative_saving(hollow_facts: Facts) -> None:
    spread = next(block for block in risk.section(hollow_facts).blocks if isinstance(block, Figures)).items[0]
    assert spread.finding == "batch: own colocation costs 1.5k to 20k USD more in nine draws of ten"


def test_no_drawing_and_no_threshold_is_of_a_strategy_that_holds_nothing(hollow_facts: Facts) -> None:
    figures = [block for block in cost.section(hollow_facts).blocks if isinstance(block, Figure)]
    page = Page(render(hollow_facts))
    assert "own colocation" in figures[-1].drawing
    assert not [text for text in [*page.drawn, figures[-1].drawing] if "commit 1y" in text]
    assert "never" not in page.tables


def test_without_quantiles_by_month_the_page_says_that_no_band_is_drawn(page: Page) -> None:
    assert "no quantiles by month" in page.text


def test_budget_is_drawn_for_the_dearest_workload_and_listed_for_all(tmp_path: Path) -> None:
    """Owning takes 250,000 USD at once, staying the same every year."""
    nothing = {name: 0.0 for name in contract_for("projections.finance_yearly").names if "_usd" in name}
    years = [
        {**KEY, **nothing, "workload": "chat", "strategy": strategy, "fiscal_year_index": year,
         "fiscal_year_start_date": date(2026 + year, 1, 1), "covered_months": 12,
         "capex_usd_nominal": 250_000.0 if strategy == "own_colocation" and year == 0 else 0.0,
         "opex_cash_usd_nominal": 50_000.0 if strategy == "own_colocation" else 150_000.0}
        for strategy in ("own_colocation", "stay_on_demand") for year in range(3)
    ]  # fmt: skip
    settings = publish_home(tmp_path, PROJECTIONS | {"projections.finance_yearly": years})
    drawing, listed = finance.section(read_facts(settings, None)).blocks
    assert isinstance(drawing, Figure)
    assert drawing.finding == "chat: own colocation takes 250k USD of CapEx and 150k USD of OpEx over the horizon"
    assert "CapEx" in drawing.drawing
    assert len([row for row in listed.rows if row.cells]) == 6


def test_the_strategy_spoken_of_is_among_the_lines_however_many_there_are(tmp_path: Path) -> None:
    """Seven lines can be told apart; the one that the finding names is last by name."""
    others = [f"commit_{years}y" for years in range(1, 9)]
    rows = [
        summary("chat", "stay_on_demand", **STAY),
        *(summary("chat", name, **OWN) for name in others),
        summary("chat", "sign_contract", **OWN | {"recommended": True}),
    ]
    paid = [line for row in rows for line in cash("chat", row["strategy"], "on_demand", "leased", [100.0])]
    changed = {"projections.strategy_summary": rows, "projections.cash_flow_monthly": paid}
    facts = read_facts(publish_home(tmp_path, PROJECTIONS | changed), None)
    figures = [block for block in risk.section(facts).blocks if isinstance(block, Figures)]
    assert figures[1].items[0].finding.startswith("chat: by the end sign contract has cost 101 USD")
