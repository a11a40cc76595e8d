"""The part of the page that shows history, and earlier days scored."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from _published import AS_OF, KEY

from pipelines.projection.tables import frame_of
from pipelines.report.blocks import Figures, Note, Table
from pipelines.report.queries import Facts, read_facts
from pipelines.report.sections import past
from pipelines.settings import Settings

CHAT = KEY | {"workload": "chat", "gpu_model": "H100-SXM-80GB"}
FIT = CHAT | {
    "used": True, "decline_frac_per_year": 0.104, "standard_error_frac_per_year": 0.009, "sellers_count": 3,
    "jumps_count": 1, "jumps_ratio": 0.56, "holdout_count": 6, "holdout_mape_frac": 0.004,
    "unchanged_mape_frac": 0.053,
}  # fmt: skip
PRICES = [
    CHAT | {"month_start_date": date(2026, 8, 1), "month_index": -1, "index_usd_per_gpu_hour": 2.8,
            "fitted_usd_per_gpu_hour": 2.79},
    CHAT | {"month_start_date": AS_OF, "month_index": 0, "p5_usd_per_gpu_hour": 2.6, "p50_usd_per_gpu_hour": 2.7,
            "p95_usd_per_gpu_hour": 2.8},
]  # fmt: skip
SCORE = {
    "scenario": "plan", "as_of_date": AS_OF, "knowledge": "dated", "workload": "chat", "scored_months": 6,
    "horizon_months": 36, "projected_p5_cost_usd_nominal": 90.0, "projected_p50_cost_usd_nominal": 100.0,
    "projected_p95_cost_usd_nominal": 110.0, "hindsight_cost_usd_nominal": 120.0, "scored_against": "hindsight",
}  # fmt: skip
SCORES = [
    SCORE | {"origin_date": date(2026, 3, 1), "strategy": "commit_1y", "decided_then": True,
             "best_in_hindsight": False, "inside_interval": False, "regret_usd": 20.0},
    SCORE | {"origin_date": date(2026, 3, 1), "strategy": "own_colocation", "decided_then": False,
             "best_in_hindsight": True, "inside_interval": True, "regret_usd": 0.0},
]  # fmt: skip


@pytest.fixture
def with_rows(home: Settings) -> Any:
    def make(**tables: list[dict[str, Any]]) -> Facts:
        facts = read_facts(home, None)
        frames = {f"projections.{name}": frame_of(f"projections.{name}", rows) for name, rows in tables.items()}
        return replace(facts, projections={**facts.projections, **frames})

    return make


def test_the_finding_of_a_price_tells_drift_and_jump_apart_and_how_it_foretold(with_rows: Any) -> None:
    blocks = past.section(with_rows(price_fit=[FIT], price_path=PRICES)).blocks
    (figures,) = (block for block in blocks if isinstance(block, Figures))
    (figure,) = figures.items
    assert figure.finding == "H100-SXM-80GB: the same sellers' prices fall 10.4% a year, and jumped by -44% in all"
    assert "off by 0.4%; a price that stays, by 5.3%" in figure.reading


def test_decisions_that_were_wrong_are_counted_and_listed_with_their_regret(with_rows: Any) -> None:
    blocks = past.section(with_rows(backtest=SCORES)).blocks
    text = next(block.text for block in blocks if isinstance(block, Note))
    assert text.startswith("From 1 earlier days, with the data dated before them: 0 of 1 decisions")
    assert "50% of the costs that came lay between P5 and P95" in text
    (scores,) = (block for block in blocks if isinstance(block, Table))
    (row,) = [row for row in scores.rows if row.cells]
    assert [cell.text for cell in row.cells] == [
        "2026-03-01",
        "commit 1y",
        "6",
        "90",
        "100",
        "110",
        "120",
        "hindsight",
        "20",
    ]


def test_without_a_score_it_says_what_that_takes(home: Settings) -> None:
    (note,) = past.section(read_facts(home, None)).blocks
    assert isinstance(note, Note)
    assert "a whole month after it" in note.text
