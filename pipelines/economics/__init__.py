"""Pure arithmetic of corporate finance, energy and utilisation. No I/O, no clock, no scenario."""
