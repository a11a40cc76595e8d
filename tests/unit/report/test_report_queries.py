"""What a page reads of a version that other code published."""

import duckdb

from pipelines.contracts import contract_for
from pipelines.projection.tables import schema_of
from pipelines.report.queries import _Reader

TABLE = "projections.threshold"
KEY = {"scenario": "s", "as_of_date": "2026-09-01"}


def test_version_of_older_code_has_no_value_in_a_column_it_lacks():
    with duckdb.connect() as connection:
        connection.execute("create schema projections")
        connection.execute(contract_for(TABLE).ddl().replace(TABLE, "projections.newer"))
        connection.execute(f"create table {TABLE} as select * exclude (past_draws_frac) from projections.newer")
        connection.execute(f"insert into {TABLE} (scenario, as_of_date, parameter) values ('s', '2026-09-01', 'p')")
        found = _Reader(connection).projection(TABLE, KEY)
    assert dict(found.schema) == schema_of(contract_for(TABLE))
    assert found.select("parameter", "past_draws_frac").rows() == [("p", None)]
