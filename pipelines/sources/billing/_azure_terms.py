"""What Azure's own words mean, in whatever export they stand: charge types, commitments, categories of services.

Belongs here: kinds of charge, what belongs to a commitment, which rows are told by which of the two views. Not here:
column layouts, files.
"""

from __future__ import annotations

from typing import Final

from pipelines.sources.billing._mapping import first_of
from pipelines.sources.sql import Fields, literal

USAGE: Final = "usage"
PAID_FOR: Final = ("purchase", "refund")
UNUSED: Final = ("unusedreservation", "unusedsavingsplan")
COMMITTED: Final = ("reservation", "savingsplan")
MACHINES: Final = "Virtual Machines"

# Azure's charge type in lower case → FOCUS category; others are adjustments (RoundingAdjustment).
CATEGORIES: Final = {
    USAGE: "Usage",
    **dict.fromkeys(UNUSED, "Usage"),
    "purchase": "Purchase",
    "refund": "Purchase",
    "tax": "Tax",
    "credit": "Credit",
    "credits": "Credit",
}

# What is shared among workloads is told by the meter; where its category says nothing, by the family of services.
SERVICE_CATEGORIES: Final = {
    "Virtual Machines": "Compute",
    "Virtual Machines Licenses": "Compute",
    "Azure Kubernetes Service": "Compute",
    "Storage": "Storage",
    "Azure NetApp Files": "Storage",
    "Backup": "Storage",
    "Bandwidth": "Networking",
    "ExpressRoute": "Networking",
    "Load Balancer": "Networking",
    "NAT Gateway": "Networking",
    "Virtual Network": "Networking",
    "VPN Gateway": "Networking",
    "Azure Machine Learning": "AI and Machine Learning",
    "Cognitive Services": "AI and Machine Learning",
    "SQL Database": "Databases",
}
SERVICE_FAMILIES: Final = {
    "AI + Machine Learning": "AI and Machine Learning",
    "Analytics": "Analytics",
    "Compute": "Compute",
    "Containers": "Compute",
    "Databases": "Databases",
    "Developer Tools": "Developer Tools",
    "Integration": "Integration",
    "Internet of Things": "Internet of Things",
    "Management and Governance": "Management and Governance",
    "Networking": "Networking",
    "Security": "Security",
    "Storage": "Storage",
    "Web": "Web",
}


def letters(sql: str) -> str:
    """SQL of a word as these tables spell it: "Savings Plan" is "savingsplan"."""
    return f"replace(lower({sql}), ' ', '')"


def is_in(sql: str, words: tuple[str, ...]) -> str:
    """SQL condition: one of some words; never null."""
    return f"coalesce({sql} in ({', '.join(map(literal, words))}), false)"


def charge_type(fields: Fields) -> str:
    """SQL of the charge type in lower case. Exports without the column hold usage only."""
    return letters(fields["ChargeType"]) if "ChargeType" in fields else literal(USAGE)


def is_commitment(fields: Fields) -> str:
    """SQL condition: bought, used or left unused under a reservation or a savings plan.

    The pricing model says so; rows without one say it by the commitment they name.
    """
    named = f"{first_of(fields, 'BenefitId', 'ReservationId')} is not null"
    model = f"{letters(first_of(fields, 'PricingModel'))} in ({', '.join(map(literal, COMMITTED))})"
    return f"({is_in(charge_type(fields), UNUSED)} or coalesce({model}, {named}))"


def is_commitment_payment(fields: Fields) -> str:
    """SQL condition: the purchase of a reservation or a savings plan, or its refund."""
    return f"({is_commitment(fields)} and {is_in(charge_type(fields), PAID_FOR)})"


def is_use(fields: Fields) -> str:
    """SQL condition: something was used."""
    return f"coalesce({charge_type(fields)} = {literal(USAGE)}, false)"


def is_unused(fields: Fields) -> str:
    """SQL condition: time of a commitment that nobody used."""
    return is_in(charge_type(fields), UNUSED)


# Each view leaves to the other what that one tells.
IN_AMORTIZED: Final = "use, told by the amortised view of the same month"
IN_ACTUAL: Final = "purchase or refund of a commitment, told by the actual view of the same month"


def left_to_other_view(view: str, fields: Fields) -> dict[str, str]:
    """Which rows of a view are left out, and why: SQL conditions over the file's columns by reason."""
    if view == "actual":
        return {IN_AMORTIZED: f"not {is_commitment_payment(fields)}"}
    if view == "amortized":
        return {IN_ACTUAL: is_commitment_payment(fields)}
    return {}
