"""Dagster's instance of a home: the runs that `tenure` starts are the runs that its UI shows.

`python -m pipelines.assets.instance HOME` prepares the folder for `dagster dev`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.settings import Home

if TYPE_CHECKING:
    from dagster import DagsterInstance

CONFIG = """\
telemetry:
  enabled: false
# One writer a home: runs wait for one another.
run_queue:
  max_concurrent_runs: 1
"""


@contextmanager
def instance(home: Home) -> Iterator[DagsterInstance]:
    """The instance of a home, made where it is not there yet."""
    from dagster import DagsterInstance

    prepare(home)
    with DagsterInstance.from_config(str(home.dagster)) as found:
        yield found


def prepare(home: Home) -> Path:
    """Make Dagster's folder of a home and return it."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    config = home.dagster / "dagster.yaml"
    if not config.exists():
        config.write_text(CONFIG)
    return home.dagster


if __name__ == "__main__":
    prepare(Home(Path(sys.argv[1]).resolve()))
