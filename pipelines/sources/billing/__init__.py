"""Sources of kind billing: one module a format."""
