"""Register of electricity prices (CSV or YAML)."""

from pipelines.sources.registers._register import Register

KIND = "registers"
TABLE = "raw.tariff"
SUMMARY = "Electricity prices by site, date and hour of the day"
MODE = "replace"
SCOPE = "'raw.tariff'"

_REGISTER = Register(TABLE)
claim = _REGISTER.claim
read = _REGISTER.read
