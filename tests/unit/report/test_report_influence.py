"""What moves the answer, and what knowing would be worth, as the page says it."""

from __future__ import annotations

import copy
from pathlib import Path

from _published import KEY, PROJECTIONS, Page, publish_home, worth

from pipelines.report.page import render
from pipelines.report.queries import read_facts


def page_with(root: Path, **tables: list[dict]) -> Page:
    """The page of the usual home with some tables of projections changed."""
    changed = copy.deepcopy(PROJECTIONS) | {f"projections.{name}": rows for name, rows in tables.items()}
    return Page(render(read_facts(publish_home(root, changed), None)))


def test_the_number_that_moves_most_and_the_one_that_flips_are_named(page: Page) -> None:
    assert "chat: on demand rate moves the saving of own colocation most; on demand rate can flip it alone" in page.text


def test_what_knowing_is_worth_is_a_sentence(page: Page) -> None:
    said = "Knowing on demand rate for certain would be worth up to 9.88k USD; knowing everything, up to 12.3k USD."
    assert said in page.text


def test_every_number_stands_in_the_table_with_both_measures(page: Page) -> None:
    rows = [row.texts for row in page.tables["influence"]]
    assert rows == [
        ["on demand rate", "USD/GPU-hour", "1", "2", "3", "−50,000", "900,000", "62%", "9,876"],
        ["energy rate", "USD/kWh", "1", "2", "3", "410,000", "380,000", "–", "0"],
    ]


def test_where_the_choice_never_changes_knowing_is_worth_nothing(tmp_path: Path) -> None:
    nothing = [worth("everything", 0, 0.0), worth("energy_usd_per_kwh", 1, 0.0)]
    said = "The choice is the same in every draw: knowing any of this beforehand would be worth nothing."
    assert said in page_with(tmp_path, value_of_information=nothing).text


def test_without_ranges_the_page_says_so(tmp_path: Path) -> None:
    found = page_with(tmp_path, sensitivity=[], value_of_information=[])
    assert "No number that an answer depends on has a range." in found.text
    assert KEY["scenario"] in found.text
