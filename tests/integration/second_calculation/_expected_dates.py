"""Months and years of days."""

from __future__ import annotations

import calendar
from datetime import date

YEAR_DAYS = 365


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, month_days(date(year, month + 1, 1))))


def month_days(day: date) -> int:
    """How many days the month of a day has."""
    return calendar.monthrange(day.year, day.month)[1]
