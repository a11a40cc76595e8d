"""Numbers on the page are the numbers of the tables; what is missing is a dash."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from _published import EVIL, MARTS, OWN, REALISED, WHY_NOT, Page, idle_cost, publish_home

from pipelines.report.blocks import Figure
from pipelines.report.page import write_page
from pipelines.report.queries import read_facts
from pipelines.report.sections import cost
from pipelines.settings import Settings

STRATEGY_COLUMNS = ("owned_gpus", "committed_gpus", "capex_usd_nominal", "npv_cost_usd", "mean_npv_saving_usd",
                    "p5_npv_saving_usd", "p95_npv_saving_usd", "cheaper_draws_frac", "payback_months",
                    "break_even_used_frac", "irr_frac_per_year")  # fmt: skip


def test_decision_table_holds_the_published_values_exactly(page: Page) -> None:
    (row,) = [row for row in page.tables["strategies"] if row.mark == "chosen" and row.values[1] == "8"]
    assert [float(value or "nan") for value in row.values[1:]] == [OWN[name] for name in STRATEGY_COLUMNS]


def test_decision_table_rounds_only_what_is_shown(page: Page) -> None:
    (row,) = [row for row in page.tables["strategies"] if row.mark == "chosen" and row.values[1] == "8"]
    # 250,000.25 400,123.456789 391,234.5678 12,345.678 700,000 0.974 14 0.35 0.42
    assert row.texts[1:] == [
        "8", "0", "250,000", "400,123", "391,235", "12,346", "700,000", "97%", "14", "35%", "42%"
    ]  # fmt: skip


def test_cost_at_base_is_told_apart_from_the_mean_saving_beside_it(html: str) -> None:
    # 800,000 − 400,123 at base is not the mean of 391,235: whoever subtracts has to know why.
    assert "present value of cost, at base<" in html
    assert "its mean is not the difference of the costs beside it" in html


def test_infeasible_strategy_stays_with_its_reason_and_dashes(page: Page) -> None:
    (row,) = [row for row in page.tables["strategies"] if row.mark == "barred"]
    assert row.texts[0] == f"own base lease burstcannot be done: {WHY_NOT}"
    assert row.texts[1:] == ["–"] * 11
    assert row.values[1:] == [None] * 11


def test_money_that_never_comes_back_is_a_dash_not_a_zero(page: Page) -> None:
    (row,) = [row for row in page.tables["strategies"] if row.values[5] == "-9000.0"]
    assert row.texts[9] == "–"
    assert row.texts[5] == "−9,000"


def test_realised_cost_is_summed_by_month_to_the_last_digit(page: Page) -> None:
    # August, chat: direct 900.00 + 0.30, idle 100.00, shared 2 × 0.10, hours 90 + 10, 80 % of them allocated.
    (row,) = [row for row in page.tables["realised"] if row.texts[:3] == ["chat", "leased", "900.30"]]
    numbers = [Decimal(value or "NaN") for value in row.values[2:]]
    assert numbers == [Decimal(text) for text in ("900.3", "100", "0.2", "0", "0", "1000.5", "100", "80", "50")]


def test_tenth_of_a_cent_is_kept_behind_what_is_shown(page: Page) -> None:
    row = page.row("realised", "chat", "1,200.11")  # 1000.005 + 200.00 + 0.10 = 1200.105
    assert Decimal(row.values[7] or "NaN") == Decimal("1200.105")


def test_cost_of_nobody_is_no_workload_that_cost_most(tmp_path: Path) -> None:
    shared = {**REALISED[0], "workload": "__shared__", "total_cost_usd": Decimal(9_000)}
    said = {}
    for name, rows in {"some": [*REALISED, shared], "none": [shared]}.items():
        home = publish_home(tmp_path / name, marts={**MARTS, "marts.fct_workload_tco_daily": rows})
        said[name] = [
            block.finding for block in cost.section(read_facts(home, None)).blocks if isinstance(block, Figure)
        ]
    # chat: 1,200.105 + 1,000.10 + 0.40 = 2,200.605
    assert said["some"][1] == "chat cost most: 2,201 USD of 11,258"
    assert said["none"][1] == "No workload is known: 9,000 USD of 9,000"


def test_projected_components_are_the_sum_of_their_months(page: Page) -> None:
    row = page.row("components", "own colocation", "power")
    # 10 + 20 + 30.5 = 60.5; nine tenths of it; and one more in each of three months as the mean over draws.
    assert [float(value or "nan") for value in row.values[3:]] == [60.5 * 0.9, 60.5, 63.5]


def test_proceeds_stay_negative(page: Page) -> None:
    assert page.row("components", "own colocation", "resale").texts[3:5] == ["−45", "−50"]


def test_thresholds_say_from_where_to_where(page: Page) -> None:
    rows = [row.texts for row in page.tables["thresholds"]]
    assert rows == [
        ["own colocation", "on demand rate", "USD/GPU-hour", "4", "fall to", "2", "25%"],
        ["own colocation", "on demand rate", "USD/GPU-hour", "1", "rise to", "2", "25%"],
    ]


def test_numbers_that_never_flip_are_listed_apart_with_their_range(page: Page) -> None:
    (row,) = page.tables["never"]
    assert row.texts == ["own colocation", "energy rate", "USD/kWh", "0.12", "0", "2.4"]


def test_assumptions_shared_by_all_workloads_take_one_row(page: Page) -> None:
    assert page.row("assumptions", "energy rate").texts[-1] == "all"
    assert page.row("assumptions", "discount rate").texts[1:5] == ["share a year", "5.2%", "10.5%", "21%"]


def test_break_even_table_marks_use_today_from_paid_hours(page: Page) -> None:
    (chat, evil) = page.tables["break-even"]
    assert chat.texts[0] == "chat"
    # The 28 days to 31 August hold 90 + 10 + 20 paid hours, four fifths of them allocated.
    assert (chat.texts[6], evil.texts[5]) == ("80%", "–")
    assert evil.texts[0] == EVIL


def leased(source: str, cost: str, **values: object) -> dict[str, object]:
    """Leased cost of one day."""
    return {
        "charge_date": date(2026, 8, 31), "sourcing": "leased", "source": source, "location": "Lumen",
        "cost_role": "gpu", "gpu_model": "H100-SXM-80GB", "effective_cost_usd": Decimal(cost), **values,
    }  # fmt: skip


def test_leased_cost_is_bridged_from_the_bills_it_is_made_of(tmp_path: Path) -> None:
    """Bills of 1,200 paid ahead and 1,000 amortised, a credit of 50, and 1,250.705 of a contract nobody billed."""
    costs = [
        leased("lease_contract", "1250.705", cost_status="contract accrual", gpu_hours=1),
        leased("focus", "1000", billed_cost_usd=Decimal(1200), gpu_hours=1),
        leased("focus", "-50", billed_cost_usd=Decimal(-50), cost_role="shared"),
        leased("asset_register", "77", sourcing="owned", cost_role="owned"),
    ]
    home = publish_home(tmp_path, marts={**MARTS, "marts.fct_cost_daily": costs})
    page = Page(write_page(home, tmp_path / "page.html").read_text(encoding="utf-8"))
    assert [row.texts for row in page.tables["bridge"]] == [
        ["bills", "focus", "1,150.00", "950.00"],
        ["contracts, on days that no bill spans", "lease_contract", "–", "1,250.71"],
        ["leased cost", "–", "–", "2,200.61"],
    ]


def test_idle_cost_of_unknown_hours_is_told_apart(tmp_path: Path) -> None:
    """Of 200 + 100 + 7.25 idle, 270 less 20 are of GPUs whose bill tells no hours; 2,257.955 in all."""
    idle = [idle_cost("hours unknown", "270"), idle_cost("hours unknown", "-20"), idle_cost("none", "57.25")]
    home = publish_home(tmp_path, marts={**MARTS, "marts.fct_allocated_cost_daily": idle})
    (finding, *_) = (b.finding for b in cost.section(read_facts(home, None)).blocks if isinstance(b, Figure))
    assert finding.endswith("14% of it idle, 250 USD of that of unknown hours")


def test_idle_cost_of_unknown_hours_that_comes_to_a_credit_is_told_as_that(tmp_path: Path) -> None:
    """20 less 270: the bill gave back more than it charged."""
    idle = [idle_cost("hours unknown", "20"), idle_cost("hours unknown", "-270"), idle_cost("none", "557.25")]
    home = publish_home(tmp_path, marts={**MARTS, "marts.fct_allocated_cost_daily": idle})
    (finding, *_) = (b.finding for b in cost.section(read_facts(home, None)).blocks if isinstance(b, Figure))
    assert finding.endswith("14% of it idle, less 250 USD of unknown hours")


def test_where_all_hours_are_known_idle_cost_is_idle(home: Settings) -> None:
    (finding, *_) = (b.finding for b in cost.section(read_facts(home, None)).blocks if isinstance(b, Figure))
    assert finding.endswith("14% of it idle")
