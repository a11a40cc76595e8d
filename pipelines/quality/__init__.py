"""The gates: Great Expectations suites, generated from contracts where a contract says it all.

Belongs here: what must hold of the data before dbt builds on it ("ingest") and before readers see it ("publish"), and
how that is told. Not here: writing any table, what dbt's own tests claim of the models, checks of a single delivery
while it is loaded (warehouse).
"""

from pipelines.quality.gate import GateResult, raise_on_failure, run_gate

__all__ = ["GateResult", "raise_on_failure", "run_gate"]
