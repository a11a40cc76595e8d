"""Register of signed lease contracts (CSV or YAML)."""

from pipelines.sources.registers._register import Register

KIND = "registers"
TABLE = "raw.lease_contract"
SUMMARY = "Signed lease contracts"
MODE = "replace"
SCOPE = "'raw.lease_contract'"

_REGISTER = Register(TABLE)
claim = _REGISTER.claim
read = _REGISTER.read
