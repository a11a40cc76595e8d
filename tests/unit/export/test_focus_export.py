"""FOCUS out: the columns of each version, and rows of a bill and of owned assets as they were written."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.contracts import contract_for
from pipelines.errors import NoDataError, UsageError
from pipelines.export.focus import export
from pipelines.export.focus_columns import of_version
from pipelines.settings import Settings

LINE = {
    "delivery_id": "d1",
    "source_part": "a.csv",
    "source_row": 7,
    "source": "focus",
    "billing_account_id": "007",
    "billing_period_start": datetime(2026, 7, 1),
    "billing_period_end": datetime(2026, 8, 1),
    "charge_period_start": datetime(2026, 7, 3),
    "charge_period_end": datetime(2026, 7, 4),
    "service_provider_name": "AWS",
    "invoice_issuer_name": "Amazon Web Services, Inc.",
    "charge_category": "Usage",
    "billing_currency": "USD",
    "billed_cost": "0",
    "effective_cost": "12.5",
    "list_cost": "20",
    "consumed_quantity": "2",
    "consumed_unit": "Hrs",
    "service_name": "Amazon EC2",
    "service_category": "Compute",
    "instance_type": "p5.48xlarge",
    "resource_id": "i-1",
}


@pytest.fixture
def home(tmp_path: Path):
    """A warehouse with cost lines, and owned components of two days, one on either side of a month's end."""

    def make(*changes: dict[str, object]) -> Settings:
        settings = Settings(home=tmp_path / "home", min_free_disk_bytes=0)
        settings.paths.warehouse.mkdir(parents=True)
        with duckdb.connect(str(settings.paths.database)) as connection:
            connection.execute("create schema raw; create schema intermediate; create schema staging")
            connection.execute(contract_for("raw.cost_line").ddl())
            for number, change in enumerate(changes or ({},)):
                row = LINE | {"source_row": number + 1} | change
                names = ", ".join(f"? as {name}" for name in row)
                connection.execute(
                    f"insert into raw.cost_line by name select {names}, map(['team'], ['=ml']) as tags",
                    list(row.values()),
                )
            connection.execute(
                "create table staging.stg_instance_type as select 'AWS' as service_provider_name, "
                "'p5.48xlarge' as instance_type, 'H100-SXM-80GB' as gpu_model"
            )
            connection.execute(
                "create table intermediate.int_commitment_gpu as select 'AWS' as service_provider_name, "
                "'plan' as commitment_discount_id, 'H200-SXM-141GB' as gpu_model"
            )
            connection.execute(
                "create table staging.stg_asset as select 'srv-1' as asset_id, 'server' as asset_class, "
                "'H100-SXM-80GB' as gpu_model"
            )
            connection.execute(
                "create table intermediate.int_owned_cost_daily as "
                "select * from (values (date '2026-07-31', 'colo', 'srv-1', 'depreciation', "
                "cast(100.25 as decimal(38,18))), (date '2026-08-01', 'colo', 'srv-1', 'depreciation', 100.25), "
                "(date '2026-07-31', 'colo', null, 'staff', 3)) "
                "as rows(usage_date, site_id, asset_id, component, cost_usd)"
            )
        return settings

    return make


def july(settings: Settings, folder: Path, **options: str):
    wanted = {"version": "1.4", "sourcing": "all"} | options
    return export(settings, folder, first=date(2026, 7, 1), last=date(2026, 8, 1), **wanted)


def rows(path: Path, *columns: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(
            f"select {', '.join(columns)} from read_parquet('{path}') order by x_Sourcing, x_SourceRow, ServiceName"
        ).fetchall()


@pytest.mark.parametrize(("version", "count"), [("1.2", 57), ("1.3", 65), ("1.4", 65)])
def test_a_version_has_as_many_columns_as_its_specification(version: str, count: int) -> None:
    assert len([name for name in of_version(version) if not name.startswith("x_")]) == count


def test_provider_and_publisher_went_with_1_4_and_came_new_with_1_3() -> None:
    old, new = {"ProviderName", "PublisherName"}, {"ServiceProviderName", "HostProviderName"}
    assert old <= set(of_version("1.2"))
    assert not new & set(of_version("1.2"))
    assert old | new <= set(of_version("1.3"))
    assert not old & set(of_version("1.4"))


def test_leased_and_owned_rows_of_the_period_are_in_one_file(home, tmp_path: Path) -> None:
    done = july(home(), tmp_path / "out")
    # 12.50 leased; owned in July 100.25 + 3, the day of August is another period
    assert (done.leased_rows, done.owned_rows) == (1, 2)
    assert (done.billed_cost, done.effective_cost) == ({"USD": Decimal(0)}, {"USD": Decimal("115.75")})
    assert rows(done.path, "x_Sourcing", "BilledCost", "EffectiveCost", "ServiceName") == [
        ("leased", Decimal(0), Decimal("12.5"), "Amazon EC2"),
        ("owned", Decimal(0), Decimal("100.25"), "depreciation"),
        ("owned", Decimal(0), Decimal(3), "staff"),
    ]


@pytest.mark.parametrize(("sourcing", "counts"), [("leased", (1, 0)), ("owned", (0, 2))])
def test_one_side_can_be_asked_for(home, tmp_path: Path, sourcing: str, counts: tuple[int, int]) -> None:
    done = july(home(), tmp_path / "out", sourcing=sourcing)
    assert (done.leased_rows, done.owned_rows) == counts


def test_every_leased_row_says_where_it_came_from(home, tmp_path: Path) -> None:
    """Promise 3, and T07: an account keeps its leading zeros."""
    done = july(home(), tmp_path / "out", sourcing="leased")
    assert rows(done.path, "x_DeliveryId", "x_SourcePart", "x_SourceRow", "BillingAccountId") == [
        ("d1", "a.csv", 1, "007")
    ]


def test_a_row_has_the_gpu_of_its_machine_type_else_of_what_its_commitment_covers(home, tmp_path: Path) -> None:
    plan = {"instance_type": None, "commitment_discount_id": "plan"}
    done = july(home({}, plan, {"instance_type": "m7i.large"}), tmp_path / "out", sourcing="leased")
    assert rows(done.path, "x_GpuModel") == [("H100-SXM-80GB",), ("H200-SXM-141GB",), (None,)]


def test_a_cost_that_focus_forbids_to_be_null_says_what_stands_for_it(home, tmp_path: Path) -> None:
    done = july(home({}, {"list_cost": None}, {"contracted_cost": "15"}), tmp_path / "out", sourcing="leased")
    assert rows(done.path, "ListCost", "x_ListCostBasis", "ContractedCost", "x_ContractedCostBasis") == [
        (Decimal(20), "list", Decimal(20), "list"),
        (Decimal("12.5"), "effective", Decimal("12.5"), "effective"),
        (Decimal(20), "list", Decimal(15), "contracted"),
    ]


def test_units_are_spelled_as_focus_does_and_never_stand_alone(home, tmp_path: Path) -> None:
    lines = [{}, {"consumed_unit": None}, {"commitment_discount_status": "Unused"}]
    done = july(home(*lines), tmp_path / "out", sourcing="leased")
    assert rows(done.path, "ConsumedQuantity", "ConsumedUnit") == [(Decimal(2), "Hours"), (None, None), (None, None)]


def test_the_sellers_own_company_is_no_third_party(home, tmp_path: Path) -> None:
    done = july(home({}, {"invoice_issuer_name": "A Reseller Ltd"}), tmp_path / "out", sourcing="leased")
    assert rows(done.path, "InvoiceIssuerName") == [("AWS",), ("A Reseller Ltd",)]


def test_a_service_has_one_category_its_commonest(home, tmp_path: Path) -> None:
    lines = [{}, {}, {"service_category": "Storage"}, {"service_category": None}]
    done = july(home(*lines), tmp_path / "out", sourcing="leased")
    assert rows(done.path, "ServiceCategory", "ServiceSubcategory") == [("Compute", "Other (Compute)")] * 4


def test_tags_are_json_and_stay_as_they_are(home, tmp_path: Path) -> None:
    """X06 is for spreadsheets; a file for machines keeps the value."""
    done = july(home(), tmp_path / "out", sourcing="leased")
    assert rows(done.path, "Tags") == [('{"team":"=ml"}',)]


def test_the_same_rows_give_the_same_bytes(home, tmp_path: Path) -> None:
    settings = home({}, {"source_part": "b.csv"})
    assert july(settings, tmp_path / "a").path.read_bytes() == july(settings, tmp_path / "b").path.read_bytes()


def test_a_version_that_is_not_written_is_refused(home, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"FOCUS 1\.1 is not written"):
        july(home(), tmp_path / "out", version="1.1")


def test_a_period_without_rows_leaves_no_file(home, tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match="no rows of billing periods from 2020-01-01"):
        export(home(), tmp_path / "out", version="1.4", first=date(2020, 1, 1), last=date(2020, 2, 1))
    assert list((tmp_path / "out").iterdir()) == []
