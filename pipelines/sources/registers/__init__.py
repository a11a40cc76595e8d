"""Sources of kind registers: one module a format."""
