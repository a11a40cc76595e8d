"""Register of kinds of servers: what they draw beside their GPUs, and what making them emitted (CSV or YAML)."""

from pipelines.sources.registers._register import Register

KIND = "registers"
TABLE = "raw.node_type"
SUMMARY = "Kinds of servers: power at the wall beside the GPUs', embodied carbon"
MODE = "replace"
SCOPE = "'raw.node_type'"

_REGISTER = Register(TABLE, marks=("node_type",))
claim = _REGISTER.claim
read = _REGISTER.read
