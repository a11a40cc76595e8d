"""Whether the data behind it can be trusted: bills that close, age, what no catalogue knows, what was refused."""

from __future__ import annotations

from decimal import Decimal

from pipelines.report import cells
from pipelines.report.blocks import Block, Column, Note, Section, table
from pipelines.report.queries import Facts

TITLE = "Does the bill close"
RECONCILIATION = (
    Column("source", "source"),
    Column("account", "billing_account_id"),
    Column("periods", "periods"),
    Column("scopes", "scopes_count", cells.count),
    Column("no invoice yet", "estimated_count", cells.count),
    Column("rows", "modelled_rows", cells.count),
    Column("rows rejected", "rejected_rows", cells.count),
    Column("provider's own total", "provider_billed_cost", cells.cents),
    Column("beyond delivered", "provider_difference_billed_cost", cells.cents),
    Column("delivered", "delivered_billed_cost", cells.cents),
    Column("modelled", "modelled_billed_cost", cells.cents),
    Column("unexplained", "unexplained_billed_cost", cells.cents),
    Column("unexplained, effective", "unexplained_effective_cost", cells.cents),
)
UNEXPLAINED = (
    Column("source", "source"),
    Column("account", "billing_account_id"),
    Column("period", "billing_period_date", cells.month),
    Column("scope", "scope"),
    Column("currency", "billing_currency"),
    Column("modelled", "modelled_billed_cost", cells.cents),
    Column("unexplained", "unexplained_billed_cost", cells.cents),
    Column("unexplained, effective", "unexplained_effective_cost", cells.cents),
)
INVOICES = (
    Column("invoice", "invoice_id"),
    Column("issuer", "invoice_issuer_name"),
    Column("account", "billing_account_id"),
    Column("period", "billing_period_date", cells.month),
    Column("currency", "billing_currency"),
    Column("stated", "stated_billed_cost", cells.cents),
    Column("its lines", "modelled_billed_cost", cells.cents),
    Column("difference", "difference_billed_cost", cells.cents),
    Column("explained by", "explanation"),
)
FRESHNESS = (
    Column("kind", "kind"),
    Column("source", "source"),
    Column("newest data end", "data_until", cells.day, "UTC"),
    Column("age", "age_days", cells.count, "days"),
)
SKUS = (
    Column("provider", "service_provider_name"),
    Column("machine type", "instance_type"),
    Column("meter", "sku_meter"),
    Column("lines", "line_rows", cells.count),
    Column("effective cost", "effective_cost_usd", cells.cents, "USD"),
    Column("from", "first_charge_date", cells.day),
    Column("to", "last_charge_date", cells.day),
)
REJECTED = (
    Column("source", "source"),
    Column("reason", "reason"),
    Column("rows", "rejected_rows", cells.count),
    Column("billed cost", "billed_cost", cells.cents, "billing currency"),
)
CHECKS = (
    Column("gate", "gate"),
    Column("table", "table_name"),
    Column("column", "column_name"),
    Column("expectation", "expectation"),
    Column("seen", "observed"),
    Column("rows against it", "unexpected_rows", cells.count),
)


def section(facts: Facts) -> Section:
    """Reconciliation first, then what else a reader should know."""
    blocks: list[Block] = [Note(closes(facts))]
    if facts.reconciliation:
        rows = [
            {**row, "periods": f"{row['first_period_date']:%Y-%m} to {row['last_period_date']:%Y-%m}"}
            for row in facts.reconciliation
        ]
        blocks.append(
            table(
                "reconciliation",
                "Delivered against modelled, in billing currency",
                RECONCILIATION,
                rows,
                group="billing_currency",
                mark=lambda row: "alarm" if row["open_count"] else "",
            )
        )
    if facts.unexplained:
        blocks.append(table("unexplained", "Scopes that do not close", UNEXPLAINED, facts.unexplained))
    if facts.invoices:
        blocks.append(
            table(
                "invoices",
                "Invoices as stated, and their lines",
                INVOICES,
                facts.invoices,
                mark=lambda row: "" if row["is_equal"] else "alarm",
            )
        )
    blocks += [
        _or_note("freshness", "Age of the newest data", FRESHNESS, facts.freshness, "No source has delivered yet."),
        _or_note("unknown-skus", "Likely GPU machines that no catalogue knows", SKUS, facts.unknown_skus,
                 "Every GPU machine on the bills is in the catalogue."),
        _or_note("rejected", "Rows that could not be kept", REJECTED, facts.rejected, "No delivered row was rejected."),
        _or_note("checks", "Checks that did not hold", CHECKS, facts.failed_checks,
                 "No recorded check has failed."),
    ]  # fmt: skip
    return Section("trust", TITLE, tuple(blocks))


def closes(facts: Facts) -> str:
    """Whether every bill closes, in one sentence."""
    if not facts.reconciliation:
        return "No bill has been delivered, so there is nothing to close."
    scopes = sum(row["scopes_count"] for row in facts.reconciliation)
    open_scopes = sum(row["unexplained_count"] for row in facts.reconciliation)
    if not open_scopes:
        kept = f"{scopes:,} of {scopes:,} scopes: what was delivered equals what is modelled, to the last digit."
        differing = _differing(facts)
        return (
            f"Not with what was invoiced: {differing}. Between file and model, {kept}"
            if differing
            else _yes(facts, kept)
        )
    gap = sum((abs(row["unexplained_billed_cost"] or Decimal(0)) for row in facts.unexplained), Decimal(0))
    return (
        f"No: {open_scopes:,} of {scopes:,} scopes do not close. {cells.cents(gap).text} of billed cost is "
        "unexplained, which is a defect to be found before signing."
    )


def matching_invoices(facts: Facts) -> int:
    """How many of the invoices that are stated equal their lines, to the cent."""
    return sum(row["is_equal"] for row in facts.invoices)


def _differing(facts: Facts) -> str:
    """What was stated by those who invoice and is not what their lines add up to; '' for nothing."""
    invoices = len(facts.invoices) - matching_invoices(facts)
    scopes = sum(row["scopes_count"] for row in facts.reconciliation)
    totals = sum(row["provider_differing_count"] for row in facts.reconciliation)
    said = [f"{invoices:,} of {len(facts.invoices):,} invoices as stated differ from their lines"] if invoices else []
    if totals:
        said.append(f"{totals:,} of {scopes:,} scopes differ from their provider's own total")
    return ", and ".join(said)


def _yes(facts: Facts, kept: str) -> str:
    if facts.invoices:
        return f"Yes, {kept} {len(facts.invoices):,} of {len(facts.invoices):,} invoices as stated equal their lines."
    return f"Yes, {kept} No invoice was stated to compare the files with."


def _or_note(key: str, caption: str, columns: tuple[Column, ...], rows: list[dict[str, object]], none: str) -> Block:
    return table(key, caption, columns, rows) if rows else Note(none)
