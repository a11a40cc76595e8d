"""The gates: Great Expectations suites, generated from contracts where a contract says it all."""
