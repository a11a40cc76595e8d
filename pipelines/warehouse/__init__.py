"""The only place that opens DuckDB: connect, the delivery ledger, replacing a scope, publishing, verifying.

Not here: what a file means (sources), what a number means (dbt, projection).
"""
