"""What a site's terms are on a day, and what a kWh costs there in an hour."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction

from _company import Company, Row
from _expected_bills import ZERO, usd_rate
from _expected_devices import seconds_of

HOUR = timedelta(hours=1)
KWH_PER_MWH = 1000


def terms(company: Company, site_id: str, day: date) -> Row:
    """The row of the site register that holds on a day."""
    (row,) = (row for row in company.sites if row["site_id"] == site_id and _holds(row, day))
    return row


def usd_per_kwh(company: Company, site_id: str, hour: datetime) -> Fraction:
    """Price of energy at the site's meter: the tariff's own, and with a market the market's below it."""
    (tariff,) = (
        row
        for row in company.tariffs
        if row["site_id"] == site_id
        and _holds(row, hour.date())
        and row["hour_from_index"] <= hour.hour < row["hour_to_index"]
    )
    market = tariff.get("market_id")
    return Fraction(tariff["energy_usd_per_kwh"]) + (_market_usd_per_kwh(company, market, hour) if market else ZERO)


def _market_usd_per_kwh(company: Company, market: str, hour: datetime) -> Fraction:
    """The mean over the hour of the shortest intervals that touch it."""
    touching = [
        row
        for row in company.energy_prices
        if row["market_id"] == market and row["starts_at"] < hour + HOUR and row["ends_at"] > hour
    ]
    shortest = min(row["ends_at"] - row["starts_at"] for row in touching)
    whole = seconds = ZERO
    for row in touching:
        if row["ends_at"] - row["starts_at"] == shortest:
            part = seconds_of(min(row["ends_at"], hour + HOUR) - max(row["starts_at"], hour))
            usd = Fraction(row["energy_currency_per_mwh"]) * usd_rate(row["price_currency"], hour.date())
            whole, seconds = whole + usd / KWH_PER_MWH * part, seconds + part
    assert seconds == seconds_of(HOUR), f"prices of {market} do not fill the hour {hour}"
    return whole / seconds


def _holds(row: Row, day: date) -> bool:
    return row["valid_from_date"] <= day and (row.get("valid_to_date") is None or day < row["valid_to_date"])
