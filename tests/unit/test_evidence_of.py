"""What the projection reads of a published file."""

import duckdb
import pytest

from pipelines.decide import evidence_of
from pipelines.errors import NoDataError


def test_a_file_published_by_an_older_version_is_told_apart_from_a_broken_one() -> None:
    """Its marts lack a table or a column; the next night brings it."""
    with duckdb.connect() as connection:
        connection.execute("create schema marts; create table marts.dim_asset as select 'A' as asset_id")
        with pytest.raises(NoDataError, match="lacks what this version asks for") as raised:
            evidence_of(connection)
    assert raised.value.next_step == "run: tenure refresh"
