"""What each key of a scenario file means, for the generated page and for files written anew.

Belongs here: one sentence a key; a test holds the list to the models. Not here: what is valid (`scenario.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

MEANING: Final[Mapping[str, Mapping[str, str]]] = {
    "Scenario": {
        "scenario": "Name: lower case, digits and underscores; the file has the same.",
        "question": "What is asked, in a sentence.",
        "source": "Where the numbers were published, for a table that is reproduced.",
        "as_of": "Day of the decision; nothing later is known. Without it, the day the night speaks for.",
        "horizon_months": "How far to look; or say `horizon_date`.",
        "horizon_date": "Day up to which to look, instead of `horizon_months`.",
        "stand_alone": "Whether every number is typed in here; no warehouse and no assumption file is read.",
        "demand": "Demand from realised history; or type it in under `workloads`.",
        "workloads": "Demand typed in, instead of `demand`.",
        "strategies": "Ways to get the capacity that are compared; staying on demand is always among them.",
        "payment_forms": "How a commitment may be paid; each is tried and the cheapest kept.",
        "wait_months": "Months to wait before anything is ordered or signed; each is tried and the cheapest kept.",
        "own_gpu_model": "GPU that would be bought; without it the one that is leased.",
        "own_site": "Site of the register whose terms (PUE, tariff, colocation, staff) go for what would be bought.",
        "order_month_index": "Month in which hardware is ordered, 0 for the first.",
        "components": "Components of owning that are counted, or `all`.",
        "lease_components": "What is counted beside the price of leased capacity.",
        "conventions": "Choices that flip answers.",
        "simulation": "Draws.",
        "sizing": "How fleets are sized.",
        "constraints": "What rules a strategy out.",
        "tax": "Income tax; without it none.",
        "financing": "Loan on what is bought; without it all is paid in cash.",
        "accounting": "How the books are kept; changes no answer.",
        "thresholds": "Numbers for which the value is sought at which the answer flips.",
        "assumptions": "Numbers of the scenario's own, by key; they go before history and the assumption files.",
        "correlations": "Numbers that move together in the draws, before those of the assumption files.",
        "sweep": "Variants: one for each value of one key.",
        "cases": "Variants by name that set several keys at once.",
    },
    "TypedWorkload": {
        "workload": "Its name.",
        "workload_kind": "What it does.",
        "gpu_model": "GPU its demand is counted in and leased on.",
        "gpus": "GPUs it has at its peak.",
        "utilisation_frac": "Mean share of them in use; or say `tokens_per_month_count`.",
        "tokens_per_second": "Tokens that all of them make at full use, counted by `conventions.token_basis`.",
        "tokens_per_month_count": "Demand in tokens a month, instead of `utilisation_frac`.",
        "owned_gpus": "GPUs that an owning strategy buys; without it they are sized.",
        "duration_curve": "How demand spreads over the hours; without it it is level.",
        "assumptions": "Numbers for this workload alone; they go before those of the scenario.",
    },
    "CurvePoint": {
        "demand_ratio": "Demand over mean demand.",
        "time_frac": "Share of the time at that demand.",
    },
    "HistoryDemand": {
        "workloads": "Names of workloads, or `all`.",
        "window_days": "Days whose hours shape the duration curve.",
        "level_days": "Last days, whose mean is the level and whose cost is the realised price.",
        "basis": "Whether hours allocated or busy count as demand.",
        "trend": "Whether growth is assumed, fitted to weeks, or forecast where that beats the week before.",
        "sourcing": "Whether only leased use is asked about, or what runs on owned GPUs as well.",
        "pool": "Whether all workloads are also asked for together.",
    },
    "Conventions": {
        "hours_per_month": "720, 730, 730.5 or any other number, or `calendar`.",
        "fixed_opex_basis": "Whether fixed running cost follows the calendar or the hours used.",
        "break_even_basis": "What a break-even sets equal.",
        "compared": "What both sides must provide.",
        "lease_price_includes": "What of it the lease price covers; the rest comes on top.",
        "price_basis": "Whether the lease price is the one paid, listed or assumed.",
        "payment_timing": "When running payments fall.",
        "residual_basis": "Whether hardware is sold in the end.",
        "stub_basis": "Whether the part of a lease term beyond the horizon is owed.",
        "market": "Kind of lease that takes what a strategy does not hold.",
        "token_basis": "Which tokens a throughput counts.",
    },
    "Simulation": {
        "draws": "How many; 1 for the world without chance.",
        "seed": "What the random numbers start from.",
        "spread_ratio": "Share of each range that the draws use; 0 for none.",
    },
    "Sizing": {
        "method": "By the rule of screening curves, or by search.",
        "peak_coverage_frac": "Share of the time in which a whole fleet must be enough.",
    },
    "Sweep": {
        "vary": "Dotted key, or several that are set alike.",
        "values": "Values, or values by the name of the variant.",
        "source": "Where they come from.",
    },
    "Setup": {
        "set": "Value by dotted key.",
        "source": "Where they come from.",
    },
    "Range": {
        "base": "The value.",
        "low": "Low end of its range; without one the value is certain.",
        "high": "High end.",
        "source": "Where it comes from.",
        "confidence": "How good the source is.",
    },
    "Correlation": {
        "between": "Two assumption keys.",
        "coefficient": "Rank correlation, -1 to 1.",
        "source": "Where it comes from.",
    },
}


def meaning_of(model: type[BaseModel], key: str) -> str:
    """What a key of a model means: as the model says, or as this list does; '' where neither does."""
    said = model.model_fields[key].description
    return said if said is not None else MEANING.get(model.__name__, {}).get(key, "")
