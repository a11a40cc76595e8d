"""Register of write-downs of owned assets (CSV or YAML)."""

from pipelines.sources.registers._register import Register

KIND = "registers"
TABLE = "raw.asset_impairment"
SUMMARY = "Write-downs (impairments) of owned assets"
MODE = "replace"
SCOPE = "'raw.asset_impairment'"

_REGISTER = Register(TABLE, marks=("impairment_date", "impairment_usd"))
claim = _REGISTER.claim
read = _REGISTER.read
