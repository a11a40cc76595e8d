"""Dagster's folder of a home, for its UI and daemon.

`python -m pipelines.assets.instance HOME` prepares the folder for `dagster dev`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pipelines.settings import Home

CONFIG = """\
telemetry:
  enabled: false
# One writer a home: runs wait for one another.
run_queue:
  max_concurrent_runs: 1
"""


def prepare(home: Home) -> Path:
    """Make Dagster's folder of a home and return it."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    config = home.dagster / "dagster.yaml"
    if not config.exists():
        config.write_text(CONFIG)
    return home.dagster


if __name__ == "__main__":
    prepare(Home(Path(sys.argv[1]).resolve()))
