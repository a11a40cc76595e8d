"""Register of steps of lease contracts (CSV or YAML). Each has its day: their order in the file says nothing."""

from pipelines.sources.registers._register import Register

KIND = "registers"
TABLE = "raw.lease_contract_ramp"
SUMMARY = "Steps of lease contracts that commit more or fewer GPUs over time"
MODE = "replace"
SCOPE = "'raw.lease_contract_ramp'"

_REGISTER = Register(TABLE, marks=("from_date",))
claim = _REGISTER.claim
read = _REGISTER.read
