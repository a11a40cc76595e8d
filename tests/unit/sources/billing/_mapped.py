"""A small mapping and its CSV, which tests change key by key."""

from __future__ import annotations

from pathlib import Path

from _run import Outcome, candidates, run

from pipelines.sources.billing import mapped_csv

MAPPING = """\
mapping: acme
files: "*.csv"
csv: {encoding: utf-8, delimiter: ","}
numbers: {decimal: ".", thousands: none}
times: {format: iso, zone: UTC, end: exclusive}
period: month_of_charge
constants:
  ServiceProviderName: Acme Cloud
  BillingCurrency: USD
columns:
  BillingAccountId: account
  ChargeCategory: {column: kind, values: {usage: Usage, credit: Credit}}
  ChargePeriodStart: start
  ChargePeriodEnd: end
  BilledCost: amount
"""
HEADER = "account,kind,start,end,amount"
LINE = "007,usage,2026-08-01,2026-08-02,1.50"


def changed(old: str, new: str) -> str:
    """The mapping with a part of its text replaced, which stands in it once."""
    assert MAPPING.count(old) == 1, old
    return MAPPING.replace(old, new)


def write(folder: Path, mapping: str, content: str | bytes, name: str = "bill.csv") -> Path:
    """A mapping and a CSV in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "acme.mapping.yaml").write_text(mapping)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def outcome(folder: Path, mapping: str, *lines: str, header: str = HEADER) -> Outcome:
    """One CSV through a mapping."""
    write(folder, mapping, "\n".join((header, *lines)) + "\n")
    (claim,) = mapped_csv.claim(candidates(folder))
    return run(mapped_csv, claim)
