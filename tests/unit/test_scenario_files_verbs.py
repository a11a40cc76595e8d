"""Scenario files written anew, checked and listed, as the command line does it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.economics.utilisation import DurationCurve
from pipelines.projection.assumptions import Assumptions
from pipelines.projection.evidence import Subject
from pipelines.projection.scenario import Scenario
from pipelines.projection.scenario_template import template
from pipelines.settings import BUNDLED


@pytest.fixture
def tenure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs the command in an empty home: exit code, standard output and errors."""
    monkeypatch.setenv("TENURE_HOME", str(tmp_path / "home"))

    def run(*arguments: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, [*arguments, "--home", str(tmp_path / "home")])
        return done.exit_code, done.stdout, done.stderr

    return run


def test_a_new_scenario_that_stands_alone_is_valid_and_answered(tenure, tmp_path) -> None:
    assert tenure("scenario", "new", "ours", "--stand-alone", "--out", str(tmp_path))[0] == 0
    code, out, _ = tenure("scenario", "check", str(tmp_path / "ours.yaml"), "--json")
    assert (code, json.loads(out)[0]["answered"]) == (0, True)


def test_every_key_of_a_new_scenario_says_what_it_means(tenure, tmp_path) -> None:
    tenure("scenario", "new", "ours", "--out", str(tmp_path))
    lines = (tmp_path / "ours.yaml").read_text(encoding="utf-8").splitlines()
    silent = [line for line in lines if ": " in line and "#" not in line]
    assert [line.partition(":")[0] for line in silent] == ["scenario", "thresholds"]


def test_a_new_scenario_on_history_waits_for_history(tenure, tmp_path) -> None:
    tenure("scenario", "new", "ours", "--out", str(tmp_path))
    code, out, _ = tenure("scenario", "check", str(tmp_path / "ours.yaml"))
    assert code == 0
    assert "it needs the published history" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("../ours",), "is no name of a scenario"),
        (("Ours",), "is no name of a scenario"),
        (("ours", "--stand-alone", "--gpu-model", "TPU v5p"), "for TPU v5p was known on"),
        (("ours", "--stand-alone", "--as-of", "2019-01-01"), "was known on 2019-01-01"),
        (("ours", "--from-workload", "chat"), "nothing is published"),
    ],
)
def test_what_cannot_be_written_leaves_nothing_behind(tenure, tmp_path, arguments, says) -> None:
    folder = tmp_path / "out"
    code, _, err = tenure("scenario", "new", *arguments, "--out", str(folder))
    assert code != 0
    assert says in err
    assert not folder.exists()


def test_a_file_that_is_there_is_not_overwritten(tenure, tmp_path) -> None:
    kept = tmp_path / "ours.yaml"
    kept.write_text("mine")
    code, _, err = tenure("scenario", "new", "ours", "--out", str(tmp_path))
    assert (code, kept.read_text()) == (2, "mine")
    assert "is there already" in err


def test_a_wrong_file_is_told_with_line_and_nearest_key(tenure, tmp_path) -> None:
    tenure("scenario", "new", "ours", "--stand-alone", "--out", str(tmp_path))
    path = tmp_path / "ours.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("  pue_ratio:", "  pue:"), encoding="utf-8")
    lines = path.read_text(encoding="utf-8").splitlines()
    (line,) = (number for number, text in enumerate(lines, start=1) if text.startswith("  pue:"))
    code, _, err = tenure("scenario", "check", str(path))
    assert code == 3
    assert f"ours.yaml:{line}:" in err
    assert "the nearest valid key is 'pue_ratio'" in err


def test_shipped_scenarios_are_listed_with_their_questions(tenure) -> None:
    code, out, _ = tenure("scenario", "list", "--json")
    rows = {row["scenario"]: row for row in json.loads(out)}
    assert code == 0
    assert set(rows) == {path.stem for path in (BUNDLED / "scenarios").glob("*.yaml")}
    assert rows["lease_or_own"]["demand"] == "from history, every night"
    assert rows["pan_2509_18101"]["variants"] == 10


def test_a_workload_is_typed_in_with_its_level_and_curve(tmp_path) -> None:
    """A third of the time 2 GPUs, else 8: names that look like YAML stay names."""
    curve = DurationCurve.of_hours(np.array([2.0, 8.0, 8.0]))
    subject = Subject("a: {b}", "inference", "H100-SXM-80GB", 6.0, "measured", curve)
    text = template(
        "ours", Assumptions.load(BUNDLED / "assumptions"), as_of=dt.date(2026, 9, 1), gpu_model="H100-SXM-80GB",
        stand_alone=True, workload=subject.workload, subject=subject,
    )  # fmt: skip
    path = tmp_path / "ours.yaml"
    path.write_text(text, encoding="utf-8")
    (typed,) = Scenario.load(path).workloads
    assert (typed.workload, typed.gpus, typed.used_frac) == ("a: {b}", 8, 0.75)
    assert [(p.demand_ratio, p.time_frac) for p in typed.duration_curve] == [
        (pytest.approx(1 / 3), pytest.approx(1 / 3)),
        (pytest.approx(4 / 3), pytest.approx(2 / 3)),
    ]
