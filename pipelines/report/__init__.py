"""Charts and pages, made from the published file only."""
