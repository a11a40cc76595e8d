"""What AWS's own words mean, in whatever export they stand: line item types and usage types.

Belongs here: kinds of charge, amortised cost, machine types. Not here: column layouts and manifests.

`net…` columns are not read. They exist only for accounts with private discounts, and tell again, spread over the lines,
what the lines of type EdpDiscount, PrivateRateDiscount and so on say on their own. There is none for the used part of a
savings plan, so its unused part cannot be had net: it is all of them or none, and the invoice adds up from none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pipelines.sources.billing._mapping import case_of, first_of
from pipelines.sources.sql import Fields, literal, money

LINE_ITEM_TYPE: Final = "lineItem/LineItemType"
UNBLENDED: Final = "lineItem/UnblendedCost"
USAGE_TYPE: Final = "lineItem/UsageType"
SAVINGS_PLAN_ARN: Final = ("savingsPlan/SavingsPlanARN", "savingsPlan/SavingsPlanArn")
RESERVATION_ARN: Final = ("reservation/ReservationARN", "reservation/ReservationArn")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amortised cost.

    Attributes:
        words: the formula, for people.
        sql: its DECIMAL over a file's columns; null where a number is missing or cannot be read.
        reads: the columns it reads, each with its other spellings.
    """

    words: str
    sql: Callable[[Fields], str]
    reads: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """What a line item type is in FOCUS terms.

    Attributes:
        charge_category: FOCUS category.
        charge_frequency: FOCUS frequency.
        effective_cost: amortised cost.
    """

    charge_category: str
    charge_frequency: str
    effective_cost: Amount


def _number(fields: Fields, *names: str) -> str:
    return money(first_of(fields, *names)).sql


def _or_else(fields: Fields, name: str, otherwise: str) -> str:
    """The number, and `otherwise` where there is no text. Text that is no number stays null, to reject the row."""
    return f"case when {first_of(fields, name)} is null then {otherwise} else {_number(fields, name)} end"


def reservation_arn(fields: Fields) -> str:
    """SQL of the reservation a line belongs to; older reports name it in the resource only."""
    resource = first_of(fields, "lineItem/ResourceId")
    named = f"case when regexp_matches({resource}, '^arn:.*:(ri:|reserved[-a-z]*[:/])') then {resource} end"
    return f"coalesce({first_of(fields, *RESERVATION_ARN)}, {named})"


def _unused_savings_plan(fields: Fields) -> str:
    # A commitment without its total is the fee itself; without its used part, all of it is unused.
    total = _or_else(fields, "savingsPlan/TotalCommitmentToDate", _number(fields, UNBLENDED))
    return f"({total}) - ({_or_else(fields, 'savingsPlan/UsedCommitment', '0')})"


def _unused_reservation(fields: Fields) -> str:
    upfront = _or_else(fields, "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod", "0")
    return f"({upfront}) + ({_or_else(fields, 'reservation/UnusedRecurringFee', '0')})"


def _fee(fields: Fields) -> str:
    return f"case when {reservation_arn(fields)} is not null then 0 else {_number(fields, UNBLENDED)} end"


def _refund(fields: Fields) -> str:
    description = first_of(fields, "lineItem/LineItemDescription")
    plan = f"starts_with({description}, 'Refund for one-time fee for Savings Plan ID')"
    return f"case when {plan} then 0 else {_number(fields, UNBLENDED)} end"


AS_BILLED: Final = Amount("UnblendedCost", lambda fields: _number(fields, UNBLENDED), ((UNBLENDED,),))
NOTHING: Final = Amount("0: it is in the cost of the usage that it covers", lambda fields: "0")
COVERED_BY_PLAN: Final = Amount(
    "SavingsPlanEffectiveCost",
    lambda fields: _number(fields, "savingsPlan/SavingsPlanEffectiveCost"),
    (("savingsPlan/SavingsPlanEffectiveCost",),),
)
COVERED_BY_RESERVATION: Final = Amount(
    "reservation/EffectiveCost",
    lambda fields: _number(fields, "reservation/EffectiveCost"),
    (("reservation/EffectiveCost",),),
)
UNUSED_PLAN: Final = Amount(
    "TotalCommitmentToDate − UsedCommitment: the unused part",
    _unused_savings_plan,
    (("savingsPlan/TotalCommitmentToDate",), ("savingsPlan/UsedCommitment",)),
)
UNUSED_RESERVATION: Final = Amount(
    "UnusedAmortizedUpfrontFeeForBillingPeriod + UnusedRecurringFee: the unused part",
    _unused_reservation,
    (("reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",), ("reservation/UnusedRecurringFee",)),
)
FEE: Final = Amount("0 with a reservation ARN (it is amortised), else UnblendedCost", _fee, ((UNBLENDED,),))
REFUND: Final = Amount("0 for a savings plan's one-time fee, else UnblendedCost", _refund, ((UNBLENDED,),))

# FOCUS keeps Credit for what the provider grants (promotions). Discounts that AWS writes as lines of their own reprice
# usage, and a Refund does not say whether usage or a purchase is paid back: both "do not fall into other categories",
# which FOCUS calls Adjustment.
DISCOUNT: Final = Kind("Adjustment", "One-Time", AS_BILLED)
LINE_ITEM_TYPES: Final[dict[str, Kind]] = {
    "Usage": Kind("Usage", "Usage-Based", AS_BILLED),
    "DiscountedUsage": Kind("Usage", "Usage-Based", COVERED_BY_RESERVATION),
    "SavingsPlanCoveredUsage": Kind("Usage", "Usage-Based", COVERED_BY_PLAN),
    "SavingsPlanNegation": Kind("Usage", "Usage-Based", NOTHING),
    "SavingsPlanRecurringFee": Kind("Purchase", "Recurring", UNUSED_PLAN),
    "SavingsPlanUpfrontFee": Kind("Purchase", "One-Time", NOTHING),
    "RIFee": Kind("Purchase", "Recurring", UNUSED_RESERVATION),
    "Fee": Kind("Purchase", "One-Time", FEE),
    "Tax": Kind("Tax", "One-Time", AS_BILLED),
    "Credit": Kind("Credit", "One-Time", AS_BILLED),
    "Refund": Kind("Adjustment", "One-Time", REFUND),
    "BundledDiscount": DISCOUNT,
    "Discount": DISCOUNT,
    "EdpDiscount": DISCOUNT,
    "PrivateRateDiscount": DISCOUNT,
    "RiVolumeDiscount": DISCOUNT,
    "SppDiscount": DISCOUNT,
}
# A type that AWS adds one day costs what its line says: an Adjustment, so that no cent is lost and none is guessed at.
UNKNOWN_TYPE: Final = DISCOUNT

# Types whose quantity is use. A negation repeats the quantity of the usage it takes the price off.
CONSUMING: Final = ("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage")
COVERED: Final = ("DiscountedUsage", "SavingsPlanCoveredUsage")
UNUSED_PART_ON: Final = ("SavingsPlanRecurringFee", "RIFee")


def by_type(fields: Fields, pick: Callable[[Kind], str]) -> str:
    """SQL that picks per line item type."""
    results = {name: pick(kind) for name, kind in LINE_ITEM_TYPES.items()}
    return case_of(first_of(fields, LINE_ITEM_TYPE), results, pick(UNKNOWN_TYPE))


def is_type(fields: Fields, *types: str) -> str:
    """SQL condition: the line is of one of `types`."""
    return f"{first_of(fields, LINE_ITEM_TYPE)} in ({', '.join(map(literal, types))})"


def amortised(fields: Fields) -> tuple[str, str]:
    """SQL of a line's amortised cost, and of the text it was read from."""

    def texts(kind: Kind) -> str:
        read = [first_of(fields, *names) for names in kind.effective_cost.reads]
        return f"nullif(concat_ws(' ', {', '.join(read)}), '')" if read else "null"

    cost = by_type(fields, lambda kind: kind.effective_cost.sql(fields))
    return f"cast({cost} as decimal(38,18))", by_type(fields, texts)


_MACHINE = r"[a-z][a-z0-9.-]*\.(?:nano|micro|small|medium|[0-9]*x?large|metal[a-z0-9-]*)"


def machine_of_usage_type(sql: str) -> str:
    """SQL of the machine type in a usage type like `USE1-BoxUsage:p5.48xlarge`; null where it names none.

    `SoftwareUsage:p5.48xlarge` is software by the hours of a machine whose own line counts them.
    """
    machine = f"nullif(regexp_extract({sql}, ':({_MACHINE})$', 1), '')"
    return f"case when not contains({sql}, 'SoftwareUsage') then {machine} end"


def machine_of_spot_description(sql: str) -> str:
    """SQL of the machine type in a spot line's description, where the usage type may be bare."""
    return f"nullif(regexp_extract({sql}, '({_MACHINE}) .*Spot Instance-hour', 1), '')"
