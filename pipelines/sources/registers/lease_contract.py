"""Register of signed lease contracts (CSV or YAML)."""

from collections.abc import Iterable
from datetime import date

from pipelines.sources.handkept import Problem, Row
from pipelines.sources.registers._register import Register

KIND = "registers"
TABLE = "raw.lease_contract"
SUMMARY = "Signed lease contracts"
MODE = "replace"
SCOPE = "'raw.lease_contract'"


def _problems(row: Row) -> Iterable[Problem]:
    """A contract that was left outside its term, or that cannot be left."""
    start, end, left = (row.values.get(name) for name in ("start_date", "end_date", "terminated_date"))
    if not isinstance(left, date):
        return
    if isinstance(start, date) and isinstance(end, date) and not start < left < end:
        what = f"{left} is not between start_date {start} and end_date {end}"
        yield row.problem("terminated_date", what, "leave it empty where the contract ran out")
    if row.values.get("termination_fee_usd") is None:
        what = f"nothing is said of leaving on {left}"
        yield row.problem("termination_fee_usd", what, "write what was owed, 0 where it was nothing")


_REGISTER = Register(TABLE, row_check=_problems)
claim = _REGISTER.claim
read = _REGISTER.read
