"""Present value, internal rate of return and annuities of flows at equal distances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipelines.economics.rates import FloatArray

IrrStatus = Literal["one", "none", "several"]

# Rates per period between which roots are counted: −50 % to +400 % a period, denser around zero.
_RATES = np.concatenate([-np.geomspace(0.5, 1e-6, 200), [0.0], np.geomspace(1e-6, 4.0, 300)])


@dataclass(frozen=True, slots=True)
class Irr:
    """An internal rate of return, or why there is not exactly one.

    Attributes:
        rate_frac: per period; None unless there is exactly one.
        status: how many rates make the present value zero.
    """

    rate_frac: float | None
    status: IrrStatus


def npv(flows_usd: Sequence[float] | FloatArray, rate_frac: float) -> float:
    """Net present value: `Σ flow_k · (1 + i)^−k`, the first flow today.

    Args:
        flows_usd: one flow a period, received positive, paid negative.
        rate_frac: rate per period i.
    """
    import numpy_financial as npf

    return float(npf.npv(rate_frac, np.asarray(flows_usd, dtype=np.float64)))


def irr(flows_usd: Sequence[float] | FloatArray) -> Irr:
    """The rate per period at which the present value of the flows is zero.

    One change of sign in the flows has exactly one root above −100 % (Descartes). With more changes the roots are
    counted, because a rate picked among several would say nothing.

    Args:
        flows_usd: one flow a period, received positive, paid negative.
    """
    import pyxirr

    flows = np.asarray(flows_usd, dtype=np.float64)
    signs = np.sign(flows[flows != 0.0])
    changes = int(np.count_nonzero(np.diff(signs)))
    if changes == 0:
        return Irr(None, "none")
    if changes > 1:
        values = (1.0 + _RATES[:, None]) ** -np.arange(flows.size)[None, :] @ flows
        roots = int(np.count_nonzero(np.diff(np.sign(values[values != 0.0]))))
        if roots != 1:
            return Irr(None, "none" if roots == 0 else "several")
    rate = pyxirr.irr(flows, guess=0.0)
    return Irr(None, "none") if rate is None else Irr(float(rate), "one")


def annuity_payment(principal_usd: float, rate_frac: float, periods: int) -> float:
    """Equal payment in arrears that repays a principal: `P·i / (1 − (1 + i)^−n)`.

    Args:
        principal_usd: P.
        rate_frac: rate per period i.
        periods: n.
    """
    import numpy_financial as npf

    return -float(npf.pmt(rate_frac, periods, principal_usd))


def annuity_present_value(payment_usd: float, rate_frac: float, periods: int, *, advance: bool = False) -> float:
    """Present value of n equal payments: `A·(1 − (1 + i)^−n) / i`, times `1 + i` in advance.

    Args:
        payment_usd: A.
        rate_frac: rate per period i.
        periods: n.
        advance: whether each payment falls at the start of its period.
    """
    import numpy_financial as npf

    return -float(npf.pv(rate_frac, periods, payment_usd, when="begin" if advance else "end"))
