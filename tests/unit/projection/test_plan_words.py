"""The capacity plan in words, against rows made by hand."""

import datetime as dt

from pipelines.projection.plan_words import how_sure, of_a_plan


def row(month, capacity, held, ordered, gap=0.0):
    return {
        "month_start_date": dt.date(2026, month, 1), "capacity": capacity, "gpu_model": "H100", "held_gpus": held,
        "ordered_gpus": ordered, "gap_frac": gap,
    }  # fmt: skip


def test_what_is_held_longest_is_said_first_with_its_first_month():
    rows = [
        row(9, "on_demand", 3.2, 0.0), row(9, "commitment_1y", 5.0, 5.0), row(10, "commitment_1y", 7.0, 2.0),
        row(10, "own", 0.0, 8.0), row(12, "own", 8.0, 0.0),
    ]  # fmt: skip
    assert of_a_plan(rows) == (
        "hold up to 8 H100 GPUs of one's own, ordered from 2026-10, up to 7 H100 GPUs by 1-year commitment, signed "
        "from 2026-09; the rest by the hour"
    )


def test_nothing_held_is_everything_by_the_hour():
    assert of_a_plan([row(9, "on_demand", 3.2, 0.0)]) == "everything by the hour"


def test_the_proof_is_said_as_what_could_still_be_saved():
    assert how_sure([row(9, "own", 8.0, 8.0, gap=0.0)]) == "no plan within the limits costs less"
    assert how_sure([row(9, "own", 8.0, 8.0, gap=0.00012)]) == "a better plan could save at most 0.01%"
    # 0.004 % would be printed as 0.00 %
    assert how_sure([row(9, "own", 8.0, 8.0, gap=0.00004)]) == "no plan within the limits costs less"


def test_one_gpu_is_not_said_as_several():
    assert of_a_plan([row(9, "capacity_block", 1.0, 1.0)]) == (
        "hold up to 1 H100 GPU by capacity block, signed from 2026-09; the rest by the hour"
    )
