"""Sources of kind prices: one module a format."""
