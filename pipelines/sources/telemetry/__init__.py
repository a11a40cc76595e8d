"""Sources of kind telemetry: one module a format."""
