"""The reference registers that ship with tenure: they load, agree with each other and classify real names."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from _run import run

from pipelines.sources.files import Candidate
from pipelines.sources.registers import gpu_model, instance_type, node_type

REFERENCE = Path(__file__).resolve().parents[4] / "data/reference"


@pytest.fixture(scope="module")
def models() -> list[dict[str, object]]:
    (claim,) = gpu_model.claim([Candidate("gpu_models.csv", REFERENCE / "gpu_models.csv")])
    return run(gpu_model, claim).kept


@pytest.fixture(scope="module")
def instances() -> list[dict[str, object]]:
    (claim,) = instance_type.claim([Candidate("instance_types.csv", REFERENCE / "instance_types.csv")])
    return run(instance_type, claim).kept


def matches(models: list[dict[str, object]], name: str) -> list[object]:
    """Models whose patterns match the whole name without case, in file order."""
    patterns = [(model["gpu_model"], pattern) for model in models for pattern in str(model["name_patterns"]).split(";")]
    connection = duckdb.connect()
    matching = "select regexp_full_match($name, $pattern, 'i')"
    return list(
        dict.fromkeys(
            model
            for model, pattern in patterns
            if connection.execute(matching, {"name": name, "pattern": pattern}).fetchone()[0]
        )
    )


# NVIDIA MIG User Guide, supported GPUs: most instances of a GPU, which is its slices.
SLICES = {"A100-SXM-80GB": 7, "H100-SXM-80GB": 7, "H200-SXM-141GB": 7, "B200-SXM-180GB": 7, "RTX-PRO-6000-96GB": 4}


def test_a_gpu_has_the_slices_its_maker_says(models: list[dict[str, object]]) -> None:
    """G10: without them two instances of a quarter each would count as halves."""
    assert {row["gpu_model"]: row["max_slices"] for row in models if row["gpu_model"] in SLICES} == SLICES


# Names as drivers, rental offers, rate cards and EC2's comparison write them.
NAMES = [
    ("NVIDIA H100 80GB HBM3", "H100-SXM-80GB"),
    ("H100_80GB SXM5", "H100-SXM-80GB"),
    ("H100", "H100-SXM-80GB"),
    ("NVIDIA H100", "H100-SXM-80GB"),
    ("NVIDIA H100 PCIe", "H100-PCIE-80GB"),
    ("H100_80GB PCIe", "H100-PCIE-80GB"),
    ("NVIDIA H100 NVL", "H100-NVL-94GB"),
    ("NVIDIA H200", "H200-SXM-141GB"),
    ("H200_141GB", "H200-SXM-141GB"),
    ("H200", "H200-SXM-141GB"),
    ("NVIDIA H20", "H20-SXM-96GB"),
    ("NVIDIA B200", "B200-SXM-180GB"),
    ("B200_180GB", "B200-SXM-180GB"),
    ("NVIDIA B300 SXM6 AC", "B300-SXM-270GB"),
    ("NVIDIA GB200", "GB200-186GB"),
    ("NVIDIA GB300", "GB300-288GB"),
    ("GH200_96GB", "GH200-96GB"),
    ("NVIDIA GH200 480GB", "GH200-96GB"),
    ("NVIDIA A100-SXM4-80GB", "A100-SXM-80GB"),
    ("A100_80GB SXM4", "A100-SXM-80GB"),
    ("A100", "A100-SXM-80GB"),
    ("NVIDIA A100-SXM4-40GB", "A100-SXM-40GB"),
    ("NVIDIA A100 80GB PCIe", "A100-PCIE-80GB"),
    ("A100_80GB PCIe", "A100-PCIE-80GB"),
    ("NVIDIA A100-PCIE-40GB", "A100-PCIE-40GB"),
    ("Tesla V100-SXM2-16GB", "V100-SXM-16GB"),
    ("NVIDIA Tesla V100", "V100-SXM-16GB"),
    ("Tesla V100-SXM2-32GB", "V100-SXM-32GB"),
    ("Tesla V100-PCIE-16GB", "V100-PCIE-16GB"),
    ("Tesla V100-PCIE-32GB", "V100-PCIE-32GB"),
    ("NVIDIA L40S", "L40S-48GB"),
    ("NVIDIA L40", "L40-48GB"),
    ("NVIDIA L4", "L4-24GB"),
    ("NVIDIA A10G", "A10G-24GB"),
    ("NVIDIA A10", "A10-24GB"),
    ("NVIDIA A40", "A40-48GB"),
    ("Tesla T4", "T4-16GB"),
    ("NVIDIA T4 Tensor Core", "T4-16GB"),
    ("NVIDIA GeForce RTX 4090", "RTX-4090-24GB"),
    ("NVIDIA GeForce RTX 5090", "RTX-5090-32GB"),
    ("AMD Instinct MI300X", "MI300X-192GB"),
]


@pytest.mark.parametrize(("name", "model"), NAMES)
def test_name_is_classified_as_one_model(models: list[dict[str, object]], name: str, model: str) -> None:
    """M10: PCIe and SXM, 40 and 80 GB are different goods, and a name must not be two of them."""
    assert matches(models, name) == [model]


@pytest.mark.parametrize(
    "name", ["NVIDIA T4G Tensor Core", "NVIDIA Tesla K80", "NVIDIA GeForce RTX 4090 Laptop GPU", "AMD Radeon Pro V520"]
)
def test_other_gpu_is_not_guessed(models: list[dict[str, object]], name: str) -> None:
    assert matches(models, name) == []


def test_every_model_of_a_machine_is_in_the_reference(
    models: list[dict[str, object]], instances: list[dict[str, object]]
) -> None:
    assert {row["gpu_model"] for row in instances} <= {row["gpu_model"] for row in models}


@pytest.mark.parametrize(
    ("provider", "instance", "expected"),
    [
        ("AWS", "p5.48xlarge", ("H100-SXM-80GB", 8)),
        ("AWS", "p4d.24xlarge", ("A100-SXM-40GB", 8)),
        ("AWS", "p4de.24xlarge", ("A100-SXM-80GB", 8)),
        ("AWS", "g5.16xlarge", ("A10G-24GB", 1)),
        ("Microsoft", "Standard_ND96isr_H100_v5", ("H100-SXM-80GB", 8)),
        ("Microsoft", "ND96isr H100 v5", ("H100-SXM-80GB", 8)),
        ("Google Cloud", "a3-highgpu-8g", ("H100-SXM-80GB", 8)),
        ("Google Cloud", "a2-megagpu-16g", ("A100-SXM-40GB", 16)),
        ("Oracle", "BM.GPU.H100.8", ("H100-SXM-80GB", 8)),
    ],
)
def test_machine_has_the_gpus_its_provider_states(
    instances: list[dict[str, object]], provider: str, instance: str, expected: tuple[str, int]
) -> None:
    found = [
        (row["gpu_model"], row["gpus"])
        for row in instances
        if (row["service_provider_name"], row["instance_type"]) == (provider, instance)
    ]
    assert found == [expected]


def test_ratio_is_dense_fp16_relative_to_the_h100(models: list[dict[str, object]]) -> None:
    """As each row's reference says: tflops / 989.4, to four places; models without a figure have no ratio."""
    ratios = {model["gpu_model"]: model["reference_ratio"] for model in models}
    tflops = {model["gpu_model"]: model["fp16_tflops"] for model in models}
    assert ratios == {name: None if value is None else round(value / 989.4, 4) for name, value in tflops.items()}


def test_figures_agree_with_the_public_hardware_table(shared: Path, models: list[dict[str, object]]) -> None:
    """Dense FP16 (TFLOP/s), memory (GB) and TDP (W) of the rows that cite that table by the machine's name there."""
    import csv

    with (shared / "data/prices/hardware/ml_hardware_2026-04.csv").open(newline="", encoding="utf-8") as lines:
        table = {row["Hardware name"]: row for row in csv.DictReader(lines)}
    compared = {
        "H100-SXM-80GB": "NVIDIA H100 SXM5 80GB",
        "H200-SXM-141GB": "NVIDIA H200 SXM",
        "B200-SXM-180GB": "NVIDIA B200",
        "A100-SXM-80GB": "NVIDIA A100 SXM4 80 GB",
        "L4-24GB": "NVIDIA L4",
        "MI300X-192GB": "AMD Instinct MI300X",
    }
    ours = {m["gpu_model"]: (m["fp16_tflops"], m["memory_gib"], m["tdp_w"], str(m["release_date"])) for m in models}
    theirs = {
        model: (
            round(float(table[name]["Tensor-FP16/BF16 performance (FLOP/s)"]) / 1e12, 1),
            float(table[name]["Memory (bytes)"]) / 1e9,
            float(table[name]["TDP (W)"]),
            table[name]["Release date"],
        )
        for model, name in compared.items()
    }
    assert {model: ours[model] for model in compared} == theirs


def test_every_kind_of_server_is_of_a_known_model(models: list[dict[str, object]]) -> None:
    (claim,) = node_type.claim([Candidate("node_types.csv", REFERENCE / "node_types.csv")])
    kinds = run(node_type, claim).kept
    assert {row["gpu_model"] for row in kinds} <= {row["gpu_model"] for row in models}


def test_an_h100_servers_power_has_both_parts_and_its_carbon_is_the_sum_of_its_parts() -> None:
    """1312 (baseboard) + 1000 (server) + 2822 (memory) + 800 (SSDs) + 100 (CPU) = 6034 kg."""
    (claim,) = node_type.claim([Candidate("node_types.csv", REFERENCE / "node_types.csv")])
    (h100,) = [row for row in run(node_type, claim).kept if row["gpu_model"] == "H100-SXM-80GB"]
    assert (h100["fixed_wall_kw"], h100["wall_to_gpu_ratio"], h100["embodied_kgco2e"]) == (
        Decimal("1.75"),
        Decimal("1.1"),
        1312 + 1000 + 2822 + 800 + 100,
    )
