"""Cost by what is got for it: a GPU-hour of demand, a busy one, a million tokens."""

from __future__ import annotations

from typing import Any

from pipelines.projection.assumptions import TOKENS_KEY
from pipelines.projection.evidence import Subject
from pipelines.projection.flows import Flows
from pipelines.projection.measures import levelised_usd_per_gpu_hour
from pipelines.units import TOKENS_PER_1M


def unit_costs(subject: Subject, flows: Flows) -> dict[str, Any]:
    """Columns of the summary; null where hours are not measured or throughput is not known.

    All are levelised: present value of cost over present value of what is got. Tokens are those of the demand's hours
    at the throughput, on the scenario's token basis.

    Args:
        subject: its share of busy hours.
        flows: of the strategy, of which the first draw counts.
    """
    by_hour = levelised_usd_per_gpu_hour(flows)
    throughput = flows.world.values.get(TOKENS_KEY)
    tokens = None if throughput is None else float(throughput[0])
    by_token = None if by_hour is None or not tokens else by_hour / tokens
    demand_hours = float((flows.world.demand_gpus[0] * flows.world.month_hours).sum())
    return {
        "levelised_cost_usd_per_gpu_hour": by_hour,
        "levelised_cost_usd_per_busy_gpu_hour": by_hour / subject.busy_frac if by_hour and subject.busy_frac else None,
        "tokens_count": demand_hours * tokens if tokens else None,
        "token_basis": flows.world.token_basis if tokens else None,
        "levelised_cost_usd_per_1m_tokens": None if by_token is None else by_token * TOKENS_PER_1M,
    }
