"""Register of GPU models: what each is and how it compares (CSV or YAML)."""

from pipelines.sources.registers._register import Register

KIND = "registers"
TABLE = "raw.gpu_model"
SUMMARY = "GPU models and how they compare"
MODE = "replace"
SCOPE = "'raw.gpu_model'"

_REGISTER = Register(TABLE, marks=("name_patterns",))
claim = _REGISTER.claim
read = _REGISTER.read
