"""How Azure writes a usage file: names of columns, dates and numbers, by family of header.

Belongs here: the alias table, what a date or a number looks like. Not here: what a column means.

A header tells its family; nothing is ever read off the values.

- English headers (EA, MCA, pay-as-you-go): dates are ISO 8601 or month first, `09/21/2023` or `9/2/2023`; numbers have
  a decimal point and no thousands separators.
- Localised headers, with the English name in brackets (`Kostenstelle (CostCenter)`): dates are ISO 8601 or dotted, day
  first, `21.09.2023`; dates with slashes are not read, since nothing says which part is the month. Numbers have a
  decimal comma, and points or spaces between thousands; only Chinese, Japanese and Korean write a decimal point.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from pipelines.sources.files import Candidate
from pipelines.sources.model import LandedFile
from pipelines.sources.sql import Fields, literal, quote, text, text_at

# Our name → Azure's names of it, in lower case, the one that counts first where a file has several.
ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "AdditionalInfo": ("additionalinfo", "additionalinformation"),
    "AvailabilityZone": ("availabilityzone",),
    "BenefitId": ("benefitid",),
    "BenefitName": ("benefitname",),
    "BillingAccountId": ("billingaccountid",),
    "BillingAccountName": ("billingaccountname",),
    "BillingCurrency": ("billingcurrencycode", "billingcurrency", "currency", "currencycode"),
    "BillingPeriodEndDate": ("billingperiodenddate",),
    "BillingPeriodStartDate": ("billingperiodstartdate",),
    "BillingProfileId": ("billingprofileid",),
    "BillingProfileName": ("billingprofilename",),
    "ChargeType": ("chargetype",),
    "Cost": ("costinbillingcurrency", "cost", "pretaxcost"),
    "CostInPricingCurrency": ("costinpricingcurrency",),
    "CostInUsd": ("costinusd",),
    "Date": ("date", "usagedatetime", "usagedate"),
    "ExchangeRate": ("exchangeratepricingtobilling", "exchangerate"),
    "Frequency": ("frequency",),
    "InvoiceId": ("invoiceid",),
    "MeterCategory": ("metercategory",),
    "MeterId": ("meterid",),
    "MeterName": ("metername",),
    "MeterRegion": ("meterregion",),
    "PartNumber": ("partnumber",),
    "PartnerName": ("partnername",),
    "PayGCost": ("paygcostinbillingcurrency",),
    "PayGPrice": ("paygprice",),
    "PricingCurrency": ("pricingcurrency", "pricingcurrencycode"),
    "PricingModel": ("pricingmodel",),
    "Product": ("productname", "product"),
    "ProductId": ("productid",),
    "PublisherName": ("publishername",),
    "PublisherType": ("publishertype",),
    "Quantity": ("quantity", "usagequantity", "consumedquantity"),
    "ReservationId": ("reservationid",),
    "ReservationName": ("reservationname",),
    "ResourceId": ("resourceid", "instanceid"),
    "ResourceLocation": ("resourcelocation",),
    "ResourceName": ("resourcename", "instancename"),
    "ServiceFamily": ("servicefamily",),
    "SubscriptionId": ("subscriptionid", "subscriptionguid"),
    "SubscriptionName": ("subscriptionname",),
    "Tags": ("tags",),
    "UnitOfMeasure": ("unitofmeasure",),
    "UnitPrice": ("unitprice", "resourcerate"),
}
_NAMES: Final = {alias: name for name, aliases in ALIASES.items() for alias in aliases}

DATES: Final = ("Date", "BillingPeriodStartDate", "BillingPeriodEndDate")
NUMBERS: Final = (
    "Cost",
    "CostInPricingCurrency",
    "CostInUsd",
    "ExchangeRate",
    "PayGCost",
    "PayGPrice",
    "Quantity",
    "UnitPrice",
)

CORE: Final = frozenset({"SubscriptionId", "MeterCategory", "MeterId", "MeterName", "Quantity", "Date", "Cost"})
CORE_NEEDED = 5

# Form of a date → its pattern, and how its text is read; None: the first ten characters are ISO.
_ISO: Final = (r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9:.]+)?(?:Z|[+]00(?::?00)?)?", None)
_MONTH_FIRST: Final = (r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}", "%m/%d/%Y")
_DOTTED: Final = (r"[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4}", "%d.%m.%Y")

_BRACKETED: Final = re.compile(r"(?P<local>.+?)\s*\((?P<english>[A-Za-z][A-Za-z0-9]*)\)")
# Han, Kana, Hangul.
_POINT_SCRIPTS: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SPACES: Final = "[ \u00a0\u202f]"
_COMMA_NUMBER: Final = r"[-+]?(?:[1-9][0-9]{0,2}(?:[.][0-9]{3})+|[0-9]+)(?:,[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_NO_COMMA_NUMBER: Final = "not with a decimal comma: "


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a header tells of the file below it.

    Attributes:
        agreement: "EA", "MCA" or "pay-as-you-go", for people and for telling families apart.
        is_localised: whether its names are in another language than English.
        has_decimal_comma: how its numbers are written.
        english: for each column, in order, its English name.
        names: for each column, in order, our name; '' where nothing here reads it.
    """

    agreement: str
    is_localised: bool
    has_decimal_comma: bool
    english: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def date_forms(self) -> tuple[tuple[str, str | None], ...]:
        """The forms of dates it may have."""
        return (_ISO, _DOTTED) if self.is_localised else (_ISO, _MONTH_FIRST)

    def places(self, name: str) -> list[int]:
        """Positions of the columns that we call so, the one that counts first in front."""
        found = [place for place, own in enumerate(self.names) if own == name]
        return sorted(found, key=lambda place: ALIASES[name].index(self.english[place].lower()))

    def day(self, written: str) -> str | None:
        """A date's text as YYYY-MM-DD; None where it is in none of the declared forms."""
        for pattern, form in self.date_forms:
            if re.fullmatch(pattern, written):
                try:
                    return datetime.strptime(written[:10], form or "%Y-%m-%d").date().isoformat()
                except ValueError:
                    return None
        return None

    def amount(self, written: str) -> Decimal | None:
        """A number's text as a Decimal; None where it is not written as declared."""
        plain = written
        if self.has_decimal_comma:
            plain = re.sub(_SPACES, "", written)
            if not re.fullmatch(_COMMA_NUMBER, plain):
                return None
            plain = plain.replace(".", "").replace(",", ".")
        try:
            return Decimal(plain)
        except InvalidOperation:
            return None


def dialect_of(columns: Sequence[str]) -> Dialect:
    """The dialect that a header tells."""
    found = [_BRACKETED.fullmatch(column) for column in columns]
    english = tuple(match["english"] if match else column for match, column in zip(found, columns, strict=True))
    local = "".join(match["local"] for match in found if match and match["local"] != match["english"])
    names = tuple(_NAMES.get(name.lower(), "") for name in english)
    if "BillingPeriodStartDate" not in names:
        agreement = "pay-as-you-go"
    else:
        agreement = "MCA" if "CostInPricingCurrency" in names else "EA"
    return Dialect(agreement, bool(local), bool(local) and not _POINT_SCRIPTS.search(local), english, names)


def is_usage_file(columns: Sequence[str]) -> bool:
    """Whether a file with these columns means to be an export of usage details."""
    return bool(columns) and len(CORE & set(dialect_of(columns).names)) >= CORE_NEEDED


class AzureFields(Fields):
    """A usage file's columns by our names. Dates appear as ISO text, numbers with a decimal point."""

    def __init__(self, file: LandedFile, look: Candidate) -> None:
        columns = look.columns
        self.dialect = dialect_of(columns)
        self._delivered = tuple(zip(columns, self.dialect.names, strict=True))
        super().__init__(file, (), positional=True)
        for name in ALIASES:
            places = self.dialect.places(name)
            values = [text(quote(columns[place])) if look.is_parquet else text_at(place) for place in places]
            if values:
                whole = values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"
                self._identifiers[name] = self._normal(name, whole)

    def __getitem__(self, name: str) -> str:
        """SQL text value of a required column.

        Raises:
            InputError: the file has no such column.
        """
        if name in self:
            self._read.add(name)
            return self._identifiers[name]
        return super().__getitem__(name)

    def _normal(self, name: str, value: str) -> str:
        if name in DATES:
            return self._iso(value)
        if name in NUMBERS and self.dialect.has_decimal_comma:
            plain = f"regexp_replace({value}, {literal(_SPACES)}, '', 'g')"
            is_one = f"regexp_full_match({plain}, {literal(_COMMA_NUMBER)})"
            return (
                f"case when {is_one} then replace(replace({plain}, '.', ''), ',', '.') "
                f"else {literal(_NO_COMMA_NUMBER)} || {value} end"
            )
        return value

    def _iso(self, value: str) -> str:
        """A date as YYYY-MM-DD. In no declared form it stays as it is, and is then no timestamp to anybody."""
        cases = "".join(
            f"when regexp_full_match({value}, {literal(pattern)}) "
            + (
                f"then strftime(try_strptime({value}, {literal(form)}), '%Y-%m-%d') "
                if form
                else f"then left({value}, 10) "
            )
            for pattern, form in self.dialect.date_forms
        )
        return f"coalesce(case {cases} end, 'not a date: ' || {value})"

    @property
    def unread(self) -> tuple[str, ...]:
        """Delivered names that nobody has asked for so far, in order."""
        return tuple(column for column, name in self._delivered if name not in self._read)
