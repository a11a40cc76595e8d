"""What the bills were known to say, and from when to when: kept when later deliveries replace their lines."""

from pipelines.contracts import MONEY, Column, Contract

CONTRACT = Contract(
    table="meta.cost_known_daily",
    grain=(
        "One row per scope, charge date, account, service, category, invoice and currency, and per time from which it "
        "was known so."
    ),
    key=("delivery_id", "change_index"),
    columns=(
        Column("scope", "VARCHAR", "Scope it is said of (see meta.delivery).", nullable=False),
        Column("source", "VARCHAR", "Source module.", nullable=False),
        Column("billing_account_id", "VARCHAR", "Account the invoice is addressed to.", nullable=False),
        Column("sub_account_id", "VARCHAR", "Account, subscription or project that used the resource."),
        Column("billing_period_date", "DATE", "First day of the billing period: the invoice's month.", nullable=False),
        Column("charge_date", "DATE", "Day the charge starts on: the day of use.", nullable=False),
        Column("invoice_id", "VARCHAR", "Invoice; null while the period is not final."),
        Column("service_provider_name", "VARCHAR", "Who sells the service.", nullable=False),
        Column("service_name", "VARCHAR", "Provider's service."),
        Column("charge_category", "VARCHAR", "Kind of charge.", nullable=False),
        Column("charge_class", "VARCHAR", "'Correction' for a change to an earlier period."),
        Column("billing_currency", "VARCHAR", "ISO 4217 code of the costs.", nullable=False),
        Column("line_rows", "BIGINT", "Lines behind the row.", nullable=False, minimum=1),
        Column("billed_cost", MONEY, "What the invoice says.", unit="billing currency", nullable=False),
        Column("effective_cost", MONEY, "Amortised cost.", unit="billing currency", nullable=False),
        Column("known_from_at", "TIMESTAMP", "When the delivery arrived that said so first.", nullable=False),
        Column("delivery_id", "VARCHAR", "That delivery.", nullable=False),
        Column("change_index", "INTEGER", "Place among what that delivery said otherwise, 1-based.", nullable=False, minimum=1),
        Column("known_to_at", "TIMESTAMP", "When the delivery arrived that no longer said so; null while it is so."),
        Column("replaced_by", "VARCHAR", "That delivery."),
    ),
)
