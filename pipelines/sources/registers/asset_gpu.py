"""Register of which card was in which owned server, and when (CSV or YAML)."""

from pipelines.sources.registers._register import Register

KIND = "registers"
TABLE = "raw.asset_gpu"
SUMMARY = "Cards in owned servers, by date"
MODE = "replace"
SCOPE = "'raw.asset_gpu'"

_REGISTER = Register(TABLE, exclusive=(("asset_id", "slot_index"),))
claim = _REGISTER.claim
read = _REGISTER.read
