"""Every known pitfall of bills, texts, money, time and telemetry has a test that names it.

A test names a pitfall by its id in its docstring. What is looked for is a function that pytest runs; a comment, or the
docstring of a helper, proves nothing.
"""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest
from _house import ROOT

PITFALLS = {
    "B01": "A month that is restated is what its last version says, and the versions before stay readable.",
    "B02": "What a newer snapshot leaves out is gone; nothing is merged by key.",
    "B03": "One content is one delivery, however often it comes and whatever it is called.",
    "B04": "Files of one name in several folders are several files.",
    "B05": "The parts of a delivery do not push each other out.",
    "B06": "All parts of a report are read, not the first or the last.",
    "B07": "A part that a manifest names and that is not there stops the delivery; no data yet is not zero.",
    "B08": "A file that is half there, or was not listed, is not read as a whole one.",
    "B09": "An older version that arrives late does not win.",
    "B10": "Two loads at once do not both write.",
    "B11": "A load that breaks off between removing and writing leaves what was.",
    "B12": "A file without rows is an error where rows were due, and none where the manifest says so.",
    "B13": "A version of a format is told by its columns; one that is not known is refused.",
    "B14": "Columns that come, go or are renamed are told, and needed ones are asked for.",
    "B15": "A column that was filled and goes empty is noticed.",
    "B16": "Rows and money are the same before and after every step.",
    "B17": "The order in which things arrive does not change what comes out.",
    "B18": "A newer version of the code keeps every month that was loaded.",
    "B19": "A cost that moves to another service is seen though the total is right.",
    "T01": "Byte order marks are no part of a value, wherever they stand.",
    "T02": "Text in another encoding than the declared one is refused.",
    "T03": "Dates are read in the declared order and never guessed.",
    "T04": "Decimal commas and thousands are read as declared.",
    "T05": "Exponents, signs and blanks are read; infinities and words are not.",
    "T06": "Money never passes through binary floating point.",
    "T07": "Ids keep their leading zeros.",
    "T08": "Words for nothing are nothing, and nothing is not zero.",
    "T09": "Tags that differ by case only are two tags.",
    "T10": "Line breaks, quotes and JSON inside a value stay inside it.",
    "T11": "The type of a column is declared, not taken from its first rows.",
    "M01": "A sum does not depend on the order of rows or on threads.",
    "M02": "What is shared out adds up to what there was.",
    "M03": "Credits and refunds are negative, and count once.",
    "M04": "More allocated than there is shows as such and is not cut off.",
    "M05": "A commitment is not counted as bought and as used.",
    "M06": "Amounts of two currencies are not added up without a rate.",
    "M07": "The month of the invoice and the month of use are both kept.",
    "M08": "A correction changes the month of use and not the invoice that was.",
    "M09": "A price of today does not change what was before it.",
    "M10": "A price that cannot be is rejected and not used.",
    "M11": "A price says whether it is listed, agreed or paid.",
    "Z01": "Days add up to their month.",
    "Z02": "A day on which clocks change has its real hours.",
    "Z03": "A day is UTC's, whatever the zone of the machine.",
    "Z04": "Ends are inclusive or exclusive as the source says.",
    "Z05": "The schedule runs once a day, clocks changed or not.",
    "Z06": "Months have the days of the calendar.",
    "G01": "A counter that falls or jumps is reset or exchanged, and what was used is counted.",
    "G02": "A number that stands for none is none, and not zero.",
    "G03": "A metric that a device or an exporter does not have is unknown, not zero.",
    "G04": "Values that stand still for hours are an exporter that hangs: unknown.",
    "G05": "Time that was not seen is not idle.",
    "G06": "Energy is the counter's where a gauge is sampled too seldom.",
    "G07": "Use without a label is kept.",
    "G08": "The workload's labels win over those of the exporter.",
    "G09": "What several pods share is shared out, and not repeated.",
    "G10": "MIG instances are parts of a GPU, by their slices of the moment.",
    "G11": "Parts of a GPU add up to it.",
    "G12": "A card is told by its UUID; a swapped one is another.",
    "G13": "Replicas, copies and disorder change nothing.",
    "G14": "A time that cannot be is told.",
    "G15": "Time held is not time busy.",
    "G16": "A job that still runs is not over.",
}
ID = re.compile(r"\b[BGTMZ]\d\d\b")


@cache
def named() -> dict[str, set[str]]:
    """Ids in docstrings of tests, with the tests."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for name in ID.findall(ast.get_docstring(node) or ""):
                    found.setdefault(name, set()).add(f"{path.name}::{node.name}")
    return found


@pytest.mark.parametrize("pitfall", PITFALLS)
def test_a_pitfall_has_a_test_that_names_it(pitfall: str) -> None:
    assert named().get(pitfall), f"no test for: {PITFALLS[pitfall]}"


def test_no_test_names_a_pitfall_that_is_not_listed() -> None:
    unknown = {name: tests for name, tests in named().items() if name not in PITFALLS}
    assert unknown == {}
