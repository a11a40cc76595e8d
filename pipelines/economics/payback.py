"""When an outlay has come back."""

from __future__ import annotations

import numpy as np

from pipelines.economics.rates import FloatArray


def payback_months(start_usd: FloatArray, during_usd: FloatArray, end_usd: FloatArray) -> FloatArray:
    """Months until the cumulative flow is back at zero; NaN for never.

    What falls during a month accrues evenly over it, so a payback lies between months; what falls at its start or end
    is a step. Flows that never go below zero have nothing to pay back: 0. Discounted payback is the same on
    discounted flows.

    Args:
        start_usd: received (positive) or paid (negative) at the start of each month, shape (draws, months).
        during_usd: over each month.
        end_usd: at the end of each month.

    Returns:
        Months from today, shape (draws,). The first time counts, even if a later outlay sinks the sum again.
    """
    draws, months = during_usd.shape
    total = start_usd + during_usd + end_usd
    before = np.concatenate([np.zeros((draws, 1)), np.cumsum(total, axis=1)[:, :-1]], axis=1)
    opening = before + start_usd
    closing = opening + during_usd
    scale = np.maximum(np.abs(total).sum(axis=1, keepdims=True), 1.0)
    # In the order of time: after what falls at a month's start, over it and at its end.
    levels = np.stack([opening, closing, closing + end_usd], axis=2).reshape(draws, -1)
    levels[np.abs(levels) < 1e-12 * scale] = 0.0
    sunk = levels < 0.0
    back = (levels >= 0.0) & (np.arange(3 * months) > sunk.argmax(axis=1)[:, None])
    draw, (month, step) = np.arange(draws), np.divmod(back.argmax(axis=1), 3)
    with np.errstate(divide="ignore", invalid="ignore"):
        within = np.clip(-levels[draw, 3 * month] / during_usd[draw, month], 0.0, 1.0)
    paid_back = month + np.choose(step, [np.zeros(draws), within, np.ones(draws)])
    return np.where(sunk.any(axis=1), np.where(back.any(axis=1), paid_back, np.nan), 0.0)
