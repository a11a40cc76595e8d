"""Register of sites and what they cost, by validity (CSV or YAML)."""

from pipelines.sources.registers._register import Register

KIND = "registers"
TABLE = "raw.site"
SUMMARY = "Sites that hold owned assets, with their terms by date"
MODE = "replace"
SCOPE = "'raw.site'"

_REGISTER = Register(TABLE)
claim = _REGISTER.claim
read = _REGISTER.read
