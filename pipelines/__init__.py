"""tenure: realised cost of every GPU workload, leased and owned, and whether a shift between the two would pay off.

Data flows one way through the packages: sources → warehouse → dbt → projection → publish → report.
"""
