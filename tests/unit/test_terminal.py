"""How results look in a terminal, and in a pipe."""

from decimal import Decimal

import polars as pl
import pytest

from pipelines.terminal import decision_table, frame_table


def test_no_number_is_cut_in_a_pipe_however_many_columns_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    amounts = {f"a_long_name_of_column_{place}": [Decimal(f"{place}76584.4653674644")] for place in range(1, 30)}
    frame_table(pl.DataFrame(amounts))
    head, row, count = capsys.readouterr().out.splitlines()
    assert head.split() == list(amounts)
    assert row.split() == [f"{place}76584.4653674644" for place in range(1, 30)]
    assert count == "1 rows"


def test_the_mean_saving_and_that_at_base_stand_each_in_their_column(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    decision_table(
        pl.DataFrame(
            {
                "scenario": "s", "as_of_date": "2026-09-01", "workload": "chat", "strategy": "own",
                "judged_strategy": "own", "owned_gpus": 8, "committed_gpus": 0.0, "mean_npv_saving_usd": 182_000.4,
                "npv_saving_usd": 237_000.6, "cheaper_draws_frac": 0.97, "payback_months": 14.0, "flips_on": None,
                "capacity_plan": None, "sentence": "chat: own.",
            }
        )
    )  # fmt: skip
    _, head, row, *_ = capsys.readouterr().out.splitlines()
    end = {name: head.index(name) + len(name) for name in ("saves USD (NPV, mean)", "at base")}
    assert {name: row[:place].split()[-1] for name, place in end.items()} == {
        "saves USD (NPV, mean)": "182,000", "at base": "237,001",
    }  # fmt: skip
