"""The size of a building of one's own, which its components share."""

import polars as pl

SIZE_NEEDS = ("server_contracted_kw", "facility_minimum_kw")


def built_kw() -> pl.Expr:
    """KW of critical load: `max(servers · contracted kW, smallest building · share of the site)`; 0 without servers."""
    wanted_kw = pl.col("built_servers_count") * pl.col("server_contracted_kw")
    least_kw = pl.col("facility_minimum_kw") * pl.col("site_share_frac")
    return pl.when(wanted_kw > 0.0).then(pl.max_horizontal(wanted_kw, least_kw)).otherwise(0.0)
