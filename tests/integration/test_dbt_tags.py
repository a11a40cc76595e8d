"""Tags by rules with dates: every kind, priority, validity and case, on cost lines and rules written by hand.

June 2026. The middle of the month, the 15th, is where rules begin or end: a line of the 14th is the last before it.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from _telemetry import ask

from pipelines import transform
from pipelines.settings import Settings
from pipelines.warehouse import ingest, landing

BEFORE, AFTER = date(2026, 6, 14), date(2026, 6, 15)
MODELS = ["+fct_cost_tag_daily", "+fct_cost_daily"]

# Team: user:team speaks over the line's own, team_name from the 15th on; Team fills in; account 007 has a default.
# Cost centre: CC rewritten, until the 15th. Environment: every account has a default from the 15th on.
TAG_RULES = [
    {"rule_id": "a", "priority_index": 10, "tag_key": "team", "rule_kind": "rename", "source_key": "user:team"},
    {"rule_id": "b", "priority_index": 20, "tag_key": "team", "rule_kind": "rename", "source_key": "team_name",
     "valid_from_date": AFTER},
    {"rule_id": "c", "priority_index": 30, "tag_key": "team", "rule_kind": "fallback", "source_key": "Team"},
    {"rule_id": "d", "priority_index": 40, "tag_key": "team", "rule_kind": "account_default", "sub_account_id": "007",
     "default_value": "ops"},
    {"rule_id": "e", "priority_index": 10, "tag_key": "cc", "rule_kind": "regex", "source_key": "CC",
     "match_pattern": "lab|lab/x|CC-([0-9]+)", "replacement": r"c\1", "valid_to_date": AFTER},
    {"rule_id": "f", "priority_index": 90, "tag_key": "env", "rule_kind": "account_default", "default_value": "?",
     "valid_from_date": AFTER},
]  # fmt: skip
KEYS = ("team", "user:team", "team_name", "Team", "cc", "CC", "env")
WORKLOAD_RULES = [
    {"rule_id": "w1", "priority_index": 10, "workload": "search", "workload_kind": "inference",
     "match_field": "tag:team", "match_pattern": "search"},
    {"rule_id": "w2", "priority_index": 20, "workload": "running", "workload_kind": "other",
     "match_field": "sub_account_id", "match_pattern": "007"},
    {"rule_id": "w3", "priority_index": 5, "workload": "pinned", "workload_kind": "other",
     "match_field": "resource_id", "match_pattern": "pool/a-1: named"},
    {"rule_id": "w4", "priority_index": 15, "workload": "boxed", "workload_kind": "other",
     "match_field": "resource_id", "match_pattern": "box [0-9]+"},
    {"rule_id": "w5", "priority_index": 15, "workload": "dotted", "workload_kind": "other",
     "match_field": "resource_id", "match_pattern": "a.dot"},
    {"rule_id": "w6", "priority_index": 1, "workload": "late", "workload_kind": "other",
     "match_field": "resource_id", "match_pattern": "a-dot", "valid_from_date": AFTER},
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A cost line, and what is to become of its tags and workload.

    Attributes:
        tags: as delivered.
        normalised: by the rules; those of `tags` that are not named here stay as they are.
        workload: by the rules for workloads, with tag rules.
        raw_workload: the same without tag rules.
    """

    name: str
    day: date
    tags: dict[str, str]
    normalised: dict[str, str]
    workload: str | None = None
    raw_workload: str | None = None
    account: str = "001"

    @property
    def whole(self) -> dict[str, str]:
        """All tags by the rules."""
        return self.tags | self.normalised


CASES = [
    Case("a renamed key gives its value", BEFORE, {"user:team": "search"}, {"team": "search"}, "search"),
    Case("a renamed key speaks over the own tag", BEFORE, {"user:team": "ads", "team": "search"}, {"team": "ads"},
         None, "search"),
    Case("the lower priority number wins", AFTER, {"team_name": "ads", "user:team": "search"}, {"team": "search"},
         "search"),
    Case("a rename is not yet valid", BEFORE, {"team_name": "search"}, {}),
    Case("a rename is valid from its first day", AFTER, {"team_name": "search"}, {"team": "search"}, "search"),
    Case("a fallback fills in", BEFORE, {"Team": "search"}, {"team": "search"}, "search"),
    Case("a fallback leaves the own tag", BEFORE, {"Team": "ads", "team": "search"}, {}, "search", "search"),
    Case("a fallback comes after a rename", BEFORE, {"Team": "ads", "user:team": "search"}, {"team": "search"},
         "search"),
    Case("keys that differ by case are several", BEFORE, {"TEAM": "search"}, {}),
    Case("an account's default fills in", BEFORE, {"x": "1"}, {"team": "ops"}, "running", "running", account="007"),
    Case("an account's default leaves the own tag", BEFORE, {"team": "search"}, {}, "search", "search", account="007"),
    Case("an account's default comes after a fallback", BEFORE, {"Team": "search"}, {"team": "search"}, "search",
         "running", account="007"),
    Case("an account's default is of that account", BEFORE, {"x": "1"}, {}),
    Case("an account's default needs no tag at all", BEFORE, {}, {"team": "ops"}, "running", "running", account="007"),
    Case("a default of all accounts", AFTER, {"y": "1"}, {"env": "?"}),
    Case("a pattern rewrites and speaks over the own tag", BEFORE, {"CC": "CC-042", "cc": "x"}, {"cc": "c042"}),
    Case("a pattern rewrites the whole and not its first branch", BEFORE, {"CC": "lab/x"}, {"cc": "c"}),
    Case("a pattern must match the whole", BEFORE, {"CC": "old CC-042"}, {}),
    Case("a pattern has ended on its last day", AFTER, {"CC": "CC-042", "env": "prod"}, {}),
    Case("pool/a-1: named", BEFORE, {"team": "search"}, {}, "pinned", "pinned"),  # first by resource, then by tag
    Case("box 1", BEFORE, {"team": "search"}, {}, "search", "search"),  # first by tag, then by resource
    Case("box 12", BEFORE, {"x": "1"}, {"team": "ops"}, "boxed", "boxed", account="007"),  # then by account
    Case("box 12 a", BEFORE, {"x": "1"}, {}),  # the whole of a resource
    Case("a-dot", BEFORE, {"x": "1"}, {}, "dotted", "dotted"),  # a dot is any character; w6 is not yet valid
]  # fmt: skip
# The default of the environment holds for every line of the 15th that has none.
EXPECTED = {
    case.name: case.whole if case.day == BEFORE or "env" in case.whole else case.whole | {"env": "?"} for case in CASES
}


def line(number: int, case: Case) -> dict[str, object]:
    """A FOCUS line of 2^number USD billed, half of it effective: any sum tells what is in it."""
    return {
        "BillingAccountId": "acme", "SubAccountId": case.account, "ProviderName": "Lumen",
        "BillingPeriodStart": "2026-06-01T00:00:00Z", "BillingPeriodEnd": "2026-07-01T00:00:00Z",
        "ChargePeriodStart": f"{case.day}T00:00:00Z", "ChargePeriodEnd": f"{case.day}T01:00:00Z",
        "ChargeCategory": "Usage", "BillingCurrency": "USD", "BilledCost": 2**number, "EffectiveCost": 2**number / 2,
        "ResourceId": case.name, "SkuMeter": case.name, "Tags": json.dumps(case.tags),
    }  # fmt: skip


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """A CSV file of the rows; what a row does not name is empty."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
    return path


def build(settings: Settings, first: date = date(2026, 6, 1), last: date = date(2026, 7, 1), **more: Any) -> None:
    """The mart and what it is compared with, and their tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in transform.environment(settings).items():
            patch.setenv(name, value)
        transform.build(settings, from_date=first, to_date=last, as_of=last, select=MODELS, **more)


def home_with(folder: Path, tag_rules: list[dict[str, Any]]) -> Settings:
    """The cases as a bill, under some tag rules."""
    settings = Settings(home=folder / "home", min_free_disk_bytes=0)
    files = [
        write(folder / "bill.csv", [line(number, case) for number, case in enumerate(CASES)]),
        write(folder / "workload_rule.csv", WORKLOAD_RULES),
    ]
    files += [write(folder / "tag_rule.csv", tag_rules)] if tag_rules else []
    landing.add(settings, files, received_at=datetime(2026, 7, 2))
    for kind in ("billing", "registers"):
        ingest.ingest(settings, kind)
    build(settings, full_refresh=True)
    return settings


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return home_with(tmp_path_factory.mktemp("tags"), TAG_RULES)


@pytest.fixture(scope="module")
def without_rules(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return home_with(tmp_path_factory.mktemp("tags"), [])


def normalised(settings: Settings) -> dict[str, dict[str, str]]:
    """By case: tags that rules name. Each line has a meter of its own, so that lines stay apart."""
    return dict(
        ask(
            settings,
            "select lines.sku_meter, tags.normalised_tags from intermediate.int_cost_line_daily as lines "
            "inner join intermediate.int_cost_line_tag as tags on lines.charge_date = tags.charge_date "
            "and lines.tag_values = tags.tag_values and lines.sub_account_id = tags.sub_account_id",
        )
    )


def workloads(settings: Settings) -> dict[str, str | None]:
    """By case."""
    return dict(ask(settings, "select sku_meter, workload from intermediate.int_bill_daily"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_tags_by_the_rules_are_those_worked_out_by_hand(home: Settings, case: Case) -> None:
    """T09 among them."""
    known = {key: value for key, value in EXPECTED[case.name].items() if key in KEYS}
    assert normalised(home)[case.name] == known


def test_tags_as_delivered_stay_beside_them(home: Settings) -> None:
    delivered = ask(home, "select resource_id, tags from staging.stg_cost_line")
    assert dict(delivered) == {case.name: case.tags for case in CASES}


def test_a_workload_is_named_by_the_tag_that_the_rules_make(home: Settings) -> None:
    assert workloads(home) == {case.name: case.workload for case in CASES}


def test_without_rules_a_workload_is_named_by_the_tag_as_delivered(without_rules: Settings) -> None:
    assert workloads(without_rules) == {case.name: case.raw_workload for case in CASES}


def test_without_rules_tags_are_as_delivered(without_rules: Settings) -> None:
    assert normalised(without_rules) == {
        case.name: {key: value for key, value in case.tags.items() if key == "team"} for case in CASES
    }


def test_the_mart_shows_a_key_as_delivered_and_by_the_rules(home: Settings) -> None:
    """Of `team` on the 15th: cases 2 and 4 were given search, 14 and 18 (2^14 + 2^18) have none."""
    found = ask(
        home,
        "select raw_tag_value, normalised_tag_value, billed_cost, effective_cost, line_rows "
        f"from marts.fct_cost_tag_daily where tag_key = 'team' and charge_date = date '{AFTER}' order by line_rows, 3",
    )
    assert found == [(None, "search", 20, 10, 2), (None, None, 2**14 + 2**18, 2**13 + 2**17, 2)]


def test_the_mart_keeps_a_value_that_a_rule_speaks_over(home: Settings) -> None:
    """Case 1 was delivered as search, and is ads by rule a."""
    sql = "select raw_tag_value, normalised_tag_value, billed_cost from marts.fct_cost_tag_daily "
    sql += "where tag_key = 'team' and raw_tag_value <> normalised_tag_value"
    assert ask(home, sql) == [("search", "ads", 2)]


def test_every_key_adds_up_to_the_cost_of_all_lines(home: Settings) -> None:
    """24 lines of 2^0 to 2^23: 2^24 - 1, under each key that rules for tags or workloads name, and no other."""
    sql = "select tag_key, sum(billed_cost), sum(effective_cost), sum(line_rows) from marts.fct_cost_tag_daily "
    total = Decimal(2 ** len(CASES) - 1)
    assert {row[0]: row[1:] for row in ask(home, sql + "group by tag_key")} == {
        key: (total, total / 2, len(CASES)) for key in KEYS
    }


def test_without_tag_rules_the_keys_are_those_of_workload_rules(without_rules: Settings) -> None:
    assert ask(without_rules, "select distinct tag_key from marts.fct_cost_tag_daily") == [("team",)]


def test_a_day_built_alone_leaves_the_others_as_they_were(home: Settings) -> None:
    """S06."""
    before = ask(home, "select * from marts.fct_cost_tag_daily order by all")
    build(home, AFTER, AFTER + timedelta(days=1))
    assert ask(home, "select * from marts.fct_cost_tag_daily order by all") == before
