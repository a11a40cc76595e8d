"""Two years of quotes for renting an H100. Every provider and every number is invented."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from pipelines.samples.textfiles import csv_text, write_text
from pipelines.samples.world import GPU_MODEL_NAME, between, plain, stream

COLUMNS: Final = (
    "observed_at",
    "provider",
    "region_id",
    "gpu_model_name",
    "instance_type",
    "gpus",
    "pricing_model",
    "price_basis",
    "currency",
    "price_usd_per_hour",
)
# Provider, region, machine type, GPUs priced together, on-demand price of one GPU-hour in the first month (cents).
PROVIDERS: Final = (
    ("Lumen Compute", "eu-north-2", "gpu-h100-sxm-8x", 8, 362),
    ("Harbor Cloud", "us-central-3", "h100-1g", 1, 338),
    ("Skerry GPU", "us-west-7", "sk.h100x8", 8, 318),
)
RATIO_FRACS: Final = {"on_demand": Decimal(1), "reserved_1y": Decimal("0.74"), "spot": Decimal("0.58")}
MONTHS: Final = 24
FALL_FRAC_PER_MONTH: Final = Decimal("0.0085")
# Half the width of the noise of a quote, in thousandths of the price: spot moves most.
NOISE: Final = {"on_demand": 12, "reserved_1y": 9, "spot": 55}


def write_prices(out_dir: Path, seed: int) -> None:
    """Write monthly quotes of the three providers, falling by 0.85 % a month, with noise; some rise."""
    rows = []
    for provider, region_id, instance_type, gpus, cents in PROVIDERS:
        rng = stream(seed, f"prices/{provider}")
        level = Decimal(cents) / 100
        for index in range(MONTHS):
            observed = datetime(2024 + (8 + index) // 12, (8 + index) % 12 + 1, 1 + between(rng, 0, 9))
            for pricing_model, ratio in RATIO_FRACS.items():
                width = NOISE[pricing_model]
                noise = 1 + Decimal(between(rng, -width, width)) / 1000
                price = (level * ratio * noise * gpus).quantize(Decimal("0.0001"))
                rows.append(
                    (
                        observed.strftime("%Y-%m-%dT12:00:00Z"),
                        provider,
                        region_id,
                        GPU_MODEL_NAME,
                        instance_type,
                        gpus,
                        pricing_model,
                        "list",
                        "USD",
                        plain(price),
                    )
                )
            level *= 1 - FALL_FRAC_PER_MONTH
    write_text(out_dir / "invented_h100_quotes.csv", csv_text(COLUMNS, rows))
