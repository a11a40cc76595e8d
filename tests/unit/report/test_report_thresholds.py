"""Which thresholds stand open on the page."""

from pipelines.report.sections.thresholds import flipping


def _row(strategy: str) -> dict[str, object]:
    number = "energy_usd_per_kwh"
    return {
        "workload": "serve",
        "strategy": strategy,
        "parameter": number,
        "direction": "rise to",
        "base": (0.1, number),
        "threshold": (0.2, number),
        "past": 0.25,
    }


def test_what_flips_the_advice_stands_open_and_the_rest_is_folded() -> None:
    advised, other = flipping(
        [_row("commit_1y"), _row("own_colocation"), _row("sign_contract")], {"serve": "commit_1y"}
    )
    assert (advised.folded, [row.cells[0].text for row in advised.rows if row.cells]) == (False, ["commit 1y"])
    assert (other.folded, [row.cells[0].text for row in other.rows if row.cells]) == (
        True,
        ["own colocation", "sign contract"],
    )


def test_where_nothing_flips_a_sentence_says_so() -> None:
    (note,) = flipping([], {"serve": "commit_1y"})
    assert "No single number flips" in note.text
