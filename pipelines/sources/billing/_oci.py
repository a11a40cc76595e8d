"""What Oracle's own words mean, in whatever report they stand: GPU SKUs and shapes.

A GPU's SKU bills GPU-hours, and names a family of shapes; the shape itself is in no report, unless a description says
it. Such a line takes the SKU's name for a machine type of one GPU.
"""

from __future__ import annotations

from typing import Final

from pipelines.sources.billing._mapping import case_of
from pipelines.sources.sql import literal, money

PROVIDER: Final = "Oracle"

# Part number → name of the SKU in the reference of machine types, where a unit is a GPU-hour.
GPU_SKUS: Final = {
    "B89734": "GPU.Standard.V2",
    "B92740": "GPU.E3",
    "B95907": "GPU.A100.v2",
    "B95909": "GPU.A10",
    "B98415": "GPU.H100",
}
# SKUs of a GPU that the list above does not have (yet): "Compute - GPU - H200", in FOCUS reports "GPU - H200".
_NAMED: Final = r"(?:^|\bcompute\s+- )(?:(?:bare metal|virtual machine) )?gpu\b"
_SHAPE: Final = r"\b((?:BM|VM)\.GPU[A-Za-z0-9._-]*\d)"


def shape(description: str) -> str:
    """SQL of the GPU shape that a description names; null where it names none."""
    return f"nullif(regexp_extract({description}, {literal(_SHAPE)}, 1), '')"


def is_gpu(sku: str, description: str) -> str:
    """SQL condition: the SKU is a GPU by the hour, not a machine."""
    known = ", ".join(map(literal, GPU_SKUS))
    named = f"regexp_matches(coalesce({description}, ''), {literal(_NAMED)}, 'i')"
    return f"((coalesce({sku}, '') in ({known}) or {named}) and {shape(description)} is null)"


def machine(sku: str, description: str) -> str:
    """SQL of the machine type: a shape, else a GPU's SKU by its name or, where it has none here, its description."""
    named = case_of(sku, {part: literal(name) for part, name in GPU_SKUS.items()}, description)
    return f"coalesce({shape(description)}, case when {is_gpu(sku, description)} then {named} end)"


def gpu_hours(sku: str, description: str, quantity: str) -> str:
    """SQL of the GPU-hours that a line bills, from a quantity as text; null on lines of no GPU SKU."""
    return f"case when {is_gpu(sku, description)} then {money(quantity).sql} end"
