"""4,096 GPUs at three providers: the published months and totals against what the scenario file gives."""

import pytest

PROVIDERS = {"gold": "base", "hyperscaler": "hyperscaler", "silver": "silver"}
# the table's words for what comes beside the price
ITEMS = {
    "gpu": "on_demand",
    "storage": "storage",
    "network": "data_transfer",
    "cpu": "cpu_nodes",
    "support": "bill_support",
    "goodput": "goodput_loss",
    "debugging": "debugging",
}


@pytest.fixture
def table(golden):
    return golden("cluster_tco_4096")


@pytest.fixture
def found(answer):
    return answer("cluster_tco_4096")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_line_items_of_a_month(table, found, provider):
    month = found.cash(1, "stay_on_demand", variant=PROVIDERS[provider])
    printed = {ITEMS[item]: usd for item, usd in table[provider].items() if item in ITEMS}
    assert {item: month.pop(item) for item in printed} == pytest.approx(
        printed, abs=table["tolerance"]["usd_per_month"]
    )
    assert set(month.values()) == {0.0}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_setting_up_is_paid_once(table, found, provider):
    first, second = (found.cash(index, "stay_on_demand", variant=PROVIDERS[provider]) for index in (0, 1))
    assert (first["setup"], second["setup"]) == (table[provider].get("setup_one_off", 0), 0)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_total_of_36_months_and_of_one(table, found, provider):
    total = found.summary("stay_on_demand", variant=PROVIDERS[provider])["total_cost_usd_nominal"]
    assert total == pytest.approx(table[provider]["total_36_months"], abs=table["tolerance"]["usd_total"])
    assert total / 36 == pytest.approx(table[provider]["total_per_month"], abs=table["tolerance"]["usd_per_month"])
