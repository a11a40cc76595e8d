"""Register of owned assets (CSV or YAML)."""

from collections.abc import Iterable
from decimal import Decimal

from pipelines.sources.handkept import Problem, Row
from pipelines.sources.registers._register import Register

KIND = "registers"
TABLE = "raw.asset"
SUMMARY = "Owned assets: what was bought, when, for how much, where it stands"
MODE = "replace"
SCOPE = "'raw.asset'"


def _problems(row: Row) -> Iterable[Problem]:
    """Amounts that contradict one another."""
    price, salvage = row.values.get("purchase_price_usd"), row.values.get("salvage_usd")
    if isinstance(price, Decimal) and isinstance(salvage, Decimal) and salvage > price:
        yield row.problem(
            "salvage_usd", f"{salvage} is above purchase_price_usd {price}", "an asset cannot gain by age"
        )
    gpus = row.values.get("gpus")
    if isinstance(gpus, int) and gpus > 0 and row.values.get("gpu_model") is None:
        yield row.problem("gpu_model", f"nothing is said of {gpus} gpus", "write their model: their hours go by it")
    retired, proceeds = row.values.get("retired_date"), row.values.get("sale_proceeds_usd")
    if retired is not None and proceeds is None:
        yield row.problem("sale_proceeds_usd", f"nothing is said for {retired}", "write 0 where it was scrapped")
    if retired is None and proceeds is not None:
        yield row.problem("sale_proceeds_usd", f"{proceeds} without a retired_date", "write the day it left")


_REGISTER = Register(TABLE, row_check=_problems)
claim = _REGISTER.claim
read = _REGISTER.read
