"""The only Dagster code: thin wires, partitions, schedules, sensors and checks."""
