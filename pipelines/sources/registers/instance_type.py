"""Register of leased machine types and the GPUs in them (CSV or YAML)."""

from pipelines.sources.registers._register import Register

KIND = "registers"
TABLE = "raw.instance_type"
SUMMARY = "GPUs in leased machine types"
MODE = "replace"
SCOPE = "'raw.instance_type'"

_REGISTER = Register(TABLE, marks=("instance_type",))
claim = _REGISTER.claim
read = _REGISTER.read
