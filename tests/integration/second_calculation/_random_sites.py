"""Sites at random: terms and tariffs that change within the days, by the hour, and by what a market asks."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from _company import AS_OF, DAYS, FIRST, Company, Row
from _owned import site, tariff
from _random_bills import money, some
from _random_rules import LINEAGE

LONG_AGO = date(2000, 1, 1)
BEGINS, ENDS = (datetime.combine(day, time()) for day in (FIRST, AS_OF))


def draw_sites(rng: Random, company: Company) -> None:
    """One site of the company's own, or two."""
    for site_id in [f"{company.name}-s", f"{company.name}-t"][: rng.choice([1, 1, 2])]:
        _terms(rng, company, site_id)
        _tariffs(rng, company, site_id)


def _terms(rng: Random, company: Company, site_id: str) -> None:
    for validity in _validities(rng):
        company.sites.append(
            site(
                site_id,
                **validity,
                pue_ratio=some(rng, 1, 2),
                colocation_usd_per_kw_month=some(rng, 0, 200),
                demand_charge_usd_per_kw_month=some(rng, 0, 20),
                network_usd_per_month=some(rng, 0, 900),
                physical_security_usd_per_month=some(rng, 0, 900),
                compliance_usd_per_year=some(rng, 0, 9000),
                facility_opex_usd_per_month=some(rng, 0, 900),
                staff_usd_per_fte_year=some(rng, 0, 90000),
                staff_minimum_fte=some(rng, 0, 2),
                staff_gpus_per_fte=Decimal(rng.choice([1, 4, 8, 16])),
                grid_gco2e_per_kwh=rng.choice([None, some(rng, 0, 700)]) if "energy" in company.traits else None,
            )
        )


def _tariffs(rng: Random, company: Company, site_id: str) -> None:
    if "tariffs" not in company.traits:
        company.tariffs.append(tariff(site_id, energy_usd_per_kwh=some(rng, 0, 1)))
        return
    has_market = False
    for validity in _validities(rng):
        cuts = sorted(rng.sample(range(1, 24), rng.choice([0, 0, 1, 2])))
        for first, last in zip([0, *cuts], [*cuts, 24], strict=True):
            by_market = rng.random() < 0.4
            has_market = has_market or by_market
            band = {"hour_from_index": first, "hour_to_index": last, "market_id": f"{site_id}-m" if by_market else None}
            company.tariffs.append(
                tariff(site_id, **validity, **band, energy_usd_per_kwh=some(rng, -0.1 if by_market else 0, 1))
            )
    if has_market:
        _market(rng, company, f"{site_id}-m")


def _market(rng: Random, company: Company, market: str) -> None:
    """A price of the whole time, and of some days one by the hour, by the quarter or by intervals across hours."""
    currency = rng.choice(["USD", "EUR", "JPY"])
    spans = [(BEGINS, ENDS)]
    for day in DAYS:
        kind = rng.choice([None, 15, 60, 60, 90])
        if kind:
            first, last = sorted(rng.sample(range(0, 25, 3), 2))
            step = timedelta(minutes=kind)
            start = day + timedelta(hours=first)
            spans += [
                (start + number * step, start + (number + 1) * step) for number in range((last - first) * 60 // kind)
            ]
            if kind == 60:
                # The market goes over to quarters of an hour.
                quarter = timedelta(minutes=15)
                spans += [(start + number * quarter, start + (number + 1) * quarter) for number in range(4)]
    for start, end in spans:
        company.energy_prices.append(
            LINEAGE
            | {"source": "test", "market_id": market, "starts_at": start, "ends_at": end, "price_currency": currency}
            | {"energy_currency_per_mwh": money(rng, -50, 400)}
        )


def _validities(rng: Random) -> list[Row]:
    """From long ago on; now and then with a change on one of the days."""
    change = rng.choice([None, *(day.date() for day in DAYS)])
    if change is None:
        return [{"valid_from_date": LONG_AGO}]
    return [{"valid_from_date": LONG_AGO, "valid_to_date": change}, {"valid_from_date": change}]
