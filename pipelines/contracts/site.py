"""Sites that hold owned assets, with what the site costs and how it runs, by validity."""

from pipelines.contracts import LINEAGE, MONEY, Column, Contract

CONTRACT = Contract(
    table="raw.site",
    grain="One row per site and validity.",
    key=("site_id", "valid_from_date"),
    columns=(
        *LINEAGE,
        Column("site_id", "VARCHAR", "Site.", nullable=False),
        Column("site_name", "VARCHAR", "Name.", nullable=False),
        Column("operator", "VARCHAR", "Colocation provider, or the company itself.", nullable=False),
        Column("jurisdiction", "VARCHAR", "ISO 3166 country, with subdivision where law differs.", nullable=False),
        Column("valid_from_date", "DATE", "First day these terms hold.", nullable=False),
        Column("valid_to_date", "DATE", "First day they no longer hold; null while they do."),
        Column("pue_ratio", MONEY, "Facility energy over IT energy.", nullable=False, minimum=1),
        Column("colocation_usd_per_kw_month", MONEY, "Space and power capacity.", nullable=False, minimum=0),
        Column("demand_charge_usd_per_kw_month", MONEY, "Grid demand charge.", nullable=False, minimum=0),
        Column("network_usd_per_month", MONEY, "Carriers, cross connects.", nullable=False, minimum=0),
        Column("physical_security_usd_per_month", MONEY, "Guards, access.", nullable=False, minimum=0),
        Column("compliance_usd_per_year", MONEY, "Audits and certificates.", nullable=False, minimum=0),
        Column("facility_opex_usd_per_month", MONEY, "Other running cost of the building.", nullable=False, minimum=0),
        Column("staff_usd_per_fte_year", MONEY, "Loaded cost of one full-time post.", nullable=False, minimum=0),
        Column("staff_minimum_fte", MONEY, "Posts needed whatever the fleet (24×7 cover).", nullable=False, minimum=0),
        Column("staff_gpus_per_fte", MONEY, "GPUs one further post can run (step function).", nullable=False, minimum=1),
        Column("grid_gco2e_per_kwh", MONEY, "Location-based grid factor.", minimum=0),
    ),
)
