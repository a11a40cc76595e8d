"""What was served by each workload, split over the pools it held; and what a unit of it costs."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from fractions import Fraction

from _company import Company
from _expected_allocation import Allocation
from _expected_bills import ZERO, Holder, Pool
from _expected_places import UNKNOWN
from _expected_serving import COUNTS, answered, workload_of_server
from _expected_shares import THOUSANDTHS, Quotient, counted

A_MILLION = 10**6


def served(company: Company, allocation: Allocation) -> dict[Holder, dict[str, Fraction]]:
    """Requests and tokens of each pool and workload; at an unknown place where the workload held no pool."""
    found: dict[Holder, dict[str, Fraction]] = defaultdict(dict)
    for (day, workload, metric), amount in _by_day(company).items():
        held = {pool: allocation.held(pool)[workload] for pool in allocation.hours if pool.day == day}
        held = {pool: hours for pool, hours in held.items() if hours > 0}
        held = held or {Pool(day, "leased", UNKNOWN, UNKNOWN): Fraction(1)}
        for pool, hours in held.items():
            found[pool, workload][metric] = amount * hours / sum(held.values())
    return found


def cost_per_unit(usd: Fraction, hours: dict[str, Fraction], counts: dict[str, Fraction]) -> dict[str, Quotient | None]:
    """Cost of a unit of each kind; None where none was counted.

    Args:
        usd: the workload's whole cost in the pool.
        hours: paid, allocated, busy.
        counts: what was served, by metric.
    """
    requests, tokens_in, tokens_out = (counts.get(metric) for metric in COUNTS)
    tokens = None if tokens_in is None or tokens_out is None else tokens_in + tokens_out
    return {
        **{f"cost_usd_per_{kind}_gpu_hour": _per(usd, counted(count)) for kind, count in hours.items()},
        "cost_usd_per_1m_input_tokens": _per_count(usd * A_MILLION, tokens_in),
        "cost_usd_per_1m_output_tokens": _per_count(usd * A_MILLION, tokens_out),
        "cost_usd_per_1m_tokens": _per_count(usd * A_MILLION, tokens),
        "cost_usd_per_request": _per_count(usd, requests),
    }


def _per_count(amount: Fraction, count: Fraction | None) -> Quotient | None:
    return None if count is None else _per(amount, counted(count, THOUSANDTHS))


def _per(amount: Fraction, count: Fraction) -> Quotient | None:
    return Quotient(amount, count) if count > 0 else None


def _by_day(company: Company) -> dict[tuple[date, str, str], Fraction]:
    found: dict[tuple[date, str, str], Fraction] = defaultdict(lambda: ZERO)
    for one in answered(company):
        if one.metric in COUNTS:
            found[one.hour.date(), workload_of_server(company, one), one.metric] += one.amount
    return found
