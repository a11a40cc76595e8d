"""How results look in a terminal, and in a pipe."""

from decimal import Decimal

import polars as pl
import pytest

from pipelines.terminal import frame_table


def test_no_number_is_cut_in_a_pipe_however_many_columns_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    amounts = {f"a_long_name_of_column_{place}": [Decimal(f"{place}76584.4653674644")] for place in range(1, 30)}
    frame_table(pl.DataFrame(amounts))
    head, row, count = capsys.readouterr().out.splitlines()
    assert head.split() == list(amounts)
    assert row.split() == [f"{place}76584.4653674644" for place in range(1, 30)]
    assert count == "1 rows"
