"""Rules that an option meets or does not: where capacity stands, how fast and how safe it is, who runs it.

Belongs here: the schema of rules and of what is known of an option, and the judgement of one by the other. Not here:
limits that are shared and counted (`plan_limits.py`), what a rule costs (`constraints.py`).

What is not known of an option does not prove that it meets a rule, and is said so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from pipelines.projection.yaml_file import Strict

OWN = "own"  # the option of owning; the others are kinds of lease


class Constraints(Strict):
    """What rules a strategy out, or limits how much of it there may be."""

    max_lead_time_months: float | None = Field(default=None, ge=0.0, description="Longest acceptable lead time.")
    max_capex_usd: float | None = Field(
        default=None, ge=0.0, description="Most money that may go into hardware over the horizon."
    )
    max_capex_usd_per_year: float | None = Field(
        default=None, ge=0.0, description="The same in each year from the day of decision."
    )
    max_power_kw: float | None = Field(
        default=None, ge=0.0, description="Most power contracted for servers in service, of the workload or the pool."
    )
    max_rack_units: float | None = Field(default=None, ge=0.0, description="Most rack space of servers in service.")
    max_share_per_counterparty_frac: float | None = Field(
        default=None, ge=0.0, le=1.0, description="Largest share of the GPU-hours that one third party may serve."
    )
    max_spot_frac: float = Field(
        default=0.0, ge=0.0, le=1.0, description="Share of demand that the capacity plan may put on spot."
    )
    jurisdictions_allowed: list[str] | None = Field(
        default=None, min_length=1, description="Where capacity may stand; a country takes its subdivisions in."
    )
    compliance_required: list[str] | None = Field(
        default=None, min_length=1, description="Certificates that every option in use must hold."
    )
    max_latency_ms: float | None = Field(default=None, ge=0.0, description="Longest acceptable latency.")
    min_throughput_tokens_per_second: float | None = Field(
        default=None, ge=0.0, description="Lowest acceptable throughput of an option."
    )
    min_security_level_index: int | None = Field(
        default=None, ge=0, description="Lowest acceptable security level, on the company's own scale."
    )


class OptionFacts(Strict):
    """What is known of one way to get capacity: of owning (`own`) or of a kind of lease; None where it is not known."""

    jurisdiction: str | None = Field(default=None, description="ISO 3166 country, with subdivision where law differs.")
    counterparty: str | None = Field(
        default=None, description="Third party who provides it; none where the company does itself."
    )
    compliance: list[str] | None = Field(default=None, description="Certificates held.")
    latency_ms: float | None = Field(default=None, ge=0.0, description="Latency from where it is used.")
    throughput_tokens_per_second: float | None = Field(default=None, ge=0.0, description="Throughput it reaches.")
    security_level_index: int | None = Field(
        default=None, ge=0, description="Security level, on the company's own scale."
    )
    source: str = Field(min_length=3, description="Where that is known from.")


@dataclass(frozen=True)
class Verdict:
    """One rule on one strategy or option.

    Attributes:
        name: of the rule.
        limit: what is asked, in words.
        value: what is there, in words; None where it is not known.
        met: None where it is not proven.
        reason: why it is not met or not proven, in plain words; None where it is met.
        limit_value: the limit as a number, where it is one.
        actual_value: what is there as a number, where it is one.
    """

    name: str
    limit: str
    value: str | None
    met: bool | None
    reason: str | None = None
    limit_value: float | None = None
    actual_value: float | None = None


def judged(rules: Constraints, options: Sequence[str], facts: Mapping[str, OptionFacts]) -> Iterator[Verdict]:
    """Each rule on a set of options: met if all meet it, broken if one does, else not proven if one is unknown.

    Args:
        rules: of the scenario.
        options: what a strategy uses: `own`, kinds of lease.
        facts: what is known, by option.
    """
    for name in RULES:
        asked = getattr(rules, name)
        if asked is None:
            continue
        found = [_of_option(name, asked, option, facts.get(option)) for option in options]
        worst = next((item for item in found if item.met is False), None)
        worst = worst or next((item for item in found if item.met is None), None)
        if found:
            yield worst or found[0]


def _of_option(name: str, asked: object, option: str, facts: OptionFacts | None) -> Verdict:
    """One rule on one option."""
    value = None if facts is None else getattr(facts, RULES[name])
    said = option.replace("_", " ")
    fact = _WORDS[name]
    if value is None:
        reason = f"{said} is not proven to keep to {_plain(name)}: its {fact} is not known"
        return Verdict(name, _text(asked), None, None, reason, _number(asked), None)
    match name:
        case "jurisdictions_allowed":
            met = any(value == item or value.startswith(f"{item}-") for item in _list(asked))
            why = f"{said} stands in {value}, which is not among {_text(asked)}"
        case "compliance_required":
            lacking = [item for item in _list(asked) if item not in value]
            met, why = not lacking, f"{said} is not certified for {', '.join(lacking)}"
        case "max_latency_ms":
            met, why = value <= asked, f"{said} answers in {value:g} ms, above the {asked:g} allowed"
        case _:
            met, why = value >= asked, f"{said} has a {fact} of {value:g}, below the {asked:g} required"
    return Verdict(name, _text(asked), _text(value), met, None if met else why, _number(asked), _number(value))


# Rule, and the fact of an option that it looks at.
RULES = {
    "jurisdictions_allowed": "jurisdiction",
    "compliance_required": "compliance",
    "max_latency_ms": "latency_ms",
    "min_throughput_tokens_per_second": "throughput_tokens_per_second",
    "min_security_level_index": "security_level_index",
}
_WORDS = {
    "jurisdictions_allowed": "jurisdiction",
    "compliance_required": "list of certificates",
    "max_latency_ms": "latency",
    "min_throughput_tokens_per_second": "throughput",
    "min_security_level_index": "security level",
}


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _list(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _text(value: object) -> str:
    return ", ".join(_list(value)) if isinstance(value, list | str) else f"{value:,.10g}"


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
