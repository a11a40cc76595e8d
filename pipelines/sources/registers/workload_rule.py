"""Register of rules that turn labels, tags and accounts into workloads (CSV or YAML)."""

from pipelines.sources.registers._register import Register

KIND = "registers"
TABLE = "raw.workload_rule"
SUMMARY = "Rules that turn labels, tags and accounts into workloads"
MODE = "replace"
SCOPE = "'raw.workload_rule'"

_REGISTER = Register(TABLE, marks=("workload", "workload_kind", "match_field"))
claim = _REGISTER.claim
read = _REGISTER.read
