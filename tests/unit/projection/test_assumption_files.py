import datetime as dt
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pipelines.errors import ScenarioError
from pipelines.projection.assumptions import (
    EXTRA_KEYS,
    FLEET_KEYS,
    MARKET_KEYS,
    RESALE_KEY,
    Assumptions,
    canonical_sha256,
    known_keys,
)

SHIPPED = Path(__file__).parents[3] / "data" / "assumptions"
PUE = """
pue_ratio:
  unit: "1"
  about: Facility energy over IT energy.
  values:
    - {from_date: 2024-01-01, low: 1.2, base: 1.5, high: 1.6, source: one, confidence: high}
    - {from_date: 2026-01-01, base: 1.3, source: two, confidence: low}
"""
PRICE = """
server_price_usd:
  unit: USD
  about: A whole server with its GPUs.
  values:
    - {gpu_model: A, from_date: 2024-01-01, base: 10, source: one}
    - {gpu_model: A, from_date: 2025-01-01, base: 8, source: two}
    - {gpu_model: B, from_date: 2025-01-01, base: 20, source: two}
"""


@pytest.fixture
def load(tmp_path):
    def make(text, **more):
        for name, content in {"a": text, **more}.items():
            (tmp_path / f"{name}.yaml").write_text(content)
        return Assumptions.load(tmp_path)

    return make


def bases(found):
    return [value.base for value in found]


def test_newest_value_known_on_the_day_is_used(load):
    pue = load(PUE)
    assert bases(pue.known_on("pue_ratio", dt.date(2025, 12, 31), None)) == [1.5]
    assert bases(pue.known_on("pue_ratio", dt.date(2026, 1, 1), None)) == [1.3]


def test_nothing_is_known_before_the_first_value(load):
    assert load(PUE).known_on("pue_ratio", dt.date(2023, 12, 31), None) == []


def test_value_without_a_range_is_certain(load):
    value = load(PUE).known_on("pue_ratio", dt.date(2026, 1, 1), None)[0]
    assert (value.low, value.base, value.high) == (1.3, 1.3, 1.3)


def test_value_of_the_gpu_model_is_used(load):
    assert bases(load(PRICE).known_on("server_price_usd", dt.date(2026, 1, 1), "B")) == [20]


def test_value_for_any_model_stands_in_for_a_model_without_its_own(load):
    assert bases(load(PUE).known_on("pue_ratio", dt.date(2026, 1, 1), "B")) == [1.3]


def test_value_of_another_model_is_not_borrowed(load):
    assert load(PRICE).known_on("server_price_usd", dt.date(2026, 1, 1), "C") == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("pue_ratio:", "pue_rate:", "unknown assumption 'pue_rate'; the nearest valid key is 'pue_ratio'"),
        ('unit: "1"', "unit: kWh", "pue_ratio is in 1 by its name, but its unit says 'kWh'"),
        ("low: 1.2", "low: 1.55", "low 1.55 ≤ base 1.5"),
        ("base: 1.3,", "base: 0.8,", "pue_ratio is 0.8"),
        (", source: two", "", "source"),
        ("confidence: low", "confidence: perhaps", "'high', 'medium', 'low'"),
        ("about:", "abaut:", "the nearest valid key is 'about'"),
    ],
)
def test_wrong_entry_is_refused_with_its_place(load, tmp_path, old, new, says):
    text = PUE.replace(old, new, 1)
    with pytest.raises(ScenarioError) as caught:
        load(text)
    assert says in caught.value.message
    assert caught.value.file == str(tmp_path / "a.yaml")
    assert caught.value.line is not None


def test_entry_error_points_at_the_line_of_its_value(load):
    with pytest.raises(ScenarioError) as caught:
        load(PUE.replace("base: 1.3,", "base: 0.8,"))
    assert caught.value.line == 7


def test_key_in_two_files_is_refused(load):
    with pytest.raises(ScenarioError, match="already given in another file"):
        load(PUE, b=PUE)


def test_hash_tells_a_changed_value_and_ignores_the_order_of_keys(load):
    first = load(PRICE, b=PUE).sha256()
    assert load(PUE, b=PRICE).sha256() == first
    assert load(PUE.replace("base: 1.3", "base: 1.31"), b=PRICE).sha256() != first


# What a GPU to buy does in an hour is in the register of GPU models; a file may say otherwise of one pair of models.
NOT_SHIPPED = {"own_work_ratio"}


def test_every_number_the_projection_asks_for_has_a_sourced_default():
    entries = Assumptions.load(SHIPPED).entries
    assert set(entries) == known_keys() - NOT_SHIPPED
    assert {*MARKET_KEYS, *FLEET_KEYS, *EXTRA_KEYS.values(), RESALE_KEY} <= set(entries)


@pytest.mark.parametrize(
    "gpu_model", ["H100-SXM-80GB", "H200-SXM-141GB", "B200-SXM-180GB", "A100-SXM-80GB", "L40S-48GB"]
)
def test_shipped_defaults_can_price_a_fleet_of_the_usual_models(gpu_model):
    shipped = Assumptions.load(SHIPPED)
    lacking = [key for key in known_keys() - NOT_SHIPPED if not shipped.known_on(key, dt.date(2026, 9, 1), gpu_model)]
    assert lacking == []


def test_shipped_resale_curve_falls_with_age():
    curve = Assumptions.load(SHIPPED).known_on("resale_frac", dt.date(2026, 9, 1), None)
    ages = [value.age_months for value in curve]
    assert ages == sorted(set(ages))
    assert bases(curve) == sorted(bases(curve), reverse=True)


def test_own_value_of_a_model_stands_against_a_newer_one_for_any_model(load):
    newer = PRICE + "    - {from_date: 2025-06-01, base: 99, source: three}\n"
    assert bases(load(newer).known_on("server_price_usd", dt.date(2026, 1, 1), "B")) == [20]


def test_canonical_hash_does_not_depend_on_the_order_of_keys():
    assert canonical_sha256({"a": 1, "b": {"c": 2, "d": 3}}) == canonical_sha256({"b": {"d": 3, "c": 2}, "a": 1})


def test_an_estimate_is_of_low_confidence_and_every_source_says_more_than_a_name():
    """No reader is to take a guess for a publication."""
    sure, short = [], []
    for path in SHIPPED.glob("*.yaml"):
        for key, entry in YAML(typ="safe").load(path.read_text()).items():
            for item in entry if isinstance(entry, list) else entry["values"]:
                sure += [key] if item["source"].startswith("estimate") and item["confidence"] != "low" else []
                short += [key] if len(item["source"]) < 20 else []
    assert (sure, short) == ([], [])
