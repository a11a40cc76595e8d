"""Register of owned assets (CSV or YAML)."""

from pipelines.sources.registers._register import Register

KIND = "registers"
TABLE = "raw.asset"
SUMMARY = "Owned assets: what was bought, when, for how much, where it stands"
MODE = "replace"
SCOPE = "'raw.asset'"

_REGISTER = Register(TABLE)
claim = _REGISTER.claim
read = _REGISTER.read
