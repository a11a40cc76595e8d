"""Cost by what is got for it: a GPU-hour of demand, a busy one, a million tokens."""

from __future__ import annotations

from typing import Any

from pipelines.projection.assumptions import OUTPUT_KEY, TOKENS_KEY
from pipelines.projection.evidence import Subject
from pipelines.projection.flows import Flows
from pipelines.projection.measures import levelised_usd_per_gpu_hour
from pipelines.projection.setting import Setting
from pipelines.projection.world import World
from pipelines.units import TOKENS_PER_1M


def unit_costs(subject: Subject, setting: Setting, flows: Flows) -> dict[str, Any]:
    """Columns of the summary; null where hours are not measured or throughput is not known.

    All are levelised: present value of cost over present value of what is got. Tokens are those of the demand's hours
    at the throughput, on the scenario's token basis.

    Args:
        subject: its share of busy hours.
        setting: where its throughput comes from.
        flows: of the strategy, of which the first draw counts.
    """
    by_hour = levelised_usd_per_gpu_hour(flows)
    throughput = flows.world.values.get(TOKENS_KEY)
    tokens = None if throughput is None else float(throughput[0])
    by_token = None if by_hour is None or not tokens else by_hour / tokens
    read, made = _by_direction(flows.world)
    demand_hours = float((flows.world.demand_gpus[0] * flows.world.month_hours).sum())
    return {
        "levelised_cost_usd_per_gpu_hour": by_hour,
        "levelised_cost_usd_per_busy_gpu_hour": by_hour / subject.busy_frac if by_hour and subject.busy_frac else None,
        "tokens_count": demand_hours * tokens if tokens else None,
        "token_basis": flows.world.token_basis if tokens else None,
        "levelised_cost_usd_per_1m_tokens": _per_1m(by_token, 1.0),
        "levelised_cost_usd_per_1m_input_tokens": _per_1m(by_token, read),
        "levelised_cost_usd_per_1m_output_tokens": _per_1m(by_token, made),
        "tokens_source": setting.values[TOKENS_KEY].source if tokens else setting.missing.get(TOKENS_KEY),
    }


def _per_1m(usd_per_counted_token: float | None, tokens_per_counted: float | None) -> float | None:
    """USD by the million tokens of which so many come with one that is counted."""
    if usd_per_counted_token is None or not tokens_per_counted:
        return None
    return usd_per_counted_token / tokens_per_counted * TOKENS_PER_1M


def _by_direction(world: World) -> tuple[float | None, float | None]:
    """Tokens read and tokens generated for one of the token basis; unknown without a share of output."""
    share = world.values.get(OUTPUT_KEY)
    if share is None:
        return None, None
    made = float(share[0])
    read = 1.0 - made
    counted = {"blended": 1.0, "output": made, "input": read}[world.token_basis]
    return (read / counted, made / counted) if counted > 0.0 else (None, None)
