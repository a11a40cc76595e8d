"""Hardware of one's own against APIs by the token: the printed months, and which inputs they follow from."""

import pytest

APIS = ("gpt_5", "claude_4_opus", "claude_4_sonnet", "grok_4", "gemini_2_5_pro")
VERIFIED = ("gpt_5", "claude_4_opus", "claude_4_sonnet", "gemini_2_5_pro")


@pytest.fixture
def table(golden):
    return golden("pan_2509_18101")


@pytest.fixture
def months(answer):
    """Payback in months of a model against an API."""
    found = answer("pan_2509_18101")

    def of(model, api, printed=""):
        variant = f"{api}{printed}" if printed or api != "gpt_5" else "base"
        return found.summary(workload=model, variant=variant)["payback_months"]

    return of


def test_scenario_types_in_the_published_inputs(table, answer):
    scenario = answer("pan_2509_18101").scenario
    typed = {key: value.base for key, value in scenario.assumptions.items()}
    given, effective = table["printed_inputs"], table["effective_inputs"]
    assert scenario.conventions.hours_per_month == effective["hours_per_month"]
    assert typed["server_peak_kw"] == effective["a100_kw"]
    assert typed["energy_usd_per_kwh"] == given["usd_per_kwh"]
    price = {"A100": given["a100_usd"], "RTX5090": given["rtx5090_usd"]}
    assert [[w.workload, w.gpus, w.gpu_model, w.tokens_per_second] for w in scenario.workloads] == [
        row[:4] for row in table["printed_months"]
    ]
    assert all(w.assumptions["server_price_usd"].base == price[w.gpu_model] for w in scenario.workloads)


def test_printed_months_follow_from_the_effective_inputs(table, months):
    for row in table["printed_months"]:
        found = [months(row[0], api) for api in APIS]
        assert found == pytest.approx(row[5:], abs=table["tolerance"]["months"]), row[0]


def test_verified_months_to_three_places(table, months):
    for model, verified in table["verified_months_with_effective_inputs"].items():
        assert [months(model, api) for api in VERIFIED] == pytest.approx(verified, abs=0.0011), model


def test_printed_inputs_give_other_months_than_printed(table, months):
    (row,) = (row for row in table["printed_months"] if row[0] == "Kimi-K2")
    printed = dict(zip(APIS, row[5:], strict=True))
    for model, differing in table["must_differ_with_printed_inputs"].items():
        found = [months(model, api, "_as_printed") for api in VERIFIED]
        assert found == pytest.approx(differing, abs=0.006)
        assert all(abs(value - printed[api]) > 0.5 for value, api in zip(found, VERIFIED, strict=True))


def test_tokens_of_a_month_confirm_176_hours(table, answer):
    for row in table["printed_months"]:
        tokens = answer("pan_2509_18101").summary(workload=row[0])["tokens_count"] / 120
        assert tokens / 1e6 == pytest.approx(row[4], abs=0.051), row[0]
