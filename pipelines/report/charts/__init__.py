"""Drawings: one chart a module, from rows to an altair chart. No wording of findings, no queries."""
