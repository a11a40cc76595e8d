"""From realised history and a scenario to strategies, draws and a decision. No I/O, no clock."""
